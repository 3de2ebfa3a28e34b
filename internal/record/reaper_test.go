package record

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/routing"
)

// closedAfter makes passes until the call is over and tells how long that took.
func (r *rig) closedAfter(t *testing.T, id routing.CallID, most time.Duration) time.Duration {
	t.Helper()
	for began := r.now; ; r.forward(5 * time.Second) {
		r.passesOnce(t)
		if !r.kept.get(t, id).EndedAt.IsZero() {
			return r.now.Sub(began)
		}
		if r.now.Sub(began) > most {
			t.Fatalf("call %s is still open after %s", id, most)
		}
	}
}

func (r *rig) passesOnce(t *testing.T) {
	t.Helper()
	if err := r.reaper.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A server dies. Its call talks on; once the switch has it no more, the record
// is closed with what is known.
func TestACallThatOutlivesItsServer(t *testing.T) {
	r := newRig(t)
	c := r.open(t, "c1", "dead")
	answered := r.now.Add(3 * time.Second)
	c.AnsweredAt = answered
	c.Steps = []Step{{N: 1, Destination: toExtension, From: r.now}}
	if err := r.kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
		t.Fatal(err)
	}
	r.sw.alive["c1"] = true
	r.passes(t, 10*time.Minute)
	if got := r.kept.get(t, "c1"); got.Status != handlers.StatusActive {
		t.Fatalf("closed while it lives: %+v", got)
	}
	seen := r.kept.seen["c1"]
	if r.now.Sub(seen) > 10*time.Second {
		t.Errorf("last seen %s before now", r.now.Sub(seen))
	}
	r.sw.alive["c1"] = false
	if took := r.closedAfter(t, "c1", 90*time.Second); took < r.reaper.opts.SettleFor {
		t.Errorf("closed after %s, a session that was ending it had no time to", took)
	}
	got := r.kept.get(t, "c1")
	want := c
	want.Owner, want.Source, want.Status, want.EndedAt = "", SourceReconciled, handlers.StatusCompleted, seen
	want.DurationSec, want.BillSec = int(seen.Sub(c.StartedAt)/time.Second), int(seen.Sub(answered)/time.Second)
	want.Steps = []Step{{N: 1, Destination: toExtension, Outcome: routing.LeftSession, From: c.StartedAt, To: seen}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("record (-want +stored):\n", d)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 {
		t.Errorf("%d call.ended", n)
	}
}

func TestWhenAnOrphanIsClosed(t *testing.T) {
	away := func(since time.Time) error { return &Unreachable{Since: since, Err: errors.New("refused")} }
	for name, tt := range map[string]struct {
		owner string // "": its session said that it left
		err   func(now time.Time) error
		least time.Duration
		most  time.Duration
	}{
		"the switch has it no more":                 {"dead", nil, 10 * time.Second, 20 * time.Second},
		"left, and the switch has it no more":       {"", nil, 10 * time.Second, 20 * time.Second},
		"the switch does not answer":                {"dead", away, 90 * time.Second, 100 * time.Second},
		"left, and the switch does not answer":      {"", away, 90 * time.Second, 100 * time.Second},
		"nobody can ask the switch":                 {"dead", func(time.Time) error { return ErrNoSuchSwitch }, 4 * time.Hour, 4*time.Hour + 10*time.Second},
		"left, and nobody can ask the switch":       {"", func(time.Time) error { return ErrNoSuchSwitch }, 4 * time.Hour, 4*time.Hour + 10*time.Second},
		"asking fails in a way that tells nothing":  {"dead", func(time.Time) error { return errors.New("odd") }, -1, 0},
		"the server is silent, but not long enough": {"alive", nil, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.open(t, "c1", tt.owner)
			if tt.owner == "" {
				c.LeftAt = r.now
				if err := r.kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
					t.Fatal(err)
				}
			}
			if tt.err != nil {
				r.sw.err = tt.err(r.now)
			}
			if tt.least < 0 {
				for range 1000 {
					r.kept.servers["alive"] = r.now.Add(-19 * time.Second)
					_ = r.reaper.Pass(t.Context()) // fails, or has nothing to do
					r.forward(5 * time.Second)
				}
				if !r.kept.get(t, "c1").EndedAt.IsZero() {
					t.Error("closed")
				}
				return
			}
			if took := r.closedAfter(t, "c1", tt.most); took < tt.least {
				t.Errorf("closed after %s, want %s at least", took, tt.least)
			}
		})
	}
}

// A switch that cannot be asked right now does not keep the others waiting.
func TestOneSwitchThatFails(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	odd := r.open(t, "c2", "dead")
	odd.Switch = "odd"
	if err := r.kept.SaveCalls(t.Context(), []Change{{Call: odd}}); err != nil {
		t.Fatal(err)
	}
	r.reaper.switches = bySwitch{"fs1": r.sw, "odd": &switches{err: errors.New("odd")}}
	for range 10 {
		if err := r.reaper.Pass(t.Context()); err == nil {
			t.Error("the failure was not told")
		}
		r.forward(5 * time.Second)
	}
	if r.kept.get(t, "c1").EndedAt.IsZero() || !r.kept.get(t, "c2").EndedAt.IsZero() {
		t.Errorf("%+v", r.kept.calls)
	}
}

type bySwitch map[string]*switches

func (b bySwitch) Alive(ctx context.Context, name string, ids []routing.CallID) (map[routing.CallID]bool, error) {
	return b[name].Alive(ctx, name, ids)
}

// A server takes a call over before the first one's death is noticed.
func TestACallWithANewOwnerIsNoOrphan(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	r.passes(t, 5*time.Second)
	r.open(t, "c1", "s1")
	r.passes(t, time.Hour)
	if !r.kept.get(t, "c1").EndedAt.IsZero() {
		t.Error("closed under its session")
	}
}

// The leg tells more than the switch that has the call no more; it comes in
// time.
func TestTheCallersLegCloses(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	report := reportOf("c1", r.now)
	report.Ours, report.Leg.Source = true, SourceESL
	r.forward(40 * time.Second)
	r.take(t, report)
	r.closedAfter(t, "c1", 30*time.Second)
	if c := r.kept.get(t, "c1"); c.Source != SourceESL || !c.Complete || c.Status != handlers.StatusCompleted || !c.AnsweredAt.Equal(report.Ending.AnsweredAt) || r.sw.asked != 0 {
		t.Errorf("asked %d times, %+v", r.sw.asked, c)
	}
}

// slowLedger lets a report in just before a record is closed.
type slowLedger struct {
	*ledger
	before func()
}

func (s *slowLedger) SaveCalls(ctx context.Context, changes []Change) error {
	if do := s.before; do != nil {
		s.before = nil
		do()
	}
	return s.ledger.SaveCalls(ctx, changes)
}

func TestAReportThatComesWhileTheRecordIsClosed(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	report := reportOf("c1", r.now)
	report.Ours = true
	r.reaper.ledger = &slowLedger{ledger: r.kept, before: func() { r.take(t, report) }}
	r.passes(t, 30*time.Second)
	if c := r.kept.get(t, "c1"); c.Source != SourceJSON || !c.Complete {
		t.Errorf("%+v", c)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 {
		t.Errorf("%d call.ended", n)
	}
}

func TestTwoReapers(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	second := NewReaper(r.kept, r.sw, r.reaper.directory, ReaperOptions{Server: "s2", Now: r.Now})
	for range 6 {
		r.passesOnce(t)
		if err := second.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.forward(5 * time.Second)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 || r.kept.get(t, "c1").EndedAt.IsZero() {
		t.Errorf("%d call.ended", n)
	}
}

// After a time without the store every server looks dead; none closes the
// calls of the others before they could say that they live.
func TestTheStoreComesBack(t *testing.T) {
	r := newRig(t)
	r.open(t, "mine", "s1")
	r.open(t, "theirs", "s2")
	r.kept.servers["s2"] = r.now
	r.kept.fail = errors.New("away")
	for range 60 {
		if err := r.reaper.Pass(t.Context()); err == nil {
			t.Fatal("passed without a store")
		}
		r.forward(5 * time.Second)
	}
	r.kept.fail = nil
	r.passes(t, 5*time.Second)
	for range 60 {
		r.kept.servers["s2"] = r.now
		r.passesOnce(t)
		r.forward(5 * time.Second)
	}
	for _, id := range []routing.CallID{"mine", "theirs"} {
		if !r.kept.get(t, id).EndedAt.IsZero() {
			t.Errorf("%s was closed", id)
		}
	}
}

func TestStatusOfACallWithoutItsSession(t *testing.T) {
	at := time.Now()
	steps := func(d routing.Destination, o routing.Outcome) []Step {
		return []Step{{N: 1, Destination: d, Outcome: o}}
	}
	mailbox := routing.Destination{Route: routing.RouteVoicemail, Target: "1001"}
	menuLeg := &Leg{AnsweredAt: at, Cause: "NORMAL_CLEARING", HungUpBy: "caller"}
	for name, tt := range map[string]struct {
		c    Call
		leg  *Leg
		want Status
	}{
		"talked":                           {Call{AnsweredAt: at}, nil, handlers.StatusCompleted},
		"talked, leg":                      {Call{AnsweredAt: at, Steps: steps(toExtension, "")}, &Leg{AnsweredAt: at}, handlers.StatusCompleted},
		"answered meanwhile":               {Call{Steps: steps(toExtension, "")}, &Leg{AnsweredAt: at}, handlers.StatusCompleted},
		"mailbox answered":                 {Call{Steps: steps(mailbox, "")}, &Leg{AnsweredAt: at}, handlers.StatusNoAnswer},
		"message left":                     {Call{Steps: steps(mailbox, routing.MessageLeft)}, &Leg{AnsweredAt: at}, handlers.StatusVoicemail},
		"message, the switch said":         {Call{Facts: map[string]string{factMessageLeft: "true"}}, &Leg{AnsweredAt: at}, handlers.StatusVoicemail},
		"mailbox, then gone":               {Call{Steps: steps(mailbox, routing.LeftSession)}, nil, handlers.StatusNoAnswer},
		"rang, then gone":                  {Call{Steps: steps(toExtension, routing.LeftSession)}, nil, handlers.StatusFailed},
		"busy, then gone":                  {Call{Steps: steps(toExtension, routing.Busy)}, nil, handlers.StatusBusy},
		"no answer, then gone":             {Call{Steps: steps(toExtension, routing.NoAnswer)}, nil, handlers.StatusNoAnswer},
		"caller gone":                      {Call{Steps: steps(toExtension, routing.CallerGone)}, nil, handlers.StatusCancelled},
		"blocked":                          {Call{Facts: map[string]string{factBlocked: "spam"}}, &Leg{Cause: "CALL_REJECTED"}, handlers.StatusBlocked},
		"blocked without a reason":         {Call{}, &Leg{Cause: "CALL_REJECTED"}, handlers.StatusBlocked},
		"denied":                           {Call{Facts: map[string]string{factDenied: "no"}}, nil, handlers.StatusDenied},
		"the tenant's refusal":             {Call{Steps: steps(routing.Destination{Route: routing.RouteHangup}, "")}, &Leg{Cause: "CALL_REJECTED"}, handlers.StatusDenied},
		"outside call denied":              {Call{}, &Leg{Cause: "OUTGOING_CALL_BARRED"}, handlers.StatusDenied},
		"suspended":                        {Call{}, &Leg{Cause: "INCOMING_CALL_BARRED"}, handlers.StatusSuspended},
		"unknown number":                   {Call{}, &Leg{Cause: "UNALLOCATED_NUMBER"}, handlers.StatusUnknownNumber},
		"a carrier's unknown number":       {Call{TenantID: "t1"}, &Leg{Cause: "UNALLOCATED_NUMBER"}, handlers.StatusFailed},
		"no route":                         {Call{}, &Leg{Cause: "SERVICE_UNAVAILABLE"}, handlers.StatusNoRoute},
		"busy":                             {Call{}, &Leg{Cause: "USER_BUSY"}, handlers.StatusBusy},
		"no answer":                        {Call{}, &Leg{Cause: "NO_ANSWER"}, handlers.StatusNoAnswer},
		"cancelled":                        {Call{}, &Leg{Cause: "ORIGINATOR_CANCEL"}, handlers.StatusCancelled},
		"cleared by the caller":            {Call{}, &Leg{Cause: "NORMAL_CLEARING", HungUpBy: "caller"}, handlers.StatusCancelled},
		"cleared by the switch":            {Call{}, &Leg{Cause: "NORMAL_CLEARING"}, handlers.StatusNoAnswer},
		"a menu, hung up in it":            {Call{Steps: steps(toMenu, "")}, menuLeg, handlers.StatusAbandoned},
		"a menu, not answered":             {Call{Steps: steps(toMenu, routing.LeftSession)}, &Leg{Cause: "ORIGINATOR_CANCEL", HungUpBy: "caller"}, handlers.StatusAbandoned},
		"a menu, and nothing of its end":   {Call{Steps: steps(toMenu, routing.LeftSession)}, nil, handlers.StatusFailed},
		"a menu, the session saw it":       {Call{Steps: steps(toMenu, routing.CallerGone)}, nil, handlers.StatusAbandoned},
		"a menu that gave up":              {Call{Steps: steps(toMenu, routing.NoInput)}, &Leg{AnsweredAt: at, Cause: "NORMAL_CLEARING", HungUpBy: "us"}, handlers.StatusNoAnswer},
		"a menu, then the switch ended it": {Call{TenantID: "t1", Steps: steps(toMenu, routing.LeftSession)}, &Leg{AnsweredAt: at, Cause: "NORMAL_CLEARING", HungUpBy: "us"}, handlers.StatusNoAnswer},
		"a menu, then it rang":             {Call{Steps: append(steps(toMenu, routing.Chosen), steps(toExtension, "")...)}, menuLeg, handlers.StatusCancelled},
		"a menu, then it was busy":         {Call{Steps: append(steps(toMenu, routing.Chosen), steps(toExtension, routing.Busy)...)}, &Leg{AnsweredAt: at, Cause: "NORMAL_CLEARING", HungUpBy: "us"}, handlers.StatusBusy},
		"a menu, then it was connected":    {Call{Steps: append(steps(toMenu, routing.Chosen), steps(toExtension, "")...), BridgedAt: at}, menuLeg, handlers.StatusCompleted},
		"a menu, then a mailbox":           {Call{Steps: append(steps(toMenu, routing.Chosen), steps(mailbox, "")...)}, menuLeg, handlers.StatusNoAnswer},
		"closed, then gone":                {Call{Steps: steps(toHours, routing.Closed)}, nil, handlers.StatusFailed},
		"something else":                   {Call{}, &Leg{Cause: "SYSTEM_SHUTDOWN"}, handlers.StatusFailed},
		"nothing is known":                 {Call{}, nil, handlers.StatusFailed},
		"left without anything written":    {Call{}, &Leg{}, handlers.StatusFailed},
	} {
		if got := statusOf(&tt.c, tt.leg); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestTheReaperRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := newLedger()
		directory := testDirectory(t)
		c := opened("c1", time.Now()).call
		c.Owner = "dead"
		if err := kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
			t.Fatal(err)
		}
		closed := 0
		reaper := NewReaper(kept, &switches{}, func() *routing.Directory { return directory }, ReaperOptions{
			Server: "s1", Closed: func(s Source, complete bool) {
				if s == SourceReconciled && !complete {
					closed++
				}
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- reaper.Run(ctx) }()
		pass(time.Minute)
		if closed != 1 {
			t.Errorf("%d records closed", closed)
		}
		unlock := kept.lock()
		beat := kept.servers["s1"]
		kept.fail = errors.New("away")
		unlock()
		if age := time.Since(beat); age > 6*time.Second {
			t.Errorf("it said %s ago that it lives", age)
		}
		pass(time.Minute)
		unlock = kept.lock()
		kept.fail = nil
		unlock()
		pass(10 * time.Second)
		unlock = kept.lock()
		again := kept.servers["s1"]
		unlock()
		if !again.After(beat) {
			t.Error("it does not say any more that it lives")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// No switch can be asked: the call stays open, and nothing panics.
func TestWithoutSwitches(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	r.reaper.switches = nil
	r.passes(t, time.Hour)
	if !r.kept.get(t, "c1").EndedAt.IsZero() {
		t.Error("closed")
	}
}
