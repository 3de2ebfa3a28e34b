package delivery

import (
	"maps"
	"slices"
	"sync"

	"switchyard/routing"
)

// places are what deliveries need to be under way in this server. There are two
// pools: a request that takes long moves to the second, so that endpoints that
// are slow cannot use up the places of those that are not. Safe for concurrent
// use.
type places struct {
	maxFast, maxSlow, perTenant int

	mu         sync.Mutex
	fast, slow int
	tenants    map[routing.TenantID]int
	full       int // tenants that have all they may have
	// starved are endpoints that gave nothing while their tenant had all it may
	// have under way; "" is for endpoints whose tenant is not known.
	starved map[routing.TenantID]map[string]struct{}
}

// place is one delivery's.
type place struct {
	tenant routing.TenantID
	slow   bool // moved to the second pool
	over   bool
}

func newPlaces(fast, slow, perTenant int) *places {
	return &places{
		maxFast: fast, maxSlow: slow, perTenant: perTenant,
		tenants: map[routing.TenantID]int{}, starved: map[routing.TenantID]map[string]struct{}{},
	}
}

// free tells how many more may be claimed.
func (p *places) free() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.maxFast - p.fast
}

func (p *places) take(tenant routing.TenantID) *place {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fast++
	p.tenants[tenant]++
	if p.tenants[tenant] == p.perTenant {
		p.full++
	}
	return &place{tenant: tenant}
}

// slowDown moves a place to the second pool, if there is room.
func (p *places) slowDown(of *place) (moved bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if of.over || p.slow >= p.maxSlow {
		return false
	}
	of.slow = true
	p.fast--
	p.slow++
	return true
}

// giveBack ends a delivery's place and gives the endpoints that were waiting
// for one of its tenant's.
func (p *places) giveBack(of *place) (starved []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of.over = true
	if of.slow {
		p.slow--
	} else {
		p.fast--
	}
	p.tenants[of.tenant]--
	switch p.tenants[of.tenant] {
	case p.perTenant - 1:
		p.full--
		for _, t := range []routing.TenantID{of.tenant, ""} {
			starved = slices.AppendSeq(starved, maps.Keys(p.starved[t]))
			delete(p.starved, t)
		}
	case 0:
		delete(p.tenants, of.tenant)
	}
	return starved
}

// starve notes that an endpoint gave nothing, if that may be because of the
// limit of its tenant, "" if that is not known.
func (p *places) starve(tenant routing.TenantID, endpoint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full == 0 || tenant != "" && p.tenants[tenant] < p.perTenant {
		return
	}
	if p.starved[tenant] == nil {
		p.starved[tenant] = map[string]struct{}{}
	}
	p.starved[tenant][endpoint] = struct{}{}
}

// underWay tells how many are in each pool.
func (p *places) underWay() (fast, slow int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fast, p.slow
}
