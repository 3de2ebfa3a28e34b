package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

// modelDelivery is a delivery as the model knows it.
type modelDelivery struct {
	seq       int
	unordered bool
	over      bool
	dead      bool
	free      bool // waits for none
	leased    bool
	dueAt     time.Time // of a leased one: end of the lease
	yieldAt   time.Time
	attempts  int
	tries     int
	firstAt   time.Time
	late      bool // was sent while an earlier one was open
	replayed  bool
	epoch     int
}

type modelRoute struct{ call, endpoint string }

// attempt is one of a delivery, to know it again.
type attempt struct {
	id int64
	n  int
}

// model is the outbox in plain Go: what may be claimed when, and what follows.
type model struct {
	t         *rapid.T
	s         Store
	tenant    string
	endpoints []string
	now       time.Time
	events    int
	routes    map[modelRoute][]*modelDelivery
	health    map[string]*delivery.Health
	noted     map[attempt]bool
	held      []delivery.Delivery // given by Claim, not settled: maybe lost leases
	drained   bool                // everything was delivered
}

const (
	modelLimit  = 3 // deliveries an endpoint of the model may have under lease
	modelTenant = 4 // and its tenant
)

// claimModel drives a store and the model through the same random history.
func claimModel(t *testing.T, db Database) {
	s := open(t, db)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		m := &model{t: rt, s: s, tenant: fmt.Sprint("t", run), now: t0,
			endpoints: []string{fmt.Sprintf("r%d-e0", run), fmt.Sprintf("r%d-e1", run)},
			routes:    map[modelRoute][]*modelDelivery{}, health: map[string]*delivery.Health{}, noted: map[attempt]bool{}}
		defer m.clear(t)
		rt.Repeat(map[string]func(*rapid.T){
			"save":    m.save,
			"claim":   m.claim,
			"settle":  m.settle,
			"release": m.release,
			"replay":  m.replay,
			"enable":  m.enable,
			"wait":    m.wait,
		})
		m.drain()
	})
}

func (m *model) save(t *rapid.T) {
	call := fmt.Sprintf("%s-c%d", m.tenant, rapid.IntRange(0, 2).Draw(t, "call"))
	var changes []record.Change
	for range rapid.IntRange(1, 3).Draw(t, "events") {
		m.events++
		c := change(call, fmt.Sprint("queue.", m.events))
		c.Call.TenantID = routing.TenantID(m.tenant)
		e := &c.Events[0]
		e.At, e.TenantID = m.now, c.Call.TenantID
		for _, endpoint := range m.endpoints {
			if rapid.Bool().Draw(t, "subscribed") {
				e.Endpoints = append(e.Endpoints, endpoint)
				d := &modelDelivery{dueAt: m.now, unordered: rapid.IntRange(0, 5).Draw(t, "unordered") == 0}
				if d.unordered {
					e.Unordered = append(e.Unordered, endpoint)
				}
				at := modelRoute{call, endpoint}
				d.seq = len(m.routes[at]) + 1
				d.over = m.disabled(endpoint)
				d.dead = d.over
				m.routes[at] = append(m.routes[at], d)
			}
		}
		changes = append(changes, c)
	}
	if err := m.s.SaveCalls(context.Background(), changes); err != nil {
		t.Fatal(err)
	}
	m.letGo()
}

// letGo says who waits no longer: nothing is before it, or what is before it yields.
func (m *model) letGo() {
	for _, ds := range m.routes {
		var before *modelDelivery
		for _, d := range ds {
			if d.over {
				continue
			}
			if d.unordered {
				d.free = true
				continue
			}
			untried := d.free && !d.leased && d.tries == 0
			switch {
			case before == nil:
				if untried && d.dueAt.After(m.now) {
					d.dueAt = m.now
				}
				d.free = true
			case !before.yieldAt.IsZero():
				if untried && d.dueAt.After(before.yieldAt) || !d.free && d.dueAt.Before(before.yieldAt) {
					d.dueAt = before.yieldAt
				}
				d.free = true
			}
			before = d
		}
	}
}

func (m *model) disabled(endpoint string) bool {
	h := m.health[endpoint]
	return h != nil && !h.DisabledAt.IsZero()
}

// slots is how many more an endpoint may get.
func (m *model) slots(endpoint string) int {
	n := modelLimit
	if h := m.health[endpoint]; h != nil {
		if !h.DisabledAt.IsZero() || h.PausedUntil.After(m.now) {
			return 0
		}
		if h.Slots > 0 {
			n = min(n, h.Slots)
		}
	}
	return n - m.leased(endpoint)
}

// leased counts the leases of an endpoint, or of all.
func (m *model) leased(endpoint string) int {
	n := 0
	for at, ds := range m.routes {
		for _, d := range ds {
			if (endpoint == "" || at.endpoint == endpoint) && !d.over && d.leased && d.dueAt.After(m.now) {
				n++
			}
		}
	}
	return n
}

func (m *model) claim(t *rapid.T) {
	r := delivery.ClaimRequest{Now: m.now, PerEndpoint: modelLimit, PerTenant: modelTenant, Lease: lease,
		Limit: rapid.IntRange(1, 8).Draw(t, "limit")}
	asked := m.endpoints
	if rapid.Bool().Draw(t, "of one endpoint") {
		asked = []string{rapid.SampledFrom(m.endpoints).Draw(t, "endpoint")}
		r.Endpoints = asked
	}
	room := map[string]int{"": modelTenant - m.leased("")}
	for _, e := range asked {
		room[e] = m.slots(e)
	}
	ds, err := m.s.Claim(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		m.claimed(t, d)
		room[d.EndpointID]--
		room[""]--
		if room[d.EndpointID] < 0 || room[""] < 0 {
			t.Fatalf("#%d of %s at %s is more than allowed: %v", d.Seq, d.CallID, d.EndpointID, room)
		}
	}
	if len(ds) > r.Limit {
		t.Fatalf("%d claimed, the limit is %d", len(ds), r.Limit)
	}
	if len(ds) == r.Limit || room[""] == 0 {
		return
	}
	// Whoever gets fewer than asked for has got all there was.
	for at, left := range m.routes {
		for _, d := range left {
			if !d.over && d.free && !d.dueAt.After(m.now) && room[at.endpoint] > 0 {
				t.Fatalf("#%d of %v is due and was not claimed: %+v", d.seq, at, d)
			}
		}
	}
}

func (m *model) claimed(t *rapid.T, d delivery.Delivery) {
	at := modelRoute{string(d.CallID), d.EndpointID}
	md := m.of(d)
	if md.over || !md.free || md.dueAt.After(m.now) {
		t.Fatalf("claimed #%d of %v at %s: %+v", d.Seq, at, m.now, md)
	}
	before := false
	for _, b := range m.routes[at][:d.Seq-1] {
		before = before || !b.over && !b.unordered
	}
	md.late = !md.unordered && (before || md.late && md.tries > 0)
	md.attempts++
	md.tries++
	md.epoch++
	md.leased, md.dueAt = true, m.now.Add(lease)
	got := fmt.Sprint(d.Attempt, d.Tries, d.LeaseEpoch, d.OutOfOrder, d.Replayed, d.FirstAt)
	if want := fmt.Sprint(md.attempts, md.tries, md.epoch, md.late, md.replayed, md.firstAt); got != want {
		t.Fatalf("#%d of %v: attempt, tries, epoch, out of order, replayed, first at are %s, want %s", d.Seq, at, got, want)
	}
	m.held = append(m.held, d)
}

func (m *model) of(d delivery.Delivery) *modelDelivery {
	return m.routes[modelRoute{string(d.CallID), d.EndpointID}][d.Seq-1]
}

// settle reports on anything ever claimed, so also for leases that were lost.
func (m *model) settle(t *rapid.T) {
	if len(m.held) == 0 {
		return // nothing was claimed yet
	}
	d := rapid.SampledFrom(m.held).Draw(t, "delivery")
	r := result(d, m.now)
	r.Class = delivery.HTTP
	later := m.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "seconds")) * time.Second)
	switch rapid.SampledFrom([]string{"done", "done", "dead", "retry", "yield", "stopped", "asked for patience", "gone"}).Draw(t, "how") {
	case "done":
		r.Done, r.Class = true, delivery.OK
	case "dead":
		r.Dead = true
	case "retry":
		r.NextAt = later
	case "yield":
		r.NextAt, r.YieldAt = m.now.Add(time.Hour), later
	case "stopped":
		r.NextAt, r.Class = m.now, delivery.Stopped
	case "asked for patience":
		r.NextAt, r.RetryAfter = m.now, 5*time.Second
	case "gone":
		r.NextAt, r.Code = later, 410
	}
	disabled, err := m.s.Settle(context.Background(), []delivery.Result{r})
	if err != nil {
		t.Fatal(err)
	}
	if now := m.settled(d, r); now != (len(disabled) == 1) {
		t.Fatalf("disabled are %v, want %v", disabled, now)
	}
}

// settled takes a result, and tells whether it disabled the endpoint.
func (m *model) settled(d delivery.Delivery, r delivery.Result) bool {
	was := m.disabled(d.EndpointID)
	if !m.noted[attempt{d.ID, d.Attempt}] {
		m.noted[attempt{d.ID, d.Attempt}] = true
		if m.health[d.EndpointID] == nil {
			m.health[d.EndpointID] = &delivery.Health{}
		}
		m.health[d.EndpointID].Note(r)
	}
	if md := m.of(d); md.epoch == d.LeaseEpoch && md.leased && !md.over {
		md.leased = false
		md.over = r.Done || r.Dead || m.disabled(d.EndpointID)
		md.dead = md.over && !r.Done
		md.dueAt = r.NextAt
		if !r.YieldAt.IsZero() {
			md.yieldAt = r.YieldAt
		}
		if md.firstAt.IsZero() {
			md.firstAt = r.At
		}
	}
	m.giveUp(d.EndpointID)
	m.letGo()
	return !was && m.disabled(d.EndpointID)
}

// giveUp is what becomes of the line of an endpoint that is disabled.
func (m *model) giveUp(endpoint string) {
	for at, ds := range m.routes {
		for _, d := range ds {
			if at.endpoint == endpoint && m.disabled(endpoint) && !d.over && !d.leased {
				d.over, d.dead = true, true
			}
		}
	}
}

func (m *model) release(t *rapid.T) {
	if len(m.held) == 0 {
		return // nothing was claimed yet
	}
	d := rapid.SampledFrom(m.held).Draw(t, "delivery")
	if err := m.s.Release(context.Background(), []delivery.Delivery{d}); err != nil {
		t.Fatal(err)
	}
	if md := m.of(d); md.epoch == d.LeaseEpoch && md.leased {
		md.leased, md.dueAt = false, time.Time{}
		md.attempts--
		md.tries--
	}
}

func (m *model) replay(t *rapid.T) {
	r := delivery.ReplayRequest{TenantID: routing.TenantID(m.tenant), EndpointID: rapid.SampledFrom(m.endpoints).Draw(t, "endpoint"),
		FailedOnly: rapid.Bool().Draw(t, "failed only")}
	if rapid.Bool().Draw(t, "one call") {
		r.CallID = routing.CallID(m.tenant + "-c0")
	}
	want := 0
	for at, ds := range m.routes {
		for _, d := range ds {
			if at.endpoint != r.EndpointID || r.CallID != "" && at.call != string(r.CallID) ||
				!d.over || r.FailedOnly && !d.dead || m.disabled(at.endpoint) {
				continue
			}
			want++
			*d = modelDelivery{seq: d.seq, unordered: d.unordered, dueAt: m.now, attempts: d.attempts, replayed: true, epoch: d.epoch + 1}
		}
	}
	m.letGo()
	n, _, err := m.s.Replay(context.Background(), r, m.now)
	if err != nil || n != want {
		t.Fatalf("%v, %d were replayed, want %d", err, n, want)
	}
}

func (m *model) enable(t *rapid.T) {
	m.enableOne(rapid.SampledFrom(m.endpoints).Draw(t, "endpoint"))
}

func (m *model) enableOne(endpoint string) {
	if err := m.s.Enable(context.Background(), routing.TenantID(m.tenant), endpoint); err != nil {
		m.t.Fatal(err)
	}
	m.giveUp(endpoint)
	delete(m.health, endpoint)
	m.letGo()
}

func (m *model) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 15).Draw(t, "seconds")) * time.Second)
}

// clear leaves nothing to the next run, also when this one was broken off.
func (m *model) clear(t *testing.T) {
	if m.drained {
		return // there is nothing left, which drain has seen
	}
	for _, e := range m.endpoints {
		if err := m.s.Enable(context.Background(), routing.TenantID(m.tenant), e); err != nil {
			t.Error(err)
		}
	}
	for {
		m.now = m.now.Add(2 * time.Hour)
		ds := claimOf(t, m.s, delivery.ClaimRequest{Now: m.now, Limit: 100, Endpoints: m.endpoints})
		if len(ds) == 0 {
			return
		}
		settle(t, m.s, ds, done)
	}
}

// drain delivers what is left: nothing is ever stuck.
func (m *model) drain() {
	for _, e := range m.endpoints {
		m.enableOne(e)
	}
	for {
		m.now = m.now.Add(2 * time.Hour)
		ds, err := m.s.Claim(context.Background(), delivery.ClaimRequest{Now: m.now, Limit: 100, Lease: lease, Endpoints: m.endpoints})
		if err != nil {
			m.t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		var results []delivery.Result
		for _, d := range ds {
			m.claimed(m.t, d)
			r := result(d, m.now)
			r.Done = true
			results = append(results, r)
		}
		if _, err := m.s.Settle(context.Background(), results); err != nil {
			m.t.Fatal(err)
		}
		for i, r := range results {
			m.settled(ds[i], r)
		}
	}
	seen := map[string]bool{}
	for at, ds := range m.routes {
		for _, d := range ds {
			if !d.over {
				m.t.Fatalf("#%d of %v was never delivered: %+v", d.seq, at, d)
			}
		}
		if seen[at.call] {
			continue
		}
		seen[at.call] = true
		events, err := m.s.Events(context.Background(), routing.CallID(at.call))
		if err != nil || len(events) == 0 {
			m.t.Fatalf("events of %s: %v, %d", at.call, err, len(events))
		}
	}
	m.drained = true
}
