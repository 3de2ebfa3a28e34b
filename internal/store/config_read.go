package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"switchyard/internal/config"
)

const selectObjects = `SELECT scope, kind, id, name, place, body FROM objects `

// LoadConfig gives the objects of every scope and the current revisions.
func (s *Store) LoadConfig(ctx context.Context) ([]config.Object, map[string]int, error) {
	var objects []config.Object
	revisions := map[string]int{}
	err := s.backend.Snapshot(ctx, func(q Querier) error {
		var err error
		if objects, err = s.objects(ctx, q, selectObjects+`WHERE rev_to IS NULL ORDER BY scope, kind, place, id`); err != nil {
			return err
		}
		return eachRow(ctx, q, `SELECT scope, max(rev) FROM revisions GROUP BY scope`, nil, func(r *sql.Rows) error {
			var scope string
			var rev int
			if err := r.Scan(&scope, &rev); err != nil {
				return err
			}
			revisions[scope] = rev
			return nil
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("load the configuration: %w", err)
	}
	return objects, revisions, nil
}

// ConfigVersion counts publications; 0: there was none.
func (s *Store) ConfigVersion(ctx context.Context) (int64, error) {
	var version int64
	err := queryRow(ctx, s.backend.Read(), `SELECT CAST(value AS bigint) FROM meta WHERE name = 'configuration'`, nil, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for changes of the configuration: %w", err)
	}
	return version, nil
}

// ConfigAt gives the objects of a scope as they were at a revision.
func (s *Store) ConfigAt(ctx context.Context, scope string, rev int) ([]config.Object, error) {
	objects, err := s.objects(ctx, s.backend.Read(), selectObjects+
		`WHERE scope = $1 AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2) ORDER BY kind, place, id`, scope, rev)
	if err != nil {
		return nil, fmt.Errorf("load revision %d of %s: %w", rev, scope, err)
	}
	return objects, nil
}

func (s *Store) objects(ctx context.Context, q Querier, query string, args ...any) ([]config.Object, error) {
	var objects []config.Object
	err := eachRow(ctx, q, query, args, func(r *sql.Rows) error {
		var o config.Object
		var stored string
		if err := r.Scan(&o.Scope, &o.Kind, &o.ID, &o.Name, &o.Place, &stored); err != nil {
			return err
		}
		body, err := s.seal.open(objectPlace(&o), stored)
		if err != nil {
			return err
		}
		o.Body = json.RawMessage(body)
		objects = append(objects, o)
		return nil
	})
	return objects, err
}

func objectPlace(o *config.Object) string { return o.Scope + "/" + o.Kind + "/" + o.ID }
