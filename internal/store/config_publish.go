package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"switchyard/internal/config"
)

// Rows are found by their key alone: rev_to IS NULL would let PostgreSQL take the
// index of current objects, of which it knows too little after a large
// publication, and go through a whole section for each row.
var closeObjects = &statement{
	before: `UPDATE objects SET rev_to = v.column1 FROM (VALUES `,
	row:    `(CAST(? AS bigint), CAST(? AS text), CAST(? AS text), CAST(? AS text))`,
	after:  `) AS v WHERE scope = v.column2 AND kind = v.column3 AND id = v.column4 AND COALESCE(rev_to, 0) = 0`,
}

var insertObjects = &statement{
	before: `INSERT INTO objects (scope, kind, id, name, place, body, rev_from) VALUES `,
	row:    `(?, ?, ?, ?, ?, ?, ?)`,
}

// PublishConfig publishes all changes or none, see config.Store. Every
// publication makes a revision, also one that changes no object: somebody
// accepted it, with a name and a comment.
func (s *Store) PublishConfig(ctx context.Context, changes []config.Publication) (map[string]int, error) {
	// Two publishers take the scopes in one order, or they could block each other.
	sorted := append([]config.Publication(nil), changes...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Scope < sorted[j].Scope })
	revisions := map[string]int{}
	err := s.backend.Write(ctx, func(q Querier) error {
		for i := range sorted {
			p := &sorted[i]
			if err := s.publish(ctx, q, p); err != nil {
				return fmt.Errorf("publish %s: %w", p.Scope, err)
			}
			revisions[p.Scope] = p.Base + 1
		}
		// Last, since it is held until the commit: publishers of different
		// tenants wait for each other here, and the version is in their order.
		version, err := nextVersion(ctx, q)
		if err != nil {
			return err
		}
		return s.asChecked(ctx, q, sorted, version)
	})
	if err != nil {
		return nil, err
	}
	return revisions, nil
}

func (s *Store) publish(ctx context.Context, q Querier, p *config.Publication) error {
	if err := checkPublication(p); err != nil {
		return err
	}
	if err := advance(ctx, q, p); err != nil {
		return err
	}
	gone, added, err := s.edit(ctx, q, p)
	if err != nil {
		return err
	}
	byKey(gone)
	byKey(added)
	if err := closeRows(ctx, q, p.Base+1, gone); err != nil {
		return fmt.Errorf("close old objects: %w", err)
	}
	if err := s.insertRows(ctx, q, p.Base+1, added); err != nil {
		return fmt.Errorf("store new objects: %w", err)
	}
	return nil
}

func checkPublication(p *config.Publication) error {
	kinds := map[string]bool{}
	for _, k := range p.Kinds {
		kinds[k] = true
	}
	for i := range p.Objects {
		o := &p.Objects[i]
		if o.Scope != p.Scope {
			return fmt.Errorf("object %s %s belongs to %s", o.Kind, o.ID, o.Scope)
		}
		if !kinds[o.Kind] {
			return fmt.Errorf("object %s is of kind %s, which is not published", o.ID, o.Kind)
		}
	}
	return nil
}

// advance takes the next revision; only one publisher of the same base gets it.
func advance(ctx context.Context, q Querier, p *config.Publication) error {
	var current int
	if err := queryRow(ctx, q, `SELECT COALESCE(max(rev), 0) FROM revisions WHERE scope = $1`, []any{p.Scope}, &current); err != nil {
		return fmt.Errorf("read the revision: %w", err)
	}
	if current != p.Base {
		return config.ErrStale
	}
	done, err := q.ExecContext(ctx, `INSERT INTO revisions (scope, rev, published_at, author, comment, changes)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, p.Scope, p.Base+1, micros(p.At), p.Author, p.Comment, p.Changes)
	if err != nil {
		return fmt.Errorf("store the revision: %w", err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return fmt.Errorf("store the revision: %w", err)
	}
	if n == 0 {
		return config.ErrStale
	}
	return nil
}

// edit gives the objects whose row ends, and those that get a new one.
func (s *Store) edit(ctx context.Context, q Querier, p *config.Publication) (gone, added []*config.Object, err error) {
	if p.Edit == nil {
		return s.changed(ctx, q, p)
	}
	for i := range p.Edit.Gone {
		gone = append(gone, &p.Edit.Gone[i])
	}
	for i := range p.Edit.Added {
		added = append(added, &p.Edit.Added[i])
	}
	return gone, added, nil
}

// byKey puts objects of a scope into the order of their table, in which many are
// stored with fewer pages at hand: new ids are random.
func byKey(objects []*config.Object) {
	slices.SortFunc(objects, func(a, b *config.Object) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
}

type objectKey struct{ kind, id string }

// changed compares what is published with what is there: the objects whose
// row ends, and those that get a new one.
func (s *Store) changed(ctx context.Context, q Querier, p *config.Publication) (gone, added []*config.Object, err error) {
	now := map[objectKey]*config.Object{}
	for _, kind := range p.Kinds {
		objects, err := s.objects(ctx, q, selectObjects+`WHERE scope = $1 AND kind = $2 AND rev_to IS NULL`, p.Scope, kind)
		if err != nil {
			return nil, nil, fmt.Errorf("read what is published: %w", err)
		}
		for i := range objects {
			now[objectKey{kind, objects[i].ID}] = &objects[i]
		}
	}
	for i := range p.Objects {
		o := &p.Objects[i]
		key := objectKey{o.Kind, o.ID}
		old, known := now[key]
		delete(now, key)
		if known && same(old, o) {
			continue
		}
		if known {
			gone = append(gone, old)
		}
		added = append(added, o)
	}
	for _, o := range now {
		gone = append(gone, o)
	}
	return gone, added, nil
}

func same(a, b *config.Object) bool {
	return a.Name == b.Name && a.Place == b.Place && bytes.Equal(a.Body, b.Body)
}

func closeRows(ctx context.Context, q Querier, rev int, gone []*config.Object) error {
	return chunks(gone, func(some []*config.Object) error {
		args := make([]any, 0, len(some)*4)
		for _, o := range some {
			args = append(args, rev, o.Scope, o.Kind, o.ID)
		}
		_, err := q.ExecContext(ctx, closeObjects.sql(len(some)), args...)
		return err
	})
}

func (s *Store) insertRows(ctx context.Context, q Querier, rev int, added []*config.Object) error {
	return chunks(added, func(some []*config.Object) error {
		args := make([]any, 0, len(some)*7)
		for _, o := range some {
			body := string(o.Body)
			if secretKinds[o.Kind] {
				var err error
				if body, err = s.seal.seal(objectPlace(o), o.Body); err != nil {
					return fmt.Errorf("%s %s: %w", o.Kind, o.ID, err)
				}
			}
			args = append(args, o.Scope, o.Kind, o.ID, o.Name, o.Place, body, rev)
		}
		_, err := q.ExecContext(ctx, insertObjects.sql(len(some)), args...)
		return err
	})
}
