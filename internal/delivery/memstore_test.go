package delivery_test

import (
	"context"
	"sort"
	"sync"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// row is a delivery in the store of the tests.
type row struct {
	delivery.Delivery
	state   delivery.State
	nextAt  time.Time // when it is due; the end of the lease of one that is leased
	yieldAt time.Time // when the next of its call may go; zero: it waits
}

func (r *row) over() bool { return r.state == delivery.Done || r.state == delivery.Dead }

// memory is a delivery.Store as its documentation says, and nothing more.
type memory struct {
	mu     sync.Mutex
	rows   []*row // by id, from 1
	open   []*row // those that are not over
	health map[string]*delivery.Health

	claims []delivery.ClaimRequest
}

func newMemory() *memory { return &memory{health: map[string]*delivery.Health{}} }

// add puts an event in line.
func (m *memory) add(d delivery.Delivery) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d.ID = int64(len(m.rows) + 1)
	d.Seq = 1
	for _, r := range m.rows {
		if r.CallID == d.CallID && r.EndpointID == d.EndpointID {
			d.Seq++
		}
	}
	r := &row{Delivery: d, state: delivery.Ready, nextAt: d.OccurredAt}
	m.rows = append(m.rows, r)
	m.open = append(m.open, r)
}

// held tells whether an earlier event of the call holds a delivery back, and
// whether there is one that is not over.
func (m *memory) held(r *row, now time.Time) (held, outOfOrder bool) {
	for _, e := range m.open {
		if e.CallID != r.CallID || e.EndpointID != r.EndpointID || e.Seq >= r.Seq || e.over() {
			continue
		}
		outOfOrder = true
		if e.yieldAt.IsZero() || e.yieldAt.After(now) {
			held = true
		}
	}
	return held, outOfOrder
}

func (m *memory) Claim(_ context.Context, q delivery.ClaimRequest) ([]delivery.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims = append(m.claims, q)
	named := map[string]bool{}
	for _, e := range q.Endpoints {
		named[e] = true
	}
	leased, tenants, taken := map[string]int{}, map[routing.TenantID]int{}, map[string]int{}
	m.forget()
	for _, r := range m.open {
		if r.state == delivery.Leased && r.nextAt.After(q.Now) {
			leased[r.EndpointID]++
			tenants[r.TenantID]++
		}
	}
	var claimed []delivery.Delivery
	for turn := 0; turn < q.PerEndpoint; turn++ { // endpoints take turns
		for _, r := range m.open {
			if len(claimed) == q.Limit {
				return claimed, nil
			}
			per := q.PerEndpoint
			if h := m.health[r.EndpointID]; h != nil {
				if !h.DisabledAt.IsZero() || h.PausedUntil.After(q.Now) {
					continue
				}
				if h.Slots > 0 {
					per = min(per, h.Slots)
				}
			}
			if r.nextAt.After(q.Now) || taken[r.EndpointID] > turn ||
				len(named) > 0 && !named[r.EndpointID] || leased[r.EndpointID] >= per || tenants[r.TenantID] >= q.PerTenant {
				continue
			}
			held, outOfOrder := m.held(r, q.Now)
			if held {
				continue
			}
			r.state, r.nextAt, r.OutOfOrder = delivery.Leased, q.Now.Add(q.Lease), outOfOrder
			r.Attempt++
			r.Tries++
			r.LeaseEpoch++
			leased[r.EndpointID]++
			tenants[r.TenantID]++
			taken[r.EndpointID]++
			claimed = append(claimed, r.Delivery)
		}
	}
	return claimed, nil
}

func (m *memory) Settle(_ context.Context, results []delivery.Result) (disabled []delivery.Health, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, res := range results {
		h := m.health[res.EndpointID]
		if h == nil {
			h = &delivery.Health{EndpointID: res.EndpointID, TenantID: res.TenantID}
			m.health[res.EndpointID] = h
		}
		before := h.DisabledAt
		if h.Note(res); h.DisabledAt != before {
			disabled = append(disabled, *h)
		}
		r := m.rows[res.DeliveryID-1]
		if r.LeaseEpoch != res.LeaseEpoch || r.state != delivery.Leased {
			continue
		}
		if r.FirstAt.IsZero() {
			r.FirstAt = res.At
		}
		switch {
		case res.Done:
			r.state = delivery.Done
		case res.Dead:
			r.state = delivery.Dead
		default:
			r.state, r.nextAt, r.yieldAt = delivery.Ready, res.NextAt, res.YieldAt
		}
	}
	for _, h := range disabled {
		for _, r := range m.open {
			if r.EndpointID == h.EndpointID && !r.over() {
				r.state = delivery.Dead
			}
		}
	}
	return disabled, nil
}

// forget lets go of what is over.
func (m *memory) forget() {
	kept := m.open[:0]
	for _, r := range m.open {
		if !r.over() {
			kept = append(kept, r)
		}
	}
	m.open = kept
}

func (m *memory) Release(_ context.Context, deliveries []delivery.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range deliveries {
		if r := m.rows[d.ID-1]; r.LeaseEpoch == d.LeaseEpoch && r.state == delivery.Leased {
			r.state, r.nextAt = delivery.Ready, d.OccurredAt
			r.Attempt--
			r.Tries--
		}
	}
	return nil
}

// states counts the deliveries of an endpoint by state.
func (m *memory) states(endpoint string) map[delivery.State]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := map[delivery.State]int{}
	for _, r := range m.rows {
		if r.EndpointID == endpoint {
			n[r.state]++
		}
	}
	return n
}

// healthOf gives what is known of an endpoint.
func (m *memory) healthOf(endpoint string) delivery.Health {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.health[endpoint]; h != nil {
		return *h
	}
	return delivery.Health{}
}

// asked gives the endpoints that claims named, sorted, and how many claims
// looked at all.
func (m *memory) asked() (named []string, all int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := map[string]bool{}
	for _, q := range m.claims {
		if q.Endpoints == nil {
			all++
		}
		for _, e := range q.Endpoints {
			if !seen[e] {
				seen[e] = true
				named = append(named, e)
			}
		}
	}
	sort.Strings(named)
	return named, all
}
