package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"switchyard/handlers"
	"switchyard/internal/tally"
	"switchyard/routing"
)

var _ tally.Store = (*Store)(nil)

// maxTallies is the most that RecentTallies gives.
const maxTallies = 100_000

var addTallies = &statement{
	before: `INSERT INTO tallies AS t (tenant_id, kind, key, n, last_at) VALUES `,
	row:    `(?, ?, ?, ?, ?)`,
	after: ` ON CONFLICT (tenant_id, kind, key) DO UPDATE SET n = t.n + excluded.n,
		last_at = CASE WHEN excluded.last_at > t.last_at THEN excluded.last_at ELSE t.last_at END
		RETURNING tenant_id, kind, key, n`,
}

var readTallies = &statement{
	before: `SELECT tenant_id, kind, key, n FROM tallies WHERE (tenant_id, kind, key) IN (VALUES `,
	row:    `(?, ?, ?)`,
	after:  `)`,
}

// AddTallies implements tally.Store, in one transaction.
func (s *Store) AddTallies(ctx context.Context, server string, batch int64, add []tally.Count) (map[tally.Key]uint64, error) {
	// In order of their keys, so that servers do not wait for each other in a circle.
	add = slices.SortedFunc(slices.Values(add), func(a, b tally.Count) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key.Key, b.Key.Key))
	})
	var totals map[tally.Key]uint64
	err := s.backend.Write(ctx, func(q Querier) error {
		totals = make(map[tally.Key]uint64, len(add))
		fresh, err := freshBatch(ctx, q, server, batch, add)
		if err != nil {
			return err
		}
		return chunks(add, func(some []tally.Count) error {
			query := readTallies.sql(len(some))
			if fresh {
				query = addTallies.sql(len(some))
			}
			return eachRow(ctx, q, query, tallyArgs(some, fresh), func(r *sql.Rows) error {
				var k tally.Key
				var n int64
				err := r.Scan(&k.Tenant, &k.Kind, &k.Key, &n)
				totals[k] = uint64(n)
				return err
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("add %d counts: %w", len(add), err)
	}
	return totals, nil
}

// freshBatch notes a batch of a server; false if it, or a later one, was noted
// before.
func freshBatch(ctx context.Context, q Querier, server string, batch int64, add []tally.Count) (bool, error) {
	var at int64
	for i := range add {
		at = max(at, add[i].LastAt.UnixMicro())
	}
	done, err := q.ExecContext(ctx, `INSERT INTO tally_batches AS b (server, batch, at) VALUES ($1, $2, $3)
		ON CONFLICT (server) DO UPDATE SET batch = excluded.batch, at = excluded.at WHERE b.batch < excluded.batch`, server, batch, at)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func tallyArgs(counts []tally.Count, whole bool) []any {
	args := make([]any, 0, 5*len(counts))
	for _, c := range counts {
		args = append(args, string(c.Tenant), string(c.Kind), c.Key.Key)
		if whole {
			args = append(args, int64(c.N), c.LastAt.UnixMicro())
		}
	}
	return args
}

// RecentTallies implements tally.Store.
func (s *Store) RecentTallies(ctx context.Context, since time.Time, limit int) ([]tally.Count, error) {
	from := int64(0)
	if !since.IsZero() {
		from = since.UnixMicro()
	}
	var counts []tally.Count
	err := eachRow(ctx, s.backend.Read(), `SELECT tenant_id, kind, key, n, last_at FROM tallies
		WHERE last_at >= $1 ORDER BY last_at DESC LIMIT $2`, []any{from, max(0, min(limit, maxTallies))}, func(r *sql.Rows) error {
		var c tally.Count
		var n int64
		err := r.Scan(&c.Tenant, &c.Kind, &c.Key.Key, &n, timeColumn{&c.LastAt})
		c.N = uint64(n)
		counts = append(counts, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read counts: %w", err)
	}
	return counts, nil
}

// ForgetTallies implements tally.Store. What servers have added that are gone
// as long is forgotten, too.
func (s *Store) ForgetTallies(ctx context.Context, before time.Time) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		if _, err := q.ExecContext(ctx, `DELETE FROM tallies WHERE last_at < $1`, before.UnixMicro()); err != nil {
			return err
		}
		_, err := q.ExecContext(ctx, `DELETE FROM tally_batches WHERE at < $1`, before.UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("delete counts: %w", err)
	}
	return nil
}

// Tallies gives what was counted of one kind for a tenant, by key. What was
// counted in the last second may not be in it.
func (s *Store) Tallies(ctx context.Context, tenant routing.TenantID, kind handlers.TallyKind) (map[string]tally.Total, error) {
	totals := map[string]tally.Total{}
	err := eachRow(ctx, s.backend.Read(), `SELECT key, n, last_at FROM tallies WHERE tenant_id = $1 AND kind = $2`,
		[]any{string(tenant), string(kind)}, func(r *sql.Rows) error {
			var key string
			var n int64
			var t tally.Total
			err := r.Scan(&key, &n, timeColumn{&t.LastAt})
			t.N = uint64(n)
			totals[key] = t
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read counts of tenant %s: %w", tenant, err)
	}
	return totals, nil
}
