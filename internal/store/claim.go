package store

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"time"

	"switchyard/internal/delivery"
)

// openEndpoints begins both databases' statement to claim: the endpoints that
// have something open. It jumps from one endpoint to the next in the index and
// never reads an endpoint's backlog.
const openEndpoints = `
WITH RECURSIVE ep (id) AS (
	SELECT (SELECT min(endpoint_id) FROM deliveries WHERE state < 2)
	UNION ALL
	SELECT (SELECT min(d.endpoint_id) FROM deliveries d WHERE d.state < 2 AND d.endpoint_id > ep.id)
	FROM ep WHERE ep.id IS NOT NULL
)`

// leasePicked ends it. A lease that ran out is claimed like anything else that
// is due; the epoch tells the old owner from the new one.
const leasePicked = `
UPDATE deliveries
SET state = 1, attempt = attempt + 1, lease_epoch = lease_epoch + 1, next_at = $4
WHERE id IN (SELECT id FROM picked)
RETURNING id, tenant_id, endpoint_id, call_id, seq, attempt, lease_epoch,
	(SELECT e.uid FROM events e WHERE e.id = deliveries.event_id),
	(SELECT e.type FROM events e WHERE e.id = deliveries.event_id),
	(SELECT e.occurred_at FROM events e WHERE e.id = deliveries.event_id),
	(SELECT e.body FROM events e WHERE e.id = deliveries.event_id)`

// ClaimSQL builds a backend's statement to claim from its way to pick rows: a
// list of common table expressions, the last of them "picked (id)", that may
// use "ep (id)", all endpoints with something open (a last row is NULL).
// Parameters: $1 now, $2 deliveries an endpoint may have under lease, $3 most
// rows, $4 end of the lease; first used in this order.
func ClaimSQL(picked string) string {
	return openEndpoints + `, ` + picked + leasePicked
}

// Claim leases due deliveries, see delivery.Store. Endpoints take turns: each
// gets its first before any gets its second.
func (s *Store) Claim(ctx context.Context, now time.Time, limit, perEndpoint int, lease time.Duration) ([]delivery.Delivery, error) {
	var claimed []delivery.Delivery
	err := s.backend.Write(ctx, func(q Querier) error {
		claimed = claimed[:0]
		args := []any{now.UnixMicro(), perEndpoint, limit, now.Add(lease).UnixMicro()}
		return eachRow(ctx, q, s.backend.ClaimSQL(), args, func(r *sql.Rows) error {
			var d delivery.Delivery
			if err := r.Scan(&d.ID, &d.TenantID, &d.EndpointID, &d.CallID, &d.Seq, &d.Attempt, &d.LeaseEpoch,
				&d.EventID, &d.EventType, timeColumn{&d.OccurredAt}, &d.Body); err != nil {
				return err
			}
			claimed = append(claimed, d)
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	sort.Slice(claimed, func(i, j int) bool { return claimed[i].ID < claimed[j].ID })
	return claimed, nil
}

// NextDue gives the earliest time later than after at which a delivery becomes
// due or a lease runs out; zero if there is none.
func (s *Store) NextDue(ctx context.Context, after time.Time) (time.Time, error) {
	var at time.Time
	err := queryRow(ctx, s.backend.Read(), `SELECT min(next_at) FROM deliveries WHERE state < 2 AND next_at > $1`,
		[]any{after.UnixMicro()}, timeColumn{&at})
	if err != nil {
		return time.Time{}, fmt.Errorf("find the next delivery: %w", err)
	}
	return at, nil
}
