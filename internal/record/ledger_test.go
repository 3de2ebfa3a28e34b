package record

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

// ledger is a Ledger in memory, with the rules a store has.
type ledger struct {
	Ledger // what no test here needs

	mu      sync.Mutex
	calls   map[routing.CallID]Call
	legs    map[routing.CallID]map[string]Leg
	events  []Event
	servers map[string]time.Time
	seen    map[routing.CallID]time.Time
	saves   int
	fail    error
}

func newLedger() *ledger {
	return &ledger{calls: map[routing.CallID]Call{}, legs: map[routing.CallID]map[string]Leg{}, servers: map[string]time.Time{}, seen: map[routing.CallID]time.Time{}}
}

func (l *ledger) lock() func() { l.mu.Lock(); return l.mu.Unlock }

func (l *ledger) SaveCalls(_ context.Context, changes []Change) error {
	defer l.lock()()
	if l.fail != nil {
		return l.fail
	}
	l.saves++
	closed := map[routing.CallID]bool{}
	for _, e := range l.events {
		closed[e.CallID] = closed[e.CallID] || e.Type == CallEnded
	}
	for _, ch := range changes {
		old, known := l.calls[ch.Call.ID]
		over := ch.Call.Status != handlers.StatusActive
		if !known || old.Status == handlers.StatusActive || over && (ch.Call.Complete || !old.Complete) {
			l.calls[ch.Call.ID] = ch.Call
		}
		l.merge(ch.Legs)
		for _, e := range ch.Events {
			if !slices.ContainsFunc(l.events, func(o Event) bool {
				return o.ID == e.ID || o.CallID == e.CallID && o.Type == e.Type && o.Stage == e.Stage
			}) &&
				!(closed[e.CallID] && (e.Type == CallForwarded || e.Type == CallMissed)) {
				l.events = append(l.events, e)
			}
		}
	}
	return nil
}

func (l *ledger) Amend(_ context.Context, id routing.CallID, amend func(*Call, bool) bool) error {
	defer l.lock()()
	if l.fail != nil {
		return l.fail
	}
	c, known := l.calls[id]
	c = clone(c)
	c.ID = id
	if amend(&c, known) {
		l.calls[id] = c
	}
	return nil
}

func (l *ledger) SaveLegs(_ context.Context, legs []Leg) error {
	defer l.lock()()
	if l.fail != nil {
		return l.fail
	}
	l.merge(legs)
	return nil
}

var ranks = map[Source]int{SourceReconciled: 0, SourceLive: 1, SourceESL: 2, SourceJSON: 3}

// merge keeps the whole leg of the better source.
func (l *ledger) merge(legs []Leg) {
	for _, leg := range legs {
		if l.legs[leg.CallID] == nil {
			l.legs[leg.CallID] = map[string]Leg{}
		}
		old, known := l.legs[leg.CallID][leg.LegID]
		if !known || leg.Complete && !old.Complete || leg.Complete == old.Complete && ranks[leg.Source] >= ranks[old.Source] {
			l.legs[leg.CallID][leg.LegID] = leg
		}
	}
}

func (l *ledger) Call(_ context.Context, id routing.CallID) (Call, []Leg, error) {
	defer l.lock()()
	c, known := l.calls[id]
	switch {
	case l.fail != nil:
		return Call{}, nil, l.fail
	case !known:
		return Call{}, nil, ErrUnknownCall
	}
	return clone(c), l.legsOf(id), nil
}

func (l *ledger) legsOf(id routing.CallID) []Leg {
	return slices.SortedFunc(maps.Values(l.legs[id]), func(a, b Leg) int { return cmp.Compare(a.LegID, b.LegID) })
}

func clone(c Call) Call {
	c.Steps, c.Facts, c.Tags = slices.Clone(c.Steps), maps.Clone(c.Facts), slices.Clone(c.Tags)
	return c
}

func (l *ledger) Beat(_ context.Context, server string, _, now time.Time) error {
	defer l.lock()()
	if l.fail != nil {
		return l.fail
	}
	l.servers[server] = now
	return nil
}

func (l *ledger) Orphans(_ context.Context, staleBefore time.Time, limit int) ([]Orphan, error) {
	defer l.lock()()
	if l.fail != nil {
		return nil, l.fail
	}
	var all []Orphan
	for _, c := range l.calls {
		if c.Status == handlers.StatusActive && (c.Owner == "" || l.servers[c.Owner].Before(staleBefore)) {
			all = append(all, Orphan{Call: clone(c), Legs: l.legsOf(c.ID), SeenAt: l.seen[c.ID]})
		}
	}
	slices.SortFunc(all, func(a, b Orphan) int { return a.Call.StartedAt.Compare(b.Call.StartedAt) })
	return all[:min(limit, len(all))], nil
}

func (l *ledger) Seen(_ context.Context, ids []routing.CallID, at time.Time) error {
	defer l.lock()()
	for _, id := range ids {
		l.seen[id] = at
	}
	return nil
}

// count tells how many events of a type a call has.
func (l *ledger) count(id routing.CallID, kind string) (n int) {
	defer l.lock()()
	for _, e := range l.events {
		if e.CallID == id && e.Type == kind {
			n++
		}
	}
	return n
}

// stages tells how often call.forwarded happened at each stage.
func (l *ledger) stages(id routing.CallID) map[string]int {
	defer l.lock()()
	stages := map[string]int{}
	for _, e := range l.events {
		if e.CallID == id && e.Type == CallForwarded {
			stages[e.Stage]++
		}
	}
	return stages
}

// after tells that an event of one of the types follows that of a type.
func (l *ledger) after(id routing.CallID, kind string, types ...string) bool {
	defer l.lock()()
	seen := false
	for _, e := range l.events {
		if e.CallID != id {
			continue
		}
		if seen && slices.Contains(types, e.Type) {
			return true
		}
		seen = seen || e.Type == kind
	}
	return false
}

func (l *ledger) get(t interface {
	Helper()
	Fatalf(string, ...any)
}, id routing.CallID) Call {
	t.Helper()
	c, _, err := l.Call(context.Background(), id)
	if err != nil {
		t.Fatalf("call %s: %v", id, err)
	}
	return c
}

// switches answers for every switch alike.
type switches struct {
	mu    sync.Mutex
	alive map[routing.CallID]bool
	err   error
	asked int
}

func (s *switches) Alive(_ context.Context, _ string, ids []routing.CallID) (map[routing.CallID]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.err != nil {
		return nil, s.err
	}
	alive := map[routing.CallID]bool{}
	for _, id := range ids {
		alive[id] = s.alive[id]
	}
	return alive, nil
}

// clock is moved by the test.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time          { return c.now }
func (c *clock) forward(d time.Duration) { c.now = c.now.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)} }

func testDirectory(t testing.TB) *routing.Directory {
	t.Helper()
	_, directory, problems := routing.CompileFiles([]routing.File{
		{Name: "operator.yaml", Data: []byte(operatorFile)}, {Name: "acme.yaml", Data: []byte(tenantFile)},
	})
	if directory == nil {
		t.Fatal(problems)
	}
	return directory
}

const acmeID = routing.TenantID("7d3f0d9e-5c1b-4f6a-9d2e-000000000001")
