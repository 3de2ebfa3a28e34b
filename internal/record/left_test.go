package record

import (
	"testing"
	"testing/synctest"
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

func TestALiveCallHasAnOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{Server: "s1"})
		p.open(opened("c1", time.Now()))
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "s1" || !c.LeftAt.IsZero() {
			t.Errorf("owner %q, left %s", c.Owner, c.LeftAt)
		}
		at := time.Now()
		p.Left("c1", at)
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "" || !c.LeftAt.Equal(at) || c.Status != handlers.StatusActive {
			t.Errorf("owner %q, left %s, %s", c.Owner, c.LeftAt, c.Status)
		}
		p.open(cameBack("c1", time.Now()))
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "s1" || !c.LeftAt.IsZero() {
			t.Errorf("after it came back: owner %q, left %s", c.Owner, c.LeftAt)
		}
		p.Ended("c1", ending(at, at, at), handlers.StatusCompleted)
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "" || !c.LeftAt.IsZero() || c.Source != SourceLive {
			t.Errorf("after its end: owner %q, left %s, source %s", c.Owner, c.LeftAt, c.Source)
		}
		p.finish(t)
	})
}

// A transfer brings the call back on a second connection while the first is
// open: only when both are gone nobody has the call.
func TestTheFirstOfTwoSessionsLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{Server: "s1"})
		p.open(opened("c1", time.Now()))
		p.open(cameBack("c1", time.Now()))
		p.Left("c1", time.Now())
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "s1" {
			t.Errorf("owner %q", c.Owner)
		}
		p.Left("c1", time.Now())
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "" || c.LeftAt.IsZero() {
			t.Errorf("owner %q", c.Owner)
		}
		p.finish(t)
	})
}

// What left is not kept in memory, when its record can be read again.
func TestACallThatLeftIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{err: ErrUnknownCall}
		p := run(t, Options{Server: "s1", Resume: s})
		p.open(opened("c1", time.Now()))
		p.Left("c1", time.Now())
		p.settle()
		if h := p.Health(); h.Live != 0 || h.Waiting != 0 {
			t.Errorf("%+v", h)
		}
		s.mu.Lock()
		s.call, s.err = p.store.last(t, "c1"), nil
		s.mu.Unlock()
		p.Left("c1", time.Now()) // of a session nobody knows of
		p.open(cameBack("c1", time.Now()))
		p.settle()
		if c := p.store.last(t, "c1"); c.Owner != "s1" || !c.LeftAt.IsZero() || c.Dialled != "+17862757830" {
			t.Errorf("%+v", c)
		}
		if got := p.store.events("c1"); got != "call.started call.started" { // the store leaves the second one out
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

func TestLeftAfterTheEndSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{Server: "s1"})
		now := time.Now()
		p.open(opened("c1", now))
		p.Stepped("c1", Step{N: 1, Destination: toExtension, Outcome: routing.Answered})
		p.Ended("c1", ending(now, now, now), handlers.StatusCompleted)
		p.Left("c1", now)
		p.settle()
		if c := p.store.last(t, "c1"); c.Status != handlers.StatusCompleted || !c.LeftAt.IsZero() {
			t.Errorf("%+v", c)
		}
		p.finish(t)
	})
}
