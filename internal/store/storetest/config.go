package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/internal/store"
)

func object(scope, kind, id, body string) config.Object {
	return config.Object{Scope: scope, Kind: kind, ID: id, Name: "name of " + id, Body: json.RawMessage(body)}
}

func publication(scope string, base int, kinds []string, objects ...config.Object) config.Publication {
	for i := range objects {
		objects[i].Place = i
	}
	return config.Publication{Scope: scope, Base: base, Author: "ann", Comment: "a reason", At: t0, Kinds: kinds, Objects: objects}
}

func publish(t testing.TB, s Store, changes ...config.Publication) map[string]int {
	t.Helper()
	revs, err := s.PublishConfig(context.Background(), changes)
	if err != nil {
		t.Fatal(err)
	}
	return revs
}

func load(t testing.TB, s Store) ([]config.Object, map[string]int) {
	t.Helper()
	objects, revs, err := s.LoadConfig(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return objects, revs
}

func publishAndLoad(t *testing.T, db Database) {
	s := open(t, db)
	if objects, revs := load(t, s); len(objects) != 0 || len(revs) != 0 {
		t.Fatalf("a fresh store holds %v, %v", objects, revs)
	}
	op := publication(config.OperatorScope, 0, []string{"tenants", "trunks"}, object(config.OperatorScope, "tenants", "t1", `{"name":"one"}`))
	t1 := publication("t1", 0, []string{"rules"}, object("t1", "rules", "z", `{"when":"true"}`), object("t1", "rules", "a", `{"x": [1, 2]}`))
	revs := publish(t, s, t1, op)
	if d := cmp.Diff(map[string]int{config.OperatorScope: 1, "t1": 1}, revs); d != "" {
		t.Error("revisions:", d)
	}
	objects, now := load(t, s)
	if d := cmp.Diff([]config.Object{op.Objects[0], t1.Objects[0], t1.Objects[1]}, objects); d != "" {
		t.Error("objects (-published +loaded):\n", d)
	}
	if d := cmp.Diff(revs, now); d != "" {
		t.Error("current revisions:", d)
	}
}

func publishStale(t *testing.T, db Database) {
	s := open(t, db)
	publish(t, s, publication("t1", 0, []string{"lists"}, object("t1", "lists", "l", `{}`)))
	fine := publication("t0", 0, []string{"lists"}, object("t0", "lists", "l", `{}`))
	for _, base := range []int{0, 2} {
		_, err := s.PublishConfig(t.Context(), []config.Publication{fine, publication("t1", base, []string{"lists"})})
		if !errors.Is(err, config.ErrStale) {
			t.Errorf("base %d of revision 1: %v", base, err)
		}
	}
	objects, revs := load(t, s)
	if len(objects) != 1 || revs["t1"] != 1 || revs["t0"] != 0 {
		t.Errorf("a refused change left traces: %v %v", objects, revs)
	}
}

func publishTogether(t *testing.T, db Database) {
	s := open(t, db)
	// The second fails on two objects of one name, so the first must not stay.
	twins := publication("t2", 0, []string{"lists"}, object("t2", "lists", "a", `{}`), object("t2", "lists", "b", `{}`))
	twins.Objects[1].Name = twins.Objects[0].Name
	_, err := s.PublishConfig(t.Context(), []config.Publication{publication("t1", 0, []string{"lists"}, object("t1", "lists", "l", `{}`)), twins})
	if err == nil {
		t.Fatal("two objects of one name were published")
	}
	if objects, revs := load(t, s); len(objects) != 0 || len(revs) != 0 {
		t.Errorf("half of a change was published: %v %v", objects, revs)
	}
}

func onlyChangesAreWritten(t *testing.T, db Database) {
	s := open(t, db, store.WithKey(testKey))
	kinds := []string{"lists", "webhooks"}
	a, b, hook := object("t1", "lists", "a", `{"v":1}`), object("t1", "lists", "b", `{"v":1}`), object("t1", "webhooks", "h", `{"secret":"x"}`)
	publish(t, s, publication("t1", 0, kinds, a, b, hook))
	b.Body = json.RawMessage(`{"v":2}`)
	publish(t, s, publication("t1", 1, kinds, a, b, hook))
	if n := db.Rows(t, "objects"); n != 4 {
		t.Errorf("%d rows for three objects of which one was changed, want 4", n)
	}
}

func revisionsCanBeLoaded(t *testing.T, db Database) {
	s := open(t, db)
	kinds := []string{"lists"}
	a, b := object("t1", "lists", "a", `{"v":1}`), object("t1", "lists", "b", `{}`)
	p1 := publication("t1", 0, kinds, a, b)
	a.Body = json.RawMessage(`{"v":2}`)
	p2 := publication("t1", 1, kinds, a)
	p3 := publication("t1", 2, kinds, b, a)
	p3.Comment = "b is back"
	publish(t, s, p1)
	publish(t, s, p2)
	publish(t, s, p3)
	for rev, want := range map[int][]config.Object{0: nil, 1: p1.Objects, 2: p2.Objects, 3: p3.Objects} {
		got, err := s.ConfigAt(t.Context(), "t1", rev)
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("revision %d: %v\n%s", rev, err, d)
		}
	}
	revs, err := s.Revisions(t.Context(), "t1", 0, 10)
	if err != nil || len(revs) != 3 {
		t.Fatalf("%v, %d revisions", err, len(revs))
	}
	if d := cmp.Diff(config.Revision{Rev: 3, At: t0, Author: "ann", Comment: "b is back", Changes: new(int)}, revs[0]); d != "" {
		t.Error(d)
	}
}

func kindNotNamedStays(t *testing.T, db Database) {
	s := open(t, db)
	publish(t, s, publication("t1", 0, []string{"lists", "rules"}, object("t1", "lists", "l", `{}`), object("t1", "rules", "r", `{}`)))
	publish(t, s, publication("t1", 1, []string{"lists"}))
	objects, _ := load(t, s)
	if len(objects) != 1 || objects[0].Kind != "rules" {
		t.Errorf("left are %v, want the rule only", objects)
	}
}

func namesCanBeSwapped(t *testing.T, db Database) {
	s := open(t, db)
	a, b := object("t1", "lists", "a", `{}`), object("t1", "lists", "b", `{}`)
	publish(t, s, publication("t1", 0, []string{"lists"}, a, b))
	a.Name, b.Name = b.Name, a.Name
	publish(t, s, publication("t1", 1, []string{"lists"}, a, b))
	if objects, _ := load(t, s); objects[0].Name != a.Name || objects[1].Name != b.Name {
		t.Errorf("names %q and %q", objects[0].Name, objects[1].Name)
	}
}

func onePublisherWins(t *testing.T, db Database) {
	s := open(t, db)
	var mu sync.Mutex
	won := 0
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p := publication("t1", 0, []string{"lists"}, object("t1", "lists", fmt.Sprint(i), `{}`))
			_, err := s.PublishConfig(context.Background(), []config.Publication{p})
			if err != nil && !errors.Is(err, config.ErrStale) {
				t.Error(err)
			}
			if err == nil {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	objects, revs := load(t, s)
	if won != 1 || len(objects) != 1 || revs["t1"] != 1 {
		t.Errorf("%d publishers won, %d objects, revision %d; want one of each", won, len(objects), revs["t1"])
	}
}

func refusesForeignObjects(t *testing.T, db Database) {
	s := open(t, db)
	for name, p := range map[string]config.Publication{
		"object of another tenant":    publication("t1", 0, []string{"lists"}, object("t2", "lists", "l", `{}`)),
		"object of a kind not listed": publication("t1", 0, []string{"lists"}, object("t1", "rules", "r", `{}`)),
	} {
		if _, err := s.PublishConfig(t.Context(), []config.Publication{p}); err == nil {
			t.Errorf("%s was published", name)
		}
	}
}

func largeConfiguration(t *testing.T, db Database) {
	s := open(t, db)
	objects := make([]config.Object, 5000)
	for i := range objects {
		objects[i] = object("t1", "blocklist", fmt.Sprintf("n%05d", i), `{"number":"+4930123456"}`)
	}
	publish(t, s, publication("t1", 0, []string{"blocklist"}, objects...))
	publish(t, s, publication("t1", 1, []string{"blocklist"}, objects[1:]...))
	got, _ := load(t, s)
	if len(got) != len(objects)-1 || got[0].ID != "n00001" {
		t.Errorf("%d objects, the first %s", len(got), got[0].ID)
	}
}
