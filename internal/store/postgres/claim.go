package postgres

import "switchyard/internal/store"

// claimSQL picks first and locks then. Servers that claim at the same moment
// pick the same rows, and who comes second goes without instead of taking the
// next ones: this keeps the limit of each endpoint over all servers.
var claimSQL = store.ClaimSQL(
	`SELECT name, place FROM json_array_elements_text(CAST($6 AS json)) WITH ORDINALITY AS given (name, place)`,
	`few (id, tenant_id, place, turn) AS (
	SELECT due.id, due.tenant_id, free.place, due.turn
	FROM free CROSS JOIN LATERAL (
		SELECT first.id, first.tenant_id, row_number() OVER (ORDER BY first.next_at, first.id) AS turn
		FROM (
			SELECT d.id, d.tenant_id, d.next_at FROM deliveries d
			WHERE d.endpoint_id = free.endpoint_id AND d.state < 2 AND d.next_at <= $1
			ORDER BY d.next_at, d.id
			LIMIT least($3, greatest(0, free.n))
		) AS first
	) AS due
)`,
	`picked (id) AS MATERIALIZED (
	SELECT d.id FROM deliveries d
	WHERE d.id IN (SELECT id FROM candidates) AND d.state < 2 AND d.next_at <= $1
	FOR UPDATE SKIP LOCKED
)`)
