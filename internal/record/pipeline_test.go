package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store that keeps everything it was given, and fails when told to.
type memory struct {
	mu    sync.Mutex
	saved [][]Change
	fail  func([]Change) error
}

func (m *memory) SaveCalls(ctx context.Context, changes []Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(changes); err != nil {
			return err
		}
	}
	m.saved = append(m.saved, changes)
	return nil
}

func (m *memory) failWith(fail func([]Change) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

func (m *memory) transactions() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.saved)
}

// last gives the state of a call stored last.
func (m *memory) last(t *testing.T, id routing.CallID) Call {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.saved) - 1; i >= 0; i-- {
		for _, c := range m.saved[i] {
			if c.Call.ID == id {
				return c.Call
			}
		}
	}
	t.Fatalf("call %s was not stored", id)
	return Call{}
}

// events gives the types of the events of a call in the order they were stored,
// with their stages: call.forwarded/answered.
func (m *memory) events(id routing.CallID) string {
	var types []string
	for _, e := range m.all(id) {
		types = append(types, strings.TrimSuffix(e.Type+"/"+e.Stage, "/"))
	}
	return strings.Join(types, " ")
}

func (m *memory) all(id routing.CallID) []Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	var events []Event
	for _, batch := range m.saved {
		for _, c := range batch {
			if c.Call.ID == id {
				events = append(events, c.Events...)
			}
		}
	}
	return events
}

// running is a pipeline under test, inside a bubble of synctest.
type running struct {
	*Pipeline
	store *memory
	stop  context.CancelFunc
	ended chan error
}

func run(t *testing.T, opts Options) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	opts.EventID = func() string { n++; return fmt.Sprintf("msg_%d", n) }
	r := &running{store: &memory{}, stop: cancel, ended: make(chan error, 1)}
	r.Pipeline = New(r.store, opts)
	go func() { r.ended <- r.Run(ctx) }()
	return r
}

// settle lets the pipeline store what it has.
func (r *running) settle() {
	pass(time.Second)
}

// pass lets time pass on the bubble's clock, and what is due then be done.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (r *running) finish(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

var hooks = []routing.Webhook{{ID: "all"}, {ID: "ends", Events: []string{CallEnded}}}

func opened(id string, at time.Time) opening {
	return opening{
		accepted: true, webhooks: hooks, at: at,
		call: Call{
			ID: routing.CallID(id), TenantID: "t1", Direction: routing.Inbound, Status: handlers.StatusActive,
			CallerNumber: "+17861234567", Dialled: "+17862757830", InboundDID: "+17862757830", StartedAt: at,
		},
	}
}

func ending(created, answered, ended time.Time) dialplan.Ending {
	return dialplan.Ending{Cause: dialplan.NormalClearing, CreatedAt: created, AnsweredAt: answered, EndedAt: ended, Complete: true}
}

var (
	toExtension = routing.Destination{Route: routing.RouteExtension, Target: "1001"}
	toForward   = routing.Destination{Route: routing.RouteForward, Target: "mobile"}
)

func TestACallFromStartToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var committed []string
		p := run(t, Options{Server: "s1", Committed: func(endpoints []string) { committed = append(committed, strings.Join(endpoints, " ")) }})
		start := time.Now().UTC()
		p.open(opened("c1", start))
		p.settle()
		p.Stepped("c1", Step{N: 1, Destination: toExtension, From: start})
		p.settle()
		p.Stepped("c1", Step{N: 1, Destination: toExtension, Outcome: routing.NoAnswer, To: start.Add(2 * time.Second)})
		p.Stepped("c1", Step{N: 2, Destination: toForward, Called: "+13055559999", ForwardType: "no-answer", From: start.Add(2 * time.Second)})
		answered := start.Add(4 * time.Second)
		p.Answered("c1", Answer{At: answered, Destination: toForward, ForwardedTo: "+13055559999", ForwardType: "no-answer"})
		p.Answered("c1", Answer{At: answered.Add(time.Second), Destination: toForward, ForwardedTo: "+13055559999", ForwardType: "no-answer"})
		p.settle()
		e := ending(start, answered, start.Add(142*time.Second))
		e.ProgressAt = start.Add(1500 * time.Millisecond)
		e.BridgedAt, e.Q850, e.SIPCode, e.ReadCodec, e.Media = answered, 16, 200, "PCMU", &dialplan.Media{InPackets: 7}
		e.Legs = []dialplan.LegAttempt{{ID: "b1", Cause: "NO_ANSWER"}, {ID: "b2", Cause: dialplan.NoCause}}
		p.Ended("c1", e, handlers.StatusCompleted)
		p.settle()
		p.finish(t)

		want := opened("c1", start).call
		want.Status, want.HangupCause, want.Complete = handlers.StatusCompleted, "NORMAL_CLEARING", true
		want.Destination, want.DestinationRoute, want.OriginalDest = "1001", routing.RouteExtension, "1001"
		want.ForwardedTo, want.ForwardType = "+13055559999", "no-answer"
		want.SIPCode, want.ReadCodec = 200, "PCMU"
		want.RingingAt, want.AnsweredAt, want.EndedAt = e.ProgressAt, answered, e.EndedAt
		want.DurationSec, want.BillSec, want.PDDMs = 142, 138, 1500
		want.BridgedAt, want.Q850, want.Source = e.BridgedAt, 16, SourceLive
		want.Steps = []Step{
			{N: 1, Destination: toExtension, Outcome: routing.NoAnswer, From: start, To: start.Add(2 * time.Second)},
			{N: 2, Destination: toForward, Outcome: routing.LeftSession, Called: "+13055559999", ForwardType: "no-answer", From: start.Add(2 * time.Second), To: e.EndedAt},
		}
		if d := cmp.Diff(want, p.store.last(t, "c1")); d != "" {
			t.Error("record (-want +stored):\n", d)
		}
		if got := p.store.events("c1"); got != "call.started call.answered call.forwarded/answered call.forwarded/completed call.ended" {
			t.Errorf("events %q", got)
		}
		if d := cmp.Diff([]string{"all", "all", "all ends"}, committed); d != "" {
			t.Error("endpoints told of:", d)
		}
		last := p.store.saved[len(p.store.saved)-1][0]
		wantLegs := []Leg{
			{
				CallID: "c1", LegID: "c1", Side: "a", Number: "+17861234567", StartedAt: start, RingingAt: e.ProgressAt, AnsweredAt: answered, BridgedAt: answered, EndedAt: e.EndedAt,
				DurationSec: 142, BillSec: 138, Cause: "NORMAL_CLEARING", Q850: 16, SIPCode: 200, ReadCodec: "PCMU", Media: e.Media, Source: SourceLive, Complete: true,
			},
			{CallID: "c1", LegID: "b1", Side: "b", Cause: "NO_ANSWER", Source: SourceLive},
			{CallID: "c1", LegID: "b2", Side: "b", Cause: "NONE", Source: SourceLive},
		}
		if d := cmp.Diff(wantLegs, last.Legs); d != "" {
			t.Error("legs:", d)
		}
		if d := cmp.Diff([]string{"all", "ends"}, last.Events[1].Endpoints); d != "" {
			t.Error("endpoints of call.ended:", d)
		}
		if h := p.Health(); h != (Health{Saved: 4}) {
			t.Errorf("health %+v", h)
		}
	})
}

func TestWhoIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		blocked := opened("blocked", time.Now())
		blocked.accepted = false
		unknown := opened("unknown", time.Now())
		unknown.accepted, unknown.call.TenantID = false, ""
		for _, o := range []opening{blocked, unknown} {
			p.open(o)
			p.Answered(o.call.ID, Answer{At: time.Now()})
			p.Ended(o.call.ID, ending(time.Now(), time.Time{}, time.Now()), handlers.StatusBlocked)
		}
		p.settle()
		if got := p.store.events("blocked"); got != "call.ended" {
			t.Errorf("a blocked call caused %q", got)
		}
		if got := p.store.events("unknown"); got != "" {
			t.Errorf("a call of no tenant caused %q", got)
		}
		p.store.last(t, "unknown")
		p.finish(t)
	})
}

func TestChangesShareATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		for i := range 10 {
			p.open(opened(fmt.Sprint("c", i), time.Now()))
		}
		p.settle()
		if n := p.store.transactions(); n != 1 {
			t.Errorf("10 calls that start together took %d transactions", n)
		}
		p.finish(t)
	})
}

func TestStepsWaitForBetterReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("c1", time.Now()))
		p.settle()
		p.Stepped("c1", Step{N: 1, Destination: toExtension})
		pass(100 * time.Millisecond)
		if n := p.store.transactions(); n != 1 {
			t.Errorf("a step alone was stored at once (%d transactions)", n)
		}
		p.settle()
		if n := len(p.store.last(t, "c1").Steps); n != 1 {
			t.Errorf("the step was not stored: %d steps", n)
		}
		p.finish(t)
	})
}

// A call that no webhook is told of waits for one that has to be told.
func TestCallsNobodyIsToldOfWait(t *testing.T) {
	unheard := func(id string) opening {
		o := opened(id, time.Now())
		o.webhooks = nil
		return o
	}
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{GroupFor: 100 * time.Millisecond, UntoldFor: 250 * time.Millisecond})
		p.open(unheard("c1"))
		pass(150 * time.Millisecond)
		p.open(unheard("c2"))
		pass(150 * time.Millisecond)
		if n := p.store.transactions(); n != 0 {
			t.Errorf("%d transactions within 300 ms, with nobody to tell", n)
		}
		pass(51 * time.Millisecond)
		if n := p.store.transactions(); n != 1 {
			t.Errorf("%d transactions after 351 ms, not 1", n)
		}
		p.store.last(t, "c2")

		p.open(unheard("c3"))
		p.open(opened("c4", time.Now()))
		pass(101 * time.Millisecond)
		if n := p.store.transactions(); n != 2 {
			t.Errorf("%d transactions: not stored within 100 ms of what a webhook waits for", n)
		}
		p.store.last(t, "c3")
		p.finish(t)
	})
}

func TestStoreAwayAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		away := errors.New("away")
		p.store.failWith(func([]Change) error { return away })
		start := time.Now()
		p.open(opened("c1", start))
		p.settle()
		p.Ended("c1", ending(start, start, time.Now()), handlers.StatusCompleted)
		pass(time.Minute)
		h := p.Health()
		if h.Waiting != 1 || !errors.Is(h.Err, away) || h.FailingSince.Sub(start) > time.Second || h.Oldest.Sub(start) > time.Second {
			t.Errorf("while the store is away: %+v", h)
		}
		p.store.failWith(nil)
		pass(2 * maxBackoff)
		if got := p.store.events("c1"); got != "call.started call.ended" {
			t.Errorf("events %q", got)
		}
		if h := p.Health(); h.Err != nil || h.Waiting != 0 || !h.FailingSince.IsZero() {
			t.Errorf("after it is back: %+v", h)
		}
		p.finish(t)
	})
}

func TestWhatCannotBeStoredDoesNotBlockTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.store.failWith(func(changes []Change) error {
			for _, c := range changes {
				if c.Call.ID == "bad" {
					return errors.New("refused")
				}
			}
			return nil
		})
		for _, id := range []string{"c1", "bad", "c2", "c3"} {
			p.open(opened(id, time.Now()))
		}
		pass(time.Minute)
		for _, id := range []routing.CallID{"c1", "c2", "c3"} {
			p.store.last(t, id)
		}
		p.stop()
		if err := <-p.ended; err == nil {
			t.Error("stopped without saying that a call is left")
		}
	})
}

func TestRoomForTooManyIsNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{MaxWaiting: 2})
		p.store.failWith(func([]Change) error { return errors.New("away") })
		for i := range 5 {
			id := routing.CallID(fmt.Sprint("c", i))
			p.open(opened(string(id), time.Now()))
			p.Ended(id, ending(time.Now(), time.Time{}, time.Now()), handlers.StatusCompleted)
		}
		if h := p.Health(); h.Dropped != 3 || h.Waiting != 2 || h.Live != 0 {
			t.Errorf("%+v, want 3 dropped and 2 waiting", h)
		}
		p.store.failWith(nil)
		p.settle()
		if h := p.Health(); h.Waiting != 0 || h.Dropped != 3 {
			t.Errorf("%+v", h)
		}
		p.finish(t)
	})
}

func TestStopStoresWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("c1", time.Now()))
		p.finish(t)
		p.store.last(t, "c1")
	})
}

func TestStopGivesUpAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{FlushWithin: 3 * time.Second})
		p.store.failWith(func([]Change) error { return errors.New("away") })
		p.open(opened("c1", time.Now()))
		p.stop()
		stopping := time.Now()
		if err := <-p.ended; err == nil || time.Since(stopping) != 3*time.Second {
			t.Errorf("stopped after %s with %v", time.Since(stopping), err)
		}
	})
}

func TestSecondEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		start := time.Now()
		p.open(opened("c1", start))
		lost := ending(start, time.Time{}, start.Add(time.Second))
		lost.Complete = false
		p.Ended("c1", lost, handlers.StatusFailed)
		p.Ended("c1", ending(start, start, start.Add(10*time.Second)), handlers.StatusCompleted) // knows more
		p.Ended("c1", lost, handlers.StatusFailed)                                               // knows less
		p.settle()
		if c := p.store.last(t, "c1"); c.Status != handlers.StatusCompleted || c.DurationSec != 10 {
			t.Errorf("record %s, %d s", c.Status, c.DurationSec)
		}
		if got := p.store.events("c1"); got != "call.started call.ended" {
			t.Errorf("events %q", got)
		}
		p.Ended("c1", lost, handlers.StatusFailed) // long forgotten
		p.settle()
		if h := p.Health(); h.Live != 0 || h.Waiting != 0 {
			t.Errorf("%+v", h)
		}
		p.finish(t)
	})
}

func TestMissingTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("c1", time.Now()))
		pass(7 * time.Second)
		p.Ended("c1", dialplan.Ending{}, handlers.StatusFailed)
		p.settle()
		c := p.store.last(t, "c1")
		if c.DurationSec != 7 || c.BillSec != 0 || c.Complete || c.EndedAt.IsZero() {
			t.Errorf("duration %d, billed %d, complete %v, ended %s", c.DurationSec, c.BillSec, c.Complete, c.EndedAt)
		}
		p.finish(t)
	})
}

func TestHostileStepsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("c1", time.Now()))
		for i := range 10 * maxSteps {
			p.Stepped("c1", Step{N: i + 1, Destination: toExtension, Cause: "a\x00b\xff"})
		}
		p.settle()
		steps := p.store.last(t, "c1").Steps
		if len(steps) != maxSteps || steps[0].Cause != "ab\ufffd" {
			t.Errorf("%d steps, cause %q", len(steps), steps[0].Cause)
		}
		p.finish(t)
	})
}

func TestSilentCallsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("silent", time.Now()))
		p.Left("silent", time.Now())
		p.open(opened("long", time.Now()))
		p.open(opened("talks", time.Now()))
		for range 30 {
			pass(time.Hour)
			p.Stepped("talks", Step{N: 1, Destination: toExtension})
			p.settle()
		}
		p.open(opened("new", time.Now()))
		p.settle()
		if h := p.Health(); h.Live != 3 {
			t.Errorf("%d calls are live, want the one that talks, the long one and the new one", h.Live)
		}
		p.finish(t)
	})
}

func TestAForwardNobodyAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("c1", time.Now()))
		p.Stepped("c1", Step{N: 1, Destination: toForward, Outcome: routing.NoAnswer, Called: "+13055559999", ForwardType: "always"})
		p.Stepped("c1", Step{N: 2, Destination: toForward, Outcome: routing.NoAnswer, Called: "+13055550000"}) // an outgoing call
		p.settle()
		if c := p.store.last(t, "c1"); c.ForwardedTo != "+13055559999" || c.ForwardType != "always" {
			t.Errorf("forwarded to %q, %q", c.ForwardedTo, c.ForwardType)
		}
		p.finish(t)
	})
}
