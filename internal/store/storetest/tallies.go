package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/internal/store"
	"switchyard/internal/tally"
	"switchyard/routing"
)

func countOf(tenant, key string, n uint64, at time.Time) tally.Count {
	return tally.Count{
		Key:   tally.Key{Tenant: routing.TenantID(tenant), Kind: handlers.TallyTurns, Key: key},
		Total: tally.Total{N: n, LastAt: at},
	}
}

// added adds counts and gives the totals by tenant and key.
func added(t testing.TB, s *store.Store, server string, batch int64, counts ...tally.Count) map[string]uint64 {
	t.Helper()
	totals, err := s.AddTallies(t.Context(), server, batch, counts)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]uint64{}
	for k, n := range totals {
		named[string(k.Tenant)+" "+k.Key] = n
	}
	return named
}

func talliesAddUp(t *testing.T, db Database) {
	s := open(t, db)
	later := t0.Add(time.Minute)
	for _, tt := range []struct {
		server string
		batch  int64
		add    []tally.Count
		want   map[string]uint64
	}{
		{"s1", 1, []tally.Count{countOf("a", "sales", 3, later), countOf("b", "sales", 1, t0)}, map[string]uint64{"a sales": 3, "b sales": 1}},
		{"s2", 1, []tally.Count{countOf("a", "sales", 2, t0)}, map[string]uint64{"a sales": 5}},
		{"s2", 1, []tally.Count{countOf("a", "sales", 2, t0)}, map[string]uint64{"a sales": 5}}, // again
		{"s1", 2, []tally.Count{countOf("a", "sales", 1, t0), countOf("a", "help", 7, t0)}, map[string]uint64{"a sales": 6, "a help": 7}},
		{"s1", 1, []tally.Count{countOf("b", "sales", 1, t0)}, map[string]uint64{"b sales": 1}}, // late
	} {
		if d := cmp.Diff(tt.want, added(t, s, tt.server, tt.batch, tt.add...)); d != "" {
			t.Errorf("batch %d of %s (-want +got):\n%s", tt.batch, tt.server, d)
		}
	}
	want := map[string]tally.Total{"sales": {N: 6, LastAt: later}, "help": {N: 7, LastAt: t0}}
	got, err := s.Tallies(t.Context(), "a", handlers.TallyTurns)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v, totals (-want +got):\n%s", err, d)
	}
	if none, err := s.Tallies(t.Context(), "a", handlers.TallyBlocked); err != nil || len(none) != 0 {
		t.Errorf("%v, of another kind: %v", err, none)
	}
}

func recentTallies(t *testing.T, db Database) {
	s := open(t, db)
	old, young := countOf("a", "old", 1, t0), countOf("b", "young", 2, t0.Add(time.Hour))
	added(t, s, "s1", 1, old, young)
	for _, tt := range []struct {
		since time.Time
		limit int
		want  []tally.Count
	}{
		{time.Time{}, 10, []tally.Count{young, old}},
		{time.Time{}, 1, []tally.Count{young}},
		{t0.Add(time.Hour), 10, []tally.Count{young}},
		{t0.Add(2 * time.Hour), 10, nil},
		{time.Time{}, -1, nil},
	} {
		got, err := s.RecentTallies(t.Context(), tt.since, tt.limit)
		if d := cmp.Diff(tt.want, got); err != nil || d != "" {
			t.Errorf("%v, since %s, at most %d (-want +got):\n%s", err, tt.since, tt.limit, d)
		}
	}
}

func oldTalliesAreForgotten(t *testing.T, db Database) {
	s := open(t, db)
	added(t, s, "s1", 1, countOf("a", "old", 1, t0))
	added(t, s, "s2", 1, countOf("a", "young", 1, t0.Add(1000*time.Hour)))
	if err := s.ForgetTallies(t.Context(), t0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if totals, batches := db.Rows(t, "tallies"), db.Rows(t, "tally_batches"); totals != 1 || batches != 1 {
		t.Errorf("%d totals of %d servers are left", totals, batches)
	}
	if got := added(t, s, "s1", 2, countOf("a", "old", 1, t0)); got["a old"] != 1 {
		t.Errorf("after it was forgotten: %v", got)
	}
}

// Servers that add the same keys at the same time, in other orders, neither lose
// a count nor wait for each other for ever.
func talliesFromManySides(t *testing.T, db Database) {
	s := open(t, db)
	const batches, keys = 10, 100
	steps := []int{1, 3, 7, 9} // none divides keys, so each server has all of them
	var all sync.WaitGroup
	for n := range steps {
		all.Go(func() {
			for batch := range batches {
				var counts []tally.Count
				for k := range keys {
					counts = append(counts, countOf("a", fmt.Sprint("k", k*steps[n]%keys), 1, t0))
				}
				if _, err := s.AddTallies(t.Context(), fmt.Sprint("s", n), int64(batch+1), counts); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	totals, err := s.Tallies(t.Context(), "a", handlers.TallyTurns)
	if err != nil {
		t.Fatal(err)
	}
	sum := uint64(0)
	for _, total := range totals {
		sum += total.N
	}
	if want := uint64(len(steps) * batches * keys); len(totals) != keys || sum != want {
		t.Errorf("%d keys with %d counts, want %d with %d", len(totals), sum, keys, want)
	}
}
