package store

import (
	"context"
	"database/sql"
)

// givenUpAtOnce bounds how many routes one transaction gives up.
const givenUpAtOnce = 256

// giveUp gives up all that an endpoint has in line, except what is under way:
// its result does that. Whatever waits is behind something that does not.
func (s *Store) giveUp(ctx context.Context, endpoint string) error {
	var nextAt, id int64 = -1, 0
	for {
		var ids []int64
		err := eachRow(ctx, s.backend.Read(), `SELECT next_at, id FROM deliveries
			WHERE endpoint_id = $1 AND state < 2 AND (next_at, id) > ($2, $3) ORDER BY next_at, id LIMIT $4`,
			[]any{endpoint, nextAt, id, givenUpAtOnce}, func(r *sql.Rows) error {
				err := r.Scan(&nextAt, &id)
				ids = append(ids, id)
				return err
			})
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.giveUpRoutes(ctx, ids); err != nil {
			return err
		}
	}
}

func (s *Store) giveUpRoutes(ctx context.Context, ids []int64) error {
	return s.backend.Write(ctx, func(q Querier) error {
		lines, err := s.lines(ctx, q, ids)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.state == stateReady || l.state == stateWaiting {
				l.state, l.changed = stateDead, true
			}
		}
		return saveLines(ctx, q, lines)
	})
}
