package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"switchyard/internal/config"
)

// Revisions gives revisions of a scope, see config.Store.
func (s *Store) Revisions(ctx context.Context, scope string, before, limit int) ([]config.Revision, error) {
	if before <= 0 {
		before = math.MaxInt32
	}
	var out []config.Revision
	err := eachRow(ctx, s.backend.Read(),
		`SELECT rev, published_at, author, comment, changes FROM revisions WHERE scope = $1 AND rev < $2 ORDER BY rev DESC LIMIT $3`,
		[]any{scope, before, limit}, func(r *sql.Rows) error {
			var v config.Revision
			var changes sql.NullInt64
			if err := r.Scan(&v.Rev, timeColumn{&v.At}, &v.Author, &v.Comment, &changes); err != nil {
				return err
			}
			if changes.Valid {
				n := int(changes.Int64)
				v.Changes = &n
			}
			out = append(out, v)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read revisions of %s: %w", scope, err)
	}
	return out, nil
}
