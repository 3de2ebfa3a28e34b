package sqlite

import "switchyard/internal/store"

// claimSQL takes the first few of each endpoint, then leaves out those that
// would be more than the endpoint may have under lease.
var claimSQL = store.ClaimSQL(
	`SELECT value, key FROM json_each($6)`,
	`first AS MATERIALIZED (
	SELECT d.id, d.tenant_id, d.next_at, free.place, free.n
	FROM free CROSS JOIN deliveries d
	WHERE free.n > 0 AND d.id IN (
		SELECT x.id FROM deliveries x
		WHERE x.endpoint_id = free.endpoint_id AND x.state < 2 AND x.next_at <= $1
		ORDER BY x.next_at, x.id
		LIMIT min($2, $3))
), turns AS (
	SELECT id, tenant_id, place, n, row_number() OVER (PARTITION BY place ORDER BY next_at, id) AS turn
	FROM first
), few (id, tenant_id, place, turn) AS (
	SELECT id, tenant_id, place, turn FROM turns WHERE turn <= n
)`,
	`picked (id) AS (SELECT id FROM candidates)`)
