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
	seq      int
	over     bool
	leased   bool
	readyAt  time.Time // of a leased one: end of the lease
	attempts int
	epoch    int
}

type modelRoute struct{ call, endpoint string }

// model is the outbox in plain Go: what may be claimed when, and what follows.
type model struct {
	t      *rapid.T
	s      Store
	run    int
	now    time.Time
	events int
	routes map[modelRoute][]*modelDelivery
	held   []delivery.Delivery // given by Claim, not settled: maybe lost leases
}

const modelLimit = 3 // deliveries an endpoint of the model may have under lease

// claimModel drives a store and the model through the same random history.
func claimModel(t *testing.T, db Database) {
	s := open(t, db)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		m := &model{t: rt, s: s, run: run, now: t0, routes: map[modelRoute][]*modelDelivery{}}
		rt.Repeat(map[string]func(*rapid.T){
			"save":    m.save,
			"claim":   m.claim,
			"settle":  m.settle,
			"release": m.release,
			"wait":    m.wait,
		})
		m.drain()
	})
}

func (m *model) save(t *rapid.T) {
	call := fmt.Sprintf("r%d-c%d", m.run, rapid.IntRange(0, 2).Draw(t, "call"))
	var changes []record.Change
	for range rapid.IntRange(1, 3).Draw(t, "events") {
		m.events++
		c := change(call, fmt.Sprint("queue.", m.events))
		c.Events[0].At = m.now
		for e := range 2 {
			if rapid.Bool().Draw(t, "subscribed") {
				at := modelRoute{call, fmt.Sprint("e", e)}
				c.Events[0].Endpoints = append(c.Events[0].Endpoints, at.endpoint)
				m.routes[at] = append(m.routes[at], &modelDelivery{seq: len(m.routes[at]) + 1, readyAt: m.now})
			}
		}
		changes = append(changes, c)
	}
	if err := m.s.SaveCalls(context.Background(), changes); err != nil {
		t.Fatal(err)
	}
}

// head is the first delivery of a route that is not over.
func (m *model) head(at modelRoute) *modelDelivery {
	for _, d := range m.routes[at] {
		if !d.over {
			return d
		}
	}
	return nil
}

func (m *model) leased(endpoint string) int {
	n := 0
	for at := range m.routes {
		if h := m.head(at); at.endpoint == endpoint && h != nil && h.leased && h.readyAt.After(m.now) {
			n++
		}
	}
	return n
}

func (m *model) claim(t *rapid.T) {
	limit := rapid.IntRange(1, 8).Draw(t, "limit")
	ds, err := m.s.Claim(context.Background(), m.now, limit, modelLimit, lease)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		m.claimed(t, d)
	}
	for _, e := range []string{"e0", "e1"} {
		if n := m.leased(e); n > modelLimit {
			t.Fatalf("%d deliveries of %s are under lease", n, e)
		}
	}
	if len(ds) > limit {
		t.Fatalf("%d claimed, the limit is %d", len(ds), limit)
	}
	if len(ds) < limit {
		m.nothingLeft(t)
	}
}

func (m *model) claimed(t *rapid.T, d delivery.Delivery) {
	at := modelRoute{string(d.CallID), d.EndpointID}
	h := m.head(at)
	if h == nil || h.seq != d.Seq {
		t.Fatalf("claimed #%d of %v, its turn is %+v", d.Seq, at, h)
	}
	if h.readyAt.After(m.now) {
		t.Fatalf("claimed #%d of %v at %s, it is due at %s", d.Seq, at, m.now, h.readyAt)
	}
	h.attempts++
	h.epoch++
	h.leased, h.readyAt = true, m.now.Add(lease)
	if d.Attempt != h.attempts || d.LeaseEpoch != h.epoch {
		t.Fatalf("#%d of %v: attempt %d epoch %d, want %d and %d", d.Seq, at, d.Attempt, d.LeaseEpoch, h.attempts, h.epoch)
	}
	m.held = append(m.held, d)
}

// nothingLeft: whoever gets fewer than asked for has got all there was.
func (m *model) nothingLeft(t *rapid.T) {
	for at := range m.routes {
		h := m.head(at)
		if h != nil && !h.readyAt.After(m.now) && m.leased(at.endpoint) < modelLimit {
			t.Fatalf("#%d of %v is due and was not claimed", h.seq, at)
		}
	}
}

// settle reports on anything ever claimed, so also for leases that were lost.
func (m *model) settle(t *rapid.T) {
	if len(m.held) == 0 {
		return // nothing was claimed yet
	}
	d := rapid.SampledFrom(m.held).Draw(t, "delivery")
	r := delivery.Result{DeliveryID: d.ID, LeaseEpoch: d.LeaseEpoch, Attempt: d.Attempt, At: m.now}
	how := rapid.SampledFrom([]string{"done", "dead", "retry"}).Draw(t, "how")
	switch how {
	case "done":
		r.Done = true
	case "dead":
		r.Dead = true
	default:
		r.NextAt = m.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "seconds")) * time.Second)
	}
	if err := m.s.Settle(context.Background(), []delivery.Result{r}); err != nil {
		t.Fatal(err)
	}
	md := m.routes[modelRoute{string(d.CallID), d.EndpointID}][d.Seq-1]
	if md.epoch != d.LeaseEpoch || md.over {
		return
	}
	md.leased = false
	md.over = how != "retry"
	md.readyAt = r.NextAt
}

func (m *model) release(t *rapid.T) {
	if len(m.held) == 0 {
		return // nothing was claimed yet
	}
	d := rapid.SampledFrom(m.held).Draw(t, "delivery")
	if err := m.s.Release(context.Background(), []delivery.Delivery{d}); err != nil {
		t.Fatal(err)
	}
	md := m.routes[modelRoute{string(d.CallID), d.EndpointID}][d.Seq-1]
	if md.epoch == d.LeaseEpoch && md.leased {
		md.leased, md.readyAt = false, time.Time{}
		md.attempts--
	}
}

func (m *model) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 15).Draw(t, "seconds")) * time.Second)
}

// drain delivers what is left, in order: nothing is ever stuck.
func (m *model) drain() {
	for {
		m.now = m.now.Add(time.Minute)
		ds, err := m.s.Claim(context.Background(), m.now, 100, 100, lease)
		if err != nil {
			m.t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		var results []delivery.Result
		for _, d := range ds {
			m.claimed(m.t, d)
			m.routes[modelRoute{string(d.CallID), d.EndpointID}][d.Seq-1].over = true
			results = append(results, delivery.Result{DeliveryID: d.ID, LeaseEpoch: d.LeaseEpoch, Attempt: d.Attempt, At: m.now, Done: true})
		}
		if err := m.s.Settle(context.Background(), results); err != nil {
			m.t.Fatal(err)
		}
	}
	for at := range m.routes {
		if h := m.head(at); h != nil {
			m.t.Fatalf("#%d of %v was never delivered", h.seq, at)
		}
	}
	for at := range m.routes {
		events, err := m.s.Events(context.Background(), routing.CallID(at.call))
		if err != nil || len(events) == 0 {
			m.t.Fatalf("events of %s: %v, %d", at.call, err, len(events))
		}
	}
}
