package routing

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// Plans keeps the compiled plans of a directory, and of those that follow it,
// within a bound: the least recently used go first, and are compiled again when
// they are needed. A call that goes by a plan keeps it alive. A nil Plans keeps
// everything. Safe for concurrent use.
type Plans struct {
	limit    int64
	onBroken func(Broken)

	clock   atomic.Uint64
	made    atomic.Uint64
	evicted atomic.Uint64

	mu    sync.Mutex
	kept  map[*tenant]int64 // estimated bytes
	bytes int64
}

// NewPlans gives room for plans of about limit bytes in all; 0 is no limit. At
// least one plan is kept, whatever its size. onBroken, if not nil, is told once
// of every tenant that turns out not to compile, while its first call waits.
func NewPlans(limit int64, onBroken func(Broken)) *Plans {
	return &Plans{limit: limit, onBroken: onBroken, kept: map[*tenant]int64{}}
}

// PlanStats is what became of plans so far.
type PlanStats struct {
	Compiled, Evicted uint64
	Kept              int
	Bytes             int64 // estimated, of those that are kept
}

// Stats tells what became of plans so far.
func (p *Plans) Stats() PlanStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return PlanStats{Compiled: p.made.Load(), Evicted: p.evicted.Load(), Kept: len(p.kept), Bytes: p.bytes}
}

// touch notes that a tenant's plan is used.
func (p *Plans) touch(t *tenant) {
	if p != nil {
		t.used.Store(p.clock.Add(1))
	}
}

// counted notes that a plan is compiled.
func (p *Plans) counted() {
	if p != nil {
		p.made.Add(1)
	}
}

// hold counts a tenant's plan among those kept, and makes room for it.
func (p *Plans) hold(t *tenant, size int64) {
	if p == nil {
		return
	}
	p.touch(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += size - p.kept[t]
	p.kept[t] = size
	if p.limit > 0 && p.bytes > p.limit {
		p.evict(t)
	}
}

// evict drops the least recently used down to nine tenths of the limit, so that
// not every plan that comes has to look for the next to go.
func (p *Plans) evict(newest *tenant) {
	oldest := make([]*tenant, 0, len(p.kept))
	for t := range p.kept {
		if t != newest {
			oldest = append(oldest, t)
		}
	}
	// What is used meanwhile may be sorted by either time.
	used := make(map[*tenant]uint64, len(oldest))
	for _, t := range oldest {
		used[t] = t.used.Load()
	}
	slices.SortFunc(oldest, func(a, b *tenant) int { return cmp.Compare(used[a], used[b]) })
	for _, t := range oldest {
		if p.bytes <= p.limit/10*9 {
			return
		}
		p.drop(t)
		t.plan.Store(nil)
		p.evicted.Add(1)
	}
}

// drop forgets a tenant's plan, with mu held.
func (p *Plans) drop(t *tenant) {
	p.bytes -= p.kept[t]
	delete(p.kept, t)
}

// replaced forgets the plans of tenants that a directory has no more.
func (p *Plans) replaced(gone []*tenant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range gone {
		p.drop(t)
	}
}

func (p *Plans) foundBroken(b Broken) {
	if p != nil && p.onBroken != nil {
		p.onBroken(b)
	}
}
