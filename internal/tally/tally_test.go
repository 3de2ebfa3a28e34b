package tally

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"switchyard/handlers"
	"switchyard/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a Store with the rules of a real one.
type memory struct {
	mu      sync.Mutex
	totals  map[Key]Total
	batches map[string]int64
	fail    error // nothing is stored
	unheard error // what is stored is not told of
	adds    int
	since   []time.Time // that were asked for
	forgot  []time.Time
}

func newMemory() *memory { return &memory{totals: map[Key]Total{}, batches: map[string]int64{}} }

func (m *memory) lock() func() { m.mu.Lock(); return m.mu.Unlock }

func (m *memory) AddTallies(_ context.Context, server string, batch int64, add []Count) (map[Key]uint64, error) {
	defer m.lock()()
	if m.fail != nil {
		return nil, m.fail
	}
	m.adds++
	fresh := m.batches[server] < batch
	m.batches[server] = max(m.batches[server], batch)
	after := map[Key]uint64{}
	for _, c := range add {
		t := m.totals[c.Key]
		if fresh {
			t = Total{t.N + c.N, c.LastAt}
			m.totals[c.Key] = t
		}
		after[c.Key] = t.N
	}
	return after, m.unheard
}

func (m *memory) RecentTallies(_ context.Context, since time.Time, limit int) ([]Count, error) {
	defer m.lock()()
	if m.fail != nil {
		return nil, m.fail
	}
	m.since = append(m.since, since)
	var counts []Count
	for k, t := range m.totals {
		if !t.LastAt.Before(since) {
			counts = append(counts, Count{k, t})
		}
	}
	slices.SortFunc(counts, func(a, b Count) int { return b.LastAt.Compare(a.LastAt) })
	return counts[:min(limit, len(counts))], nil
}

func (m *memory) ForgetTallies(_ context.Context, before time.Time) error {
	defer m.lock()()
	if m.fail != nil {
		return m.fail
	}
	m.forgot = append(m.forgot, before)
	return nil
}

func (m *memory) n(key string) uint64 {
	defer m.lock()()
	return m.totals[turns(key)].N
}

func (m *memory) failWith(fail, unheard error) {
	defer m.lock()()
	m.fail, m.unheard = fail, unheard
}

func turns(key string) Key { return Key{"t1", handlers.TallyTurns, key} }

func (c *Counter) turn(key string) uint64 { return c.Add("t1", handlers.TallyTurns, key) }

// running is a Counter whose Run runs, inside a bubble of synctest.
type running struct {
	*Counter
	stop  context.CancelFunc
	ended chan error
}

func start(t *testing.T, m *memory, opts Options) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{New(m, opts), cancel, make(chan error, 1)}
	go func() { r.ended <- r.Run(ctx) }()
	synctest.Wait()
	return r
}

func (r *running) finish(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestCountsGoOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		first := start(t, m, Options{})
		for want := range uint64(3) {
			if got := first.turn("sales"); got != want {
				t.Errorf("before were %d, want %d", got, want)
			}
		}
		if m.n("sales") != 0 {
			t.Error("a phone that rings waited for the store")
		}
		pass(1500 * time.Millisecond)
		if got := m.n("sales"); got != 3 {
			t.Errorf("%d are stored, want 3", got)
		}
		first.turn("sales")
		first.finish(t) // stores the last one
		second := start(t, m, Options{})
		if got := second.turn("sales"); got != 4 {
			t.Errorf("after a restart %d, want 4", got)
		}
		if got := second.Add("t2", handlers.TallyTurns, "sales") + second.Add("t1", handlers.TallyBlocked, "sales"); got != 0 {
			t.Error("tenants or kinds share a count")
		}
		second.finish(t)
		if first.Waiting()+second.Waiting() != 0 || first.Dropped()+second.Dropped() != 0 {
			t.Error("something was left")
		}
	})
}

func TestServersShareTheirCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		a, b := start(t, m, Options{}), start(t, m, Options{})
		for want := range uint64(6) {
			who := []*running{a, b, b}[want%3]
			if got := who.turn("sales"); got != want {
				t.Errorf("before were %d, want %d", got, want)
			}
			pass(2 * time.Second)
		}
		a.finish(t)
		b.finish(t)
		if got := m.n("sales"); got != 6 {
			t.Errorf("%d are stored", got)
		}
	})
}

func TestAnIdleCounterWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		c := start(t, m, Options{})
		pass(49 * time.Hour)
		if m.adds != 0 || len(m.forgot) != 3 {
			t.Errorf("%d times stored, %d times deleted", m.adds, len(m.forgot))
		}
		if !m.since[0].IsZero() || time.Since(m.since[len(m.since)-1]) > 2*time.Minute {
			t.Errorf("asked for what was counted since %v and %v", m.since[0], m.since[len(m.since)-1])
		}
		if kept := time.Since(m.forgot[2]); kept < 400*24*time.Hour || kept > 403*24*time.Hour {
			t.Errorf("keeps what was counted %s ago", kept)
		}
		c.finish(t)
	})
}

func TestTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.failWith(errors.New("away"), nil)
		c := start(t, m, Options{})
		for i := range uint64(10) {
			if got := c.turn("sales"); got != i {
				t.Errorf("before were %d, want %d", got, i)
			}
			pass(time.Second)
		}
		if c.Waiting() != 1 {
			t.Errorf("%d keys wait", c.Waiting())
		}
		m.failWith(nil, nil)
		pass(2 * time.Second)
		if got := m.n("sales"); got != 10 || c.Waiting() != 0 {
			t.Errorf("%d are stored, %d keys wait", got, c.Waiting())
		}
		c.finish(t)
	})
}

// The store takes a batch and the answer is lost: nobody counts it twice.
func TestALostAnswerIsNotCountedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		c := start(t, m, Options{})
		m.failWith(nil, errors.New("connection lost"))
		c.turn("sales")
		pass(5 * time.Second)
		c.turn("sales")
		m.failWith(nil, nil)
		pass(3 * time.Second)
		if got := m.n("sales"); got != 2 {
			t.Errorf("%d are stored, want 2", got)
		}
		if got := c.turn("sales"); got != 2 {
			t.Errorf("before were %d, want 2", got)
		}
		c.finish(t)
	})
}

func TestStopWithoutAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.failWith(errors.New("away"), nil)
		c := start(t, m, Options{})
		c.turn("sales")
		c.stop()
		if err := <-c.ended; !errors.Is(err, m.fail) || !strings.Contains(err.Error(), "1 counts") {
			t.Errorf("stopped with %v", err)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.failWith(errors.New("away"), nil)
		c := start(t, m, Options{MaxKeys: 10, MaxAtOnce: 4})
		for i := range 15 {
			c.turn(fmt.Sprint("k", i))
			c.turn("often")
		}
		if len(c.keys) != 10 || c.order.Len() != 10 || c.Dropped() != 6 {
			t.Errorf("%d keys, %d counts lost", len(c.keys), c.Dropped())
		}
		m.failWith(nil, nil)
		pass(2 * time.Second)
		if got := m.n("often"); got != 15 || m.n("k14") != 1 || m.n("k0") != 0 || m.adds != 3 {
			t.Errorf("%d are stored in %d batches", got, m.adds)
		}
		for i := range 20 { // with a store nothing is lost
			c.turn(fmt.Sprint("n", i))
			pass(2 * time.Second)
		}
		if c.Dropped() != 6 || len(c.keys) != 10 {
			t.Errorf("%d counts lost, %d keys", c.Dropped(), len(c.keys))
		}
		c.finish(t)
		again := start(t, m, Options{MaxKeys: 10})
		if len(again.keys) != 10 {
			t.Errorf("%d keys were read", len(again.keys))
		}
		again.finish(t)
	})
}

func TestHostileKeys(t *testing.T) {
	c := New(newMemory(), Options{})
	c.turn("a\x00b\xff" + strings.Repeat("é", 1000))
	for k := range c.keys {
		if strings.ContainsRune(k.Key, 0) || len(k.Key) > maxKey+8 || k.Key != strings.ToValidUTF8(k.Key, "") {
			t.Errorf("counted as %q", k.Key)
		}
	}
}

// Whatever fails and whoever is killed when: what is stored is what was counted
// but for what a killed server had not stored, and never more.
func TestNothingIsCountedTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMemory()
		servers := map[int]*Counter{}
		started := 0
		counted, lost := map[routing.TenantID]uint64{}, map[routing.TenantID]uint64{}
		one := func() *Counter {
			n := rapid.IntRange(0, 2).Draw(rt, "server")
			if servers[n] == nil {
				started++
				servers[n] = New(m, Options{Server: fmt.Sprint("s", started), MaxAtOnce: 2})
			}
			return servers[n]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"count": func(rt *rapid.T) {
				tenant := rapid.SampledFrom([]routing.TenantID{"t1", "t2", "t3"}).Draw(rt, "tenant")
				one().Add(tenant, handlers.TallyTurns, "sales")
				counted[tenant]++
			},
			"exchange": func(*rapid.T) { _ = one().exchange(context.Background()) },
			"killed": func(rt *rapid.T) {
				n := rapid.IntRange(0, 2).Draw(rt, "who")
				if servers[n] != nil {
					for k, c := range unstored(servers[n], m) {
						lost[k.Tenant] += c
					}
					servers[n] = nil
				}
			},
			"the store is away": func(*rapid.T) { m.failWith(errors.New("away"), nil) },
			"answers are lost":  func(*rapid.T) { m.failWith(nil, errors.New("lost")) },
			"all is well":       func(*rapid.T) { m.failWith(nil, nil) },
		})
		m.failWith(nil, nil)
		for _, s := range servers {
			if s != nil {
				if err := s.exchange(context.Background()); err != nil {
					rt.Fatal(err)
				}
			}
		}
		for tenant, n := range counted {
			if got := m.totals[Key{tenant, handlers.TallyTurns, "sales"}].N; got != n-lost[tenant] {
				rt.Fatalf("%s: %d stored, %d counted, %d lost", tenant, got, n, lost[tenant])
			}
		}
	})
}

// unstored is what is lost with a server.
func unstored(c *Counter, m *memory) map[Key]uint64 {
	left := map[Key]uint64{}
	for k, at := range c.keys {
		left[k] += at.Value.(*entry).pending
	}
	if m.batches[c.opts.Server] < c.batch { // the batch under way did not get there
		for _, count := range c.unsaved {
			left[count.Key] += count.N
		}
	}
	return left
}
