package store

import (
	"context"
	"database/sql"
	"fmt"

	"switchyard/internal/config"
)

// ConfigSince gives what was published after a version: the rows that began and
// ended, of the scopes that changed.
func (s *Store) ConfigSince(ctx context.Context, version int64, have map[string]int) (config.Changes, error) {
	var changes config.Changes
	err := s.backend.Snapshot(ctx, func(q Querier) error {
		changes = config.Changes{}
		err := queryRow(ctx, q, `SELECT COALESCE(max(CAST(value AS bigint)), 0) FROM meta WHERE name = 'configuration'`, nil, &changes.Version)
		if err != nil {
			return err
		}
		err = eachRow(ctx, q, `SELECT scope, max(rev) FROM revisions WHERE version > $1 GROUP BY scope`, []any{version}, func(r *sql.Rows) error {
			var c config.ScopeChange
			if err := r.Scan(&c.Scope, &c.Revision); err != nil {
				return err
			}
			if c.Revision > have[c.Scope] {
				changes.Scopes = append(changes.Scopes, c)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range changes.Scopes {
			c := &changes.Scopes[i]
			if err := s.scopeSince(ctx, q, c, have[c.Scope]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return config.Changes{}, fmt.Errorf("load what changed: %w", err)
	}
	return changes, nil
}

// scopeSince reads the rows of a scope that began and ended since a revision.
func (s *Store) scopeSince(ctx context.Context, q Querier, c *config.ScopeChange, rev int) (err error) {
	c.Added, err = s.objects(ctx, q, selectObjects+`WHERE scope = $1 AND rev_from > $2 AND rev_to IS NULL ORDER BY kind, place, id`, c.Scope, rev)
	if err != nil || rev == 0 {
		return err
	}
	return eachRow(ctx, q, `SELECT kind, id FROM objects WHERE scope = $1 AND rev_to > $2 AND rev_from <= $2`, []any{c.Scope, rev}, func(r *sql.Rows) error {
		o := config.Object{Scope: c.Scope}
		if err := r.Scan(&o.Kind, &o.ID); err != nil {
			return err
		}
		c.Gone = append(c.Gone, o)
		return nil
	})
}
