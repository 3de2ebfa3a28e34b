package store

import "strings"

// freeSlots is how many deliveries each endpoint may get: nothing while it is
// paused or disabled. held is what each tenant has under lease; there are never
// many, but SQLite would read all deliveries if an index had them by tenant.
const freeSlots = `free (endpoint_id, place, n) AS MATERIALIZED (
	SELECT ep.id, ep.place, CASE WHEN e.slots > 0 AND e.slots < $2 THEN e.slots ELSE $2 END - (
		SELECT count(*) FROM deliveries l WHERE l.endpoint_id = ep.id AND l.state = 1 AND l.next_at > $1)
	FROM ep LEFT JOIN endpoints e ON e.id = ep.id
	WHERE e.id IS NULL OR e.disabled_at IS NULL AND e.paused_until <= $1
), held (tenant_id, n) AS MATERIALIZED (
	SELECT tenant_id || '', count(*) FROM deliveries WHERE state = 1 AND next_at > $1 GROUP BY tenant_id || ''
)`

// inTurns gives candidates: the first of each endpoint's few before any's
// second, within what their tenant may have.
const inTurns = `ranked AS (
	SELECT id, tenant_id, turn, place, row_number() OVER (PARTITION BY tenant_id ORDER BY turn, place) AS of_tenant
	FROM few
), candidates (id) AS MATERIALIZED (
	SELECT r.id FROM ranked r LEFT JOIN held h ON h.tenant_id = r.tenant_id
	WHERE r.of_tenant <= $5 - COALESCE(h.n, 0)
	ORDER BY r.turn, r.place
	LIMIT $3
)`

// leasePicked ends it. A lease that ran out is claimed like anything else that
// is due; the epoch tells the old owner from the new one. What was tried out of
// order stays so: whoever gets it again must see the same thing.
const leasePicked = `
UPDATE deliveries
SET state = 1, attempt = attempt + 1, tries = tries + 1, lease_epoch = lease_epoch + 1, next_at = $4,
	out_of_order = NOT unordered AND (out_of_order AND tries > 0 OR EXISTS (
		SELECT 1 FROM deliveries p
		WHERE p.endpoint_id = deliveries.endpoint_id AND p.call_id = deliveries.call_id AND p.seq < deliveries.seq
			AND p.state < 3 AND NOT p.unordered))
WHERE id IN (SELECT id FROM picked)
RETURNING id, tenant_id, endpoint_id, call_id, seq, attempt, tries, first_at, out_of_order, replayed, lease_epoch,
	(SELECT e.uid FROM events e WHERE e.id = deliveries.event_id),
	(SELECT e.type FROM events e WHERE e.id = deliveries.event_id),
	(SELECT e.occurred_at FROM events e WHERE e.id = deliveries.event_id),
	(SELECT e.body FROM events e WHERE e.id = deliveries.event_id)`

// ClaimSQL builds a backend's statement to claim from what differs. given is a
// query of the endpoints and their places in $6, a JSON array. few is a common
// table expression "few (id, tenant_id, place, turn)": of each endpoint in
// "free (endpoint_id, place, n)" the n first rows that are due, but at most $3,
// numbered by next_at. picked is "picked (id)": those of "candidates (id)" that
// nobody else has just now. Parameters: $1 now, $2 deliveries an endpoint may
// have under lease, $3 most rows, $4 end of the lease, $5 what a tenant may have.
func ClaimSQL(given, few, picked string) string {
	ep := `ep (id, place) AS MATERIALIZED (` + given + `)`
	return "WITH " + strings.Join([]string{ep, freeSlots, few, inTurns, picked}, ", ") + leasePicked
}
