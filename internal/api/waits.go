package api

import (
	"sync"

	"switchyard/routing"
)

// Bounds of requests that wait for events: each asks the store whenever
// something was stored, and must not keep it from storing calls.
const (
	waitsOfATenant = 20
	waitsInAll     = 200
)

// waits counts those who wait. The zero value is ready to use; safe for
// concurrent use.
type waits struct {
	mu  sync.Mutex
	of  map[routing.TenantID]int
	all int
}

// enter takes a place; false: there is none.
func (w *waits) enter(tenant routing.TenantID) bool {
	return w.enterWithin(tenant, waitsOfATenant, waitsInAll)
}

// enterWithin is enter with other bounds.
func (w *waits) enterWithin(tenant routing.TenantID, ofATenant, inAll int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= inAll || w.of[tenant] >= ofATenant {
		return false
	}
	if w.of == nil {
		w.of = map[routing.TenantID]int{}
	}
	w.of[tenant]++
	w.all++
	return true
}

func (w *waits) leave(tenant routing.TenantID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.of[tenant]--; w.of[tenant] == 0 {
		delete(w.of, tenant)
	}
}
