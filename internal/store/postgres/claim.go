package postgres

import "switchyard/internal/store"

// claimSQL picks first and locks then. Servers that claim at the same moment
// pick the same rows, and who comes second goes without instead of taking the
// next ones: this keeps the limit of each endpoint over all servers.
var claimSQL = store.ClaimSQL(`
candidates AS MATERIALIZED (
	SELECT due.id
	FROM ep CROSS JOIN LATERAL (
		SELECT few.id, few.next_at, row_number() OVER (ORDER BY few.next_at, few.id) AS turn
		FROM (
			SELECT d.id, d.next_at FROM deliveries d
			WHERE d.endpoint_id = ep.id AND d.state < 2 AND d.next_at <= $1
			ORDER BY d.next_at, d.id
			LIMIT greatest(0, $2 - (
				SELECT count(*) FROM deliveries l
				WHERE l.endpoint_id = ep.id AND l.state = 1 AND l.next_at > $1))
		) few
	) due
	WHERE ep.id IS NOT NULL
	ORDER BY due.turn, due.next_at, due.id
	LIMIT $3
), picked (id) AS MATERIALIZED (
	SELECT d.id FROM deliveries d
	WHERE d.id IN (SELECT id FROM candidates) AND d.state < 2 AND d.next_at <= $1
	FOR UPDATE SKIP LOCKED
)`)
