package sqlite

import "switchyard/internal/store"

// claimSQL takes the first few of each endpoint, then leaves out those that
// would be more than the endpoint may have under lease.
var claimSQL = store.ClaimSQL(`
few AS MATERIALIZED (
	SELECT d.id, d.next_at, ep.id AS endpoint_id
	FROM ep CROSS JOIN deliveries d
	WHERE ep.id IS NOT NULL AND d.id IN (
		SELECT x.id FROM deliveries x
		WHERE x.endpoint_id = ep.id AND x.state < 2 AND x.next_at <= $1
		ORDER BY x.next_at, x.id
		LIMIT $2)
), turns AS (
	SELECT id, next_at, endpoint_id, row_number() OVER (PARTITION BY endpoint_id ORDER BY next_at, id) AS turn
	FROM few
), picked (id) AS MATERIALIZED (
	SELECT t.id FROM turns t
	WHERE t.turn <= $2 - (
		SELECT count(*) FROM deliveries l
		WHERE l.endpoint_id = t.endpoint_id AND l.state = 1 AND l.next_at > $1)
	ORDER BY t.turn, t.next_at, t.id
	LIMIT $3
)`)
