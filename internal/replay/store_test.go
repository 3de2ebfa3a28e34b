package replay_test

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"switchyard/internal/pgtest"
	"switchyard/internal/record"
	"switchyard/internal/replay"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
	"switchyard/internal/store/sqlite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// stores are what records are kept in.
var stores = map[string]func(testing.TB) (*store.Store, error){
	"SQLite": func(t testing.TB) (*store.Store, error) {
		return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "switchyard.db"))
	},
	"PostgreSQL": func(t testing.TB) (*store.Store, error) { return postgres.Open(t.Context(), pgtest.Start(t)) },
}

// filled opens a store with records in it.
func filled(t testing.TB, open func(testing.TB) (*store.Store, error), calls []record.Call) *store.Store {
	t.Helper()
	s, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for some := range slices.Chunk(calls, 1024) {
		changes := make([]record.Change, len(some))
		for i := range some {
			changes[i].Call = some[i]
		}
		if err := s.SaveCalls(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// What was planted is found through each kind of store, page by page.
func TestPlantedInStores(t *testing.T) {
	published, draft := platform(t)
	calls, want := generate(t, published, 2000)
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			s := filled(t, open, calls)
			r, err := replay.Run(t.Context(), s, replay.Request{Published: published, Draft: draft, Examples: 2})
			if err != nil {
				t.Fatal(err)
			}
			want.check(t, r)
		})
	}
}

// BenchmarkReplay replays 100,000 calls: without a store, and through each.
func BenchmarkReplay(b *testing.B) {
	const n = 100_000
	published, draft := platform(b)
	calls, want := generate(b, published, n)
	run := func(b *testing.B, from replay.Calls) {
		cpu := processCPU(b)
		for b.Loop() {
			r, err := replay.Run(b.Context(), from, replay.Request{Published: published, Draft: draft, Examples: 3})
			if err != nil || r.Changed != want.changed {
				b.Fatal(err, r.Changed)
			}
		}
		b.ReportMetric(float64((processCPU(b)-cpu).Microseconds())/float64(b.N)/n, "cpu-µs/call")
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/call")
	}
	b.Run("Memory", func(b *testing.B) { run(b, memory(calls)) })
	for _, name := range []string{"SQLite", "PostgreSQL"} {
		b.Run(name, func(b *testing.B) { run(b, filled(b, stores[name], calls)) })
	}
}

// processCPU is the processor time this process has used; a PostgreSQL has its own.
func processCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
