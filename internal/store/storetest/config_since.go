package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/internal/store"
)

func since(t testing.TB, s Store, version int64, have map[string]int) config.Changes {
	t.Helper()
	changes, err := s.ConfigSince(t.Context(), version, have)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(changes.Scopes, func(a, b config.ScopeChange) int { return strings.Compare(a.Scope, b.Scope) })
	return changes
}

func version(t testing.TB, s Store) int64 {
	t.Helper()
	v, err := s.ConfigVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func whatChangedSince(t *testing.T, db Database) {
	s := open(t, db)
	if got := since(t, s, 0, nil); got.Version != 0 || len(got.Scopes) != 0 {
		t.Fatalf("of a fresh store: %+v", got)
	}
	publish(t, s, publication("t1", 0, []string{"rules"}, object("t1", "rules", "a", `{}`), object("t1", "rules", "b", `{}`)))
	first := version(t, s)
	publish(t, s, publication("t2", 0, []string{"lists"}, object("t2", "lists", "l", `{}`)))
	publish(t, s, publication("t1", 1, []string{"rules"}, object("t1", "rules", "a", `{}`), object("t1", "rules", "c", `{}`)))
	got := since(t, s, first, map[string]int{"t1": 1})
	c := object("t1", "rules", "c", `{}`)
	c.Place = 1
	want := config.Changes{Version: version(t, s), Scopes: []config.ScopeChange{
		{Scope: "t1", Revision: 2, Edit: config.Edit{Gone: []config.Object{{Scope: "t1", Kind: "rules", ID: "b"}}, Added: []config.Object{c}}},
		{Scope: "t2", Revision: 1, Edit: config.Edit{Added: []config.Object{object("t2", "lists", "l", `{}`)}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := since(t, s, first, map[string]int{"t1": 2, "t2": 1}); len(got.Scopes) != 0 {
		t.Errorf("what the caller has already: %+v", got)
	}
	if got := since(t, s, version(t, s), nil); len(got.Scopes) != 0 {
		t.Errorf("nothing was published: %+v", got)
	}
}

// An object that came and went in between, and one that changed twice.
func onlyWhatChangedIsLoaded(t *testing.T, db Database) {
	s := open(t, db)
	publish(t, s, publication("t1", 0, []string{"rules"}, object("t1", "rules", "a", `{"n":1}`)))
	first := version(t, s)
	publish(t, s, publication("t1", 1, []string{"rules"}, object("t1", "rules", "a", `{"n":2}`), object("t1", "rules", "b", `{}`)))
	publish(t, s, publication("t1", 2, []string{"rules"}, object("t1", "rules", "a", `{"n":3}`)))
	got := since(t, s, first, map[string]int{"t1": 1})
	want := []config.ScopeChange{{Scope: "t1", Revision: 3, Edit: config.Edit{
		Gone: []config.Object{{Scope: "t1", Kind: "rules", ID: "a"}}, Added: []config.Object{object("t1", "rules", "a", `{"n":3}`)},
	}}}
	if diff := cmp.Diff(want, got.Scopes); diff != "" {
		t.Error(diff)
	}
}

// A tenant's change was checked with the operator's revision, the operator's
// with everything: neither is stored beside what it was not checked with.
func publishedAsChecked(t *testing.T, db Database) {
	s := open(t, db)
	publish(t, s, publication(config.OperatorScope, 0, []string{"tenants"}, object(config.OperatorScope, "tenants", "t1", `{}`)))
	seen := version(t, s)
	tenant := publication("t1", 0, []string{"lists"}, object("t1", "lists", "l", `{}`))
	tenant.Operator = 1
	publish(t, s, tenant)
	operator := publication(config.OperatorScope, 1, []string{"trunks"}, object(config.OperatorScope, "trunks", "c", `{}`))
	operator.Version = seen + 1
	if _, err := s.PublishConfig(t.Context(), []config.Publication{operator}); !errors.Is(err, config.ErrStale) {
		t.Errorf("the operator's, checked without the tenant's: %v", err)
	}
	operator.Version = version(t, s) + 1
	publish(t, s, operator)
	tenant = publication("t1", 1, []string{"lists"})
	tenant.Operator = 1
	if _, err := s.PublishConfig(t.Context(), []config.Publication{tenant}); !errors.Is(err, config.ErrStale) {
		t.Errorf("the tenant's, checked with the operator's before: %v", err)
	}
	if _, revs := load(t, s); revs["t1"] != 1 || revs[config.OperatorScope] != 2 {
		t.Errorf("%v", revs)
	}
}

// Two tenants publish a webhook with one id at the same time: one of them gets
// it. One whose grant is gone has none.
func webhooksOfOneTenant(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	grants := func(base int, ids ...string) config.Publication {
		var objects []config.Object
		for _, id := range ids {
			objects = append(objects, object(config.OperatorScope, "tenants", id, `{}`))
		}
		return publication(config.OperatorScope, base, []string{"tenants"}, objects...)
	}
	publish(t, s, grants(0, "t0", "t1", "t2", "t3"))
	var mu sync.Mutex
	var won []string
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			scope := fmt.Sprintf("t%d", i)
			_, err := s.PublishConfig(t.Context(), []config.Publication{publication(scope, 0, []string{"webhooks"}, object(scope, "webhooks", "h", `{}`))})
			if err != nil && !errors.Is(err, config.ErrStale) {
				t.Error(err)
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				won = append(won, scope)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%v have it", won)
	}
	rest := slices.DeleteFunc([]string{"t0", "t1", "t2", "t3"}, func(scope string) bool { return scope == won[0] })
	publish(t, s, grants(1, rest...))
	publish(t, s, publication(rest[0], 0, []string{"webhooks"}, object(rest[0], "webhooks", "h", `{}`)))
}

func editsAreWritten(t *testing.T, db Database) {
	s := open(t, db)
	a, b := object("t1", "rules", "a", `{}`), object("t1", "rules", "b", `{}`)
	b.Place = 7
	p := publication("t1", 0, []string{"rules"})
	p.Edit = &config.Edit{Added: []config.Object{a, b}}
	publish(t, s, p)
	p = publication("t1", 1, []string{"rules"})
	p.Edit = &config.Edit{Gone: []config.Object{a}}
	publish(t, s, p)
	objects, _ := load(t, s)
	if diff := cmp.Diff([]config.Object{b}, objects); diff != "" {
		t.Error(diff)
	}
}
