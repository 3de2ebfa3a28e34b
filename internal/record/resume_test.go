package record

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/routing"
)

// shelf holds what an earlier session stored.
type shelf struct {
	mu   sync.Mutex
	call Call
	legs []Leg
	err  error
}

func (s *shelf) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *shelf) Call(context.Context, routing.CallID) (Call, []Leg, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.call, s.legs, s.err
}

func cameBack(id string, at time.Time) opening {
	o := opened(id, at)
	o.before = true
	o.call.Dialled = "1002" // where a transfer sent it
	return o
}

func TestACallThatComesBackHereGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		start := time.Now().UTC()
		p.open(opened("c1", start))
		p.Stepped("c1", Step{N: 1, Destination: toExtension, From: start})
		p.settle()
		back := time.Now().UTC()
		p.open(cameBack("c1", back))
		p.Stepped("c1", Step{N: 1, Destination: toForward, From: back})
		p.Ended("c1", ending(start, time.Time{}, back), handlers.StatusNoAnswer)
		p.settle()
		want := []Step{
			{N: 1, Destination: toExtension, Outcome: routing.LeftSession, From: start, To: back},
			{N: 2, Destination: toForward, Outcome: routing.LeftSession, From: back, To: back},
		}
		c := p.store.last(t, "c1")
		if d := cmp.Diff(want, c.Steps); d != "" {
			t.Error("steps (-want +stored):\n", d)
		}
		if !c.StartedAt.Equal(start) || c.Dialled != "+17862757830" {
			t.Errorf("started %s, dialled %s", c.StartedAt, c.Dialled)
		}
		if got := p.store.events("c1"); got != "call.started call.missed call.ended" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

func TestACallThatComesBackAfterARestartGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().UTC()
		old := opened("c1", start).call
		old.Rule, old.OriginalDest = "vip", "1001"
		old.Steps = []Step{{N: 3, Destination: toExtension, From: start}}
		p := run(t, Options{Resume: &shelf{call: old, legs: []Leg{{CallID: "c1", LegID: "b1", Side: "b", Cause: "NONE"}}}})
		pass(time.Minute)
		back := time.Now().UTC()
		p.open(cameBack("c1", back))
		p.Stepped("c1", Step{N: 1, Destination: toForward, From: back})
		p.settle()

		want := old
		want.Destination, want.DestinationRoute = "mobile", routing.RouteForward
		want.Steps = []Step{
			{N: 3, Destination: toExtension, Outcome: routing.LeftSession, From: start, To: back},
			{N: 4, Destination: toForward, From: back},
		}
		if d := cmp.Diff(want, p.store.last(t, "c1")); d != "" {
			t.Error("record (-want +stored):\n", d)
		}
		p.Stepped("c1", Step{N: 1, Destination: toForward, Outcome: routing.Busy, To: back})
		p.Ended("c1", ending(start, time.Time{}, back), handlers.StatusBusy)
		p.settle()
		c := p.store.last(t, "c1")
		if len(c.Steps) != 2 || c.Steps[1].Outcome != routing.Busy || c.DurationSec != 60 {
			t.Errorf("steps %+v, duration %d", c.Steps, c.DurationSec)
		}
		// The store leaves out the second call.started, see the stores' suite.
		if got := p.store.events("c1"); got != "call.started call.missed call.ended" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

func TestNothingIsStoredBeforeTheEarlierRecordIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{err: errors.New("away")}
		p := run(t, Options{Resume: s})
		p.open(cameBack("c1", time.Now()))
		pass(time.Minute)
		if p.store.transactions() != 0 {
			t.Fatal("the earlier record was overwritten")
		}
		s.failWith(ErrUnknownCall)
		pass(2 * maxBackoff)
		if c := p.store.last(t, "c1"); c.Dialled != "1002" {
			t.Errorf("without an earlier record: dialled %q", c.Dialled)
		}
		p.finish(t)
	})
}

func TestAnotherTenantsWebhooksLearnNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := opened("c1", time.Now()).call
		old.TenantID = "t0"
		p := run(t, Options{Resume: &shelf{call: old}})
		p.open(cameBack("c1", time.Now()))
		p.Ended("c1", ending(time.Now(), time.Time{}, time.Now()), handlers.StatusCompleted)
		p.settle()
		for _, e := range p.store.all("c1") {
			if e.TenantID != "t0" || len(e.Endpoints) > 0 {
				t.Errorf("%s of tenant %s went to %v", e.Type, e.TenantID, e.Endpoints)
			}
		}
		p.finish(t)
	})
}

func TestALostCallThatComesBackHasNotEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		start := time.Now()
		p.store.failWith(func([]Change) error { return errors.New("away") })
		p.open(opened("c1", start))
		lost := ending(start, time.Time{}, start)
		lost.Complete = false
		p.Ended("c1", lost, handlers.StatusFailed)
		p.settle()
		p.open(cameBack("c1", time.Now()))
		p.store.failWith(nil)
		p.settle()
		if c := p.store.last(t, "c1"); c.Status != handlers.StatusActive {
			t.Errorf("status %s", c.Status)
		}
		p.Ended("c1", ending(start, start, start.Add(9*time.Second)), handlers.StatusCompleted)
		p.settle()
		if got := p.store.events("c1"); got != "call.started call.ended" {
			t.Errorf("events %q", got)
		}
		if c := p.store.last(t, "c1"); c.DurationSec != 9 || c.Status != handlers.StatusCompleted {
			t.Errorf("record %s %d s", c.Status, c.DurationSec)
		}
		if h := p.Health(); h.Live != 0 || h.Waiting != 0 {
			t.Errorf("%+v", h)
		}
		p.finish(t)
	})
}
