package record

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

var (
	toMenu    = routing.Destination{Route: routing.RouteIVR, Target: "main"}
	toHours   = routing.Destination{Route: routing.RouteSchedule, Target: "office"}
	toSales   = routing.Destination{Route: routing.RouteRingGroup, Target: "sales"}
	toBen     = routing.Destination{Route: routing.RouteExtension, Target: "1002"}
	toMailbox = routing.Destination{Route: routing.RouteVoicemail, Target: "1001"}
)

const mobile = "+13055559999"

// told gives the events of a call in a few words each: of call.forwarded what
// its data says, of the others whom it was forwarded to.
func told(t *testing.T, events []Event) string {
	t.Helper()
	var lines []string
	for _, e := range events {
		var body struct {
			Data map[string]any `json:"data"`
		}
		if err := json.Unmarshal(e.Body, &body); err != nil {
			t.Fatal(err)
		}
		line := strings.TrimPrefix(e.Type, "call.")
		for _, name := range []string{"status", "originalDestination", "forwardedTo", "forwardType", "hangupCause"} {
			if v, ok := body.Data[name]; ok && (e.Type == CallForwarded || name == "forwardedTo" && v != nil) {
				line += fmt.Sprint(" ", v)
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// act is something that a call's session tells.
type act func(p *running, at time.Time)

func begins(n int, s Step) act {
	return func(p *running, at time.Time) { s.N, s.From = n, at; p.Stepped("c1", s) }
}

func answers(a Answer) act {
	return func(p *running, at time.Time) { a.At = at; p.Answered("c1", a) }
}

func ends(status Status, cause dialplan.HangupCause) act {
	return func(p *running, at time.Time) {
		e := ending(at.Add(-time.Minute), time.Time{}, at)
		e.Cause = cause
		p.Ended("c1", e, status)
	}
}

func forwardStep(kind, by string, outcome routing.Outcome, cause string) Step {
	return Step{Destination: toForward, Called: mobile, ForwardType: kind, ForwardedBy: by, Outcome: outcome, Cause: cause}
}

// Which stages a forwarded call goes through, in which order with its other
// events, and what each says.
func TestForwardStages(t *testing.T) {
	toMobile := func(kind string) Answer {
		return Answer{Destination: toForward, By: mobile, ForwardedTo: mobile, ForwardType: kind}
	}
	toExt := func(outcome routing.Outcome) Step { return Step{Destination: toExtension, Outcome: outcome} }
	completed := ends(handlers.StatusCompleted, "NORMAL_CLEARING")
	for name, tt := range map[string]struct {
		acts []act
		want string
	}{
		"always, answered": {
			[]act{begins(1, toExt(routing.Forwarded)), begins(2, forwardStep("always", "1001", "", "")), answers(toMobile("always")), begins(2, forwardStep("always", "1001", routing.Answered, "SUCCESS")), completed},
			"started; forwarded initiated 1001 " + mobile + " always; answered " + mobile + "; forwarded answered 1001 " + mobile + " always; " +
				"forwarded completed 1001 " + mobile + " always NORMAL_CLEARING; ended " + mobile,
		},
		"busy, answered": {
			[]act{begins(1, toExt(routing.Busy)), begins(2, forwardStep("busy", "1001", "", "")), answers(toMobile("busy")), completed},
			"started; answered " + mobile + "; forwarded answered 1001 " + mobile + " busy; forwarded completed 1001 " + mobile + " busy NORMAL_CLEARING; ended " + mobile,
		},
		"always, nobody answers": {
			[]act{begins(1, toExt(routing.Forwarded)), begins(2, forwardStep("always", "1001", "", "")), begins(2, forwardStep("always", "1001", routing.NoAnswer, "NO_ANSWER")), ends(handlers.StatusNoAnswer, "NO_ANSWER")},
			"started; forwarded initiated 1001 " + mobile + " always; forwarded completed 1001 " + mobile + " always NO_ANSWER; missed; ended " + mobile,
		},
		"no-answer, nobody answers there either": {
			[]act{begins(1, toExt(routing.NoAnswer)), begins(2, forwardStep("no-answer", "1001", routing.Busy, "USER_BUSY")), ends(handlers.StatusBusy, "USER_BUSY")},
			"started; forwarded completed 1001 " + mobile + " no-answer USER_BUSY; missed; ended " + mobile,
		},
		"a mailbox after the forward: why nobody answered is the forward's": {
			[]act{begins(1, toExt(routing.NoAnswer)), begins(2, forwardStep("no-answer", "1001", routing.NoAnswer, "NO_ANSWER")), begins(3, Step{Destination: toMailbox, Outcome: routing.MessageLeft}), ends(handlers.StatusVoicemail, "NORMAL_CLEARING")},
			"started; forwarded completed 1001 " + mobile + " no-answer NO_ANSWER; missed; ended " + mobile,
		},
		"to an extension that wants no calls": {
			[]act{begins(1, toExt(routing.NoAnswer)), begins(2, Step{Destination: toBen, Called: "1002", ForwardType: "no-answer", ForwardedBy: "1001", Outcome: routing.Busy, Attempts: []Attempt{{Member: "1002", Skipped: routing.SkipDoNotDisturb}}}), begins(3, Step{Destination: toMailbox}), ends(handlers.StatusVoicemail, "NORMAL_CLEARING")},
			"started; forwarded completed 1001 1002 no-answer USER_BUSY; missed; ended 1002",
		},
		"another extension answers after the forward": {
			[]act{begins(1, toExt(routing.NoAnswer)), begins(2, forwardStep("no-answer", "1001", routing.NoAnswer, "NO_ANSWER")), begins(3, Step{Destination: toBen}), answers(Answer{Destination: toBen, By: "1002"}), completed},
			"started; answered; forwarded completed 1001 " + mobile + " no-answer NO_ANSWER; ended " + mobile,
		},
		"the caller goes while it rings": {
			[]act{begins(1, toExt(routing.Forwarded)), begins(2, forwardStep("always", "1001", routing.CallerGone, "")), ends(handlers.StatusCancelled, "ORIGINATOR_CANCEL")},
			"started; forwarded initiated 1001 " + mobile + " always; forwarded completed 1001 " + mobile + " always ORIGINATOR_CANCEL; missed; ended " + mobile,
		},
		"a number's own route": {
			[]act{begins(1, forwardStep("always", "", "", "")), answers(toMobile("always")), completed},
			"started; forwarded initiated +17862757830 " + mobile + " always; answered " + mobile + "; forwarded answered +17862757830 " + mobile + " always; " +
				"forwarded completed +17862757830 " + mobile + " always NORMAL_CLEARING; ended " + mobile,
		},
		"a number's own route, then an extension": {
			[]act{begins(1, forwardStep("always", "", routing.Busy, "USER_BUSY")), begins(2, toExt(routing.NoAnswer)), ends(handlers.StatusNoAnswer, "NO_ANSWER")},
			"started; forwarded initiated +17862757830 " + mobile + " always; forwarded completed +17862757830 " + mobile + " always USER_BUSY; missed; ended " + mobile,
		},
		"to another extension, which forwards": {
			[]act{begins(1, toExt(routing.Forwarded)), begins(2, Step{Destination: toBen, Called: "1002", ForwardType: "always", ForwardedBy: "1001", Outcome: routing.Forwarded}), begins(3, forwardStep("always", "1002", "", "")), answers(toMobile("always")), completed},
			"started; forwarded initiated 1001 1002 always; answered " + mobile + "; forwarded answered 1001 " + mobile + " always; forwarded completed 1001 " + mobile + " always NORMAL_CLEARING; ended " + mobile,
		},
		"a forward that may not be called": {
			[]act{begins(1, toExt(routing.Forwarded)), begins(2, Step{Destination: toForward, ForwardType: "always", ForwardedBy: "1001", Outcome: routing.Failed}), ends(handlers.StatusFailed, "NORMAL_TEMPORARY_FAILURE")},
			"started; missed; ended",
		},
		"an outside call of a phone": {
			[]act{begins(1, Step{Destination: toForward, Called: mobile}), answers(Answer{Destination: toForward, By: mobile}), completed},
			"started; answered; ended",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := run(t, Options{})
				p.open(opened("c1", time.Now()))
				for _, do := range tt.acts {
					pass(time.Second)
					do(p, time.Now().UTC())
				}
				p.settle()
				if got := told(t, p.store.all("c1")); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				p.finish(t)
			})
		})
	}
}

// The CRM is told that a call is forwarded while it rings there, not when the
// next batch of steps is due.
func TestInitiatedIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{UntoldFor: time.Hour})
		p.open(opened("c1", time.Now()))
		p.settle()
		p.Stepped("c1", Step{N: 1, Destination: toForward, Called: mobile, ForwardType: "always", From: time.Now()})
		pass(200 * time.Millisecond)
		if got := p.store.events("c1"); got != "call.started call.forwarded/initiated" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

// What a record says of where a call went.
func TestWhatAForwardedCallReached(t *testing.T) {
	number := "+17862757830"
	for name, tt := range map[string]struct {
		acts []act
		want string // destination, its route, the original one, forwarded to, type
	}{
		"an extension's forward": {
			[]act{begins(1, Step{Destination: toExtension}), begins(2, forwardStep("busy", "1001", "", ""))},
			"1001 extension 1001 " + mobile + " busy",
		},
		"its exit leads outside": {
			[]act{begins(1, Step{Destination: toExtension}), begins(2, forwardStep("no-answer", "", "", ""))},
			"1001 extension 1001 " + mobile + " no-answer",
		},
		"to another extension": {
			[]act{begins(1, Step{Destination: toExtension}), begins(2, Step{Destination: toBen, Called: "1002", ForwardType: "always", ForwardedBy: "1001"}), answers(Answer{Destination: toBen, By: "1002", ForwardedTo: "1002", ForwardType: "always"})},
			"1001 extension 1001 1002 always",
		},
		"a number's own route": {
			[]act{begins(1, forwardStep("always", "", "", "")), answers(Answer{Destination: toForward, By: mobile, ForwardedTo: mobile, ForwardType: "always"})},
			mobile + " forward  " + mobile + " always",
		},
		"an exit to another extension": {
			[]act{begins(1, Step{Destination: toExtension}), begins(2, Step{Destination: toBen})},
			"1002 extension 1001  ",
		},
		"a ring group rings": {
			[]act{begins(1, Step{Destination: toSales})},
			"sales ringgroup   ",
		},
		"a member of it answers": {
			[]act{begins(1, Step{Destination: toSales}), answers(Answer{Destination: toSales, By: "1002"}), begins(1, Step{Destination: toSales, Outcome: routing.Answered, AnsweredBy: "1002"})},
			"1002 extension 1002  ",
		},
		"an outside member of it answers": {
			[]act{begins(1, Step{Destination: toSales}), answers(Answer{Destination: toSales, By: number}), begins(1, Step{Destination: toSales, Outcome: routing.Answered, AnsweredBy: number})},
			number + " forward   ",
		},
		"nobody knows who of it answered": {
			[]act{begins(1, Step{Destination: toSales}), answers(Answer{Destination: toSales})},
			"sales ringgroup   ",
		},
		"its exit leads outside, past extensions": {
			[]act{begins(1, Step{Destination: toSales}), begins(2, forwardStep("no-answer", "", "", ""))},
			mobile + " forward  " + mobile + " no-answer",
		},
		"a phone calls outside": {
			[]act{begins(1, Step{Destination: toForward, Called: number})},
			number + " forward   ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := run(t, Options{})
				p.open(opened("c1", time.Now()))
				for _, do := range tt.acts {
					do(p, time.Now())
				}
				p.settle()
				c := p.store.last(t, "c1")
				if got := fmt.Sprint(c.Destination, " ", c.DestinationRoute, " ", c.OriginalDest, " ", c.ForwardedTo, " ", c.ForwardType); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				p.finish(t)
			})
		})
	}
}

// A forwarded call comes back to another server, which knows nothing of the
// forward until it has read the record, and ends there.
func TestAForwardIsCompletedByAnotherServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().UTC()
		old := opened("c1", start).call
		old.OriginalDest, old.ForwardedTo, old.ForwardType, old.AnsweredAt = "1001", mobile, "always", start
		old.Steps = []Step{{N: 1, Destination: toExtension, Outcome: routing.Forwarded}, {N: 2, Destination: toForward, Called: mobile, ForwardType: "always", ForwardedBy: "1001"}}
		p := run(t, Options{Resume: &shelf{call: old}})
		back := cameBack("c1", time.Now())
		back.accepted = false
		p.open(back)
		p.Ended("c1", ending(start, start, start), handlers.StatusCompleted)
		p.settle()
		want := "forwarded completed 1001 " + mobile + " always NORMAL_CLEARING; ended " + mobile
		if got := told(t, p.store.all("c1")); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		p.finish(t)
	})
}

// What the session that ended the call did not know, the record it goes on with
// does: the call was answered before, so nobody missed it.
func TestAnAnswerBeforeTheRestartIsNotMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().UTC()
		old := opened("c1", start).call
		old.AnsweredAt = start
		p := run(t, Options{Resume: &shelf{call: old}})
		p.open(cameBack("c1", time.Now()))
		p.Stepped("c1", Step{N: 1, Destination: toExtension, Outcome: routing.NoAnswer})
		p.Ended("c1", ending(start, start, start), handlers.StatusNoAnswer)
		p.settle()
		if got := p.store.events("c1"); got != "call.started call.ended" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

// An end that was half seen and then seen whole is told as it was.
func TestASecondEndChangesTheLastEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{GroupFor: time.Minute})
		start := time.Now()
		p.open(opened("c1", start))
		p.Stepped("c1", Step{N: 1, Destination: toExtension, From: start})
		lost := ending(start, time.Time{}, start.Add(time.Second))
		lost.Complete = false
		p.Ended("c1", lost, handlers.StatusFailed)
		p.Ended("c1", ending(start, start, start.Add(10*time.Second)), handlers.StatusCompleted)
		pass(2 * time.Minute)
		if got := p.store.events("c1"); got != "call.started call.ended" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

// A server dies in a forwarded call; the reaper tells how it ended, and who asked
// for which event.
func TestTheReaperCompletesAForward(t *testing.T) {
	r := newRig(t)
	c := r.open(t, "c1", "dead")
	c.Dialled, c.OriginalDest, c.ForwardedTo, c.ForwardType = "+17862757830", "1001", mobile, "always"
	c.Steps = []Step{{N: 1, Destination: toExtension, Outcome: routing.Forwarded}, {N: 2, Destination: toForward, Called: mobile, ForwardType: "always", From: r.now}}
	if err := r.kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
		t.Fatal(err)
	}
	report := reportOf("c1", r.now)
	report.Ours, report.Ending.AnsweredAt, report.Ending.Cause = true, time.Time{}, dialplan.NoAnswerCause
	r.take(t, report)
	r.forward(time.Minute)
	r.passes(t, time.Minute)
	want := "forwarded completed 1001 " + mobile + " always NO_ANSWER; missed; ended " + mobile
	if got := told(t, r.kept.events); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	first := r.kept.events[0]
	if len(first.Endpoints) != 1 || first.Stage != "completed" || len(r.kept.events[1].Endpoints) != 0 || len(r.kept.events[2].Endpoints) != 2 {
		t.Errorf("%+v", r.kept.events)
	}
	r.take(t, report)
	r.passes(t, time.Minute)
	if n := len(r.kept.events); n != 3 {
		t.Errorf("%d events after another report", n)
	}
}

func TestHostileStepsAreMadeSafe(t *testing.T) {
	bad := "\x00\u202e" + strings.Repeat("é", 1000) + "\xff"
	s := Step{Destination: toForward, Cause: bad, Called: bad, ForwardType: bad, ForwardedBy: bad, AnsweredBy: bad}
	for range 10 * maxAttempts {
		s.Attempts = append(s.Attempts, Attempt{Member: bad, For: bad, Trunk: bad, Cause: bad, Note: bad, Skipped: routing.SkipReason(bad), Outcome: routing.Outcome(bad)})
	}
	safe := safeStep(s)
	if len(safe.Attempts) != maxAttempts || s.Attempts[0].Member != bad {
		t.Errorf("%d attempts; the session's own is %q", len(safe.Attempts), s.Attempts[0].Member)
	}
	a, answer := safe.Attempts[0], safeAnswer(Answer{Destination: routing.Destination{Target: bad}, By: bad, ForwardedTo: bad, ForwardType: bad})
	for i, text := range []string{
		safe.Cause, safe.Called, safe.ForwardType, safe.ForwardedBy, safe.AnsweredBy,
		a.Member, a.For, a.Trunk, a.Cause, a.Note, string(a.Skipped), string(a.Outcome),
		answer.Destination.Target, answer.By, answer.ForwardedTo, answer.ForwardType,
	} {
		if text == bad || SafeText(text) != text {
			t.Errorf("text %d was kept as %q", i, text)
		}
	}
}

// Where nothing rang, the switch gave no cause.
func TestWhyAForwardWasNotAnswered(t *testing.T) {
	for outcome, want := range map[routing.Outcome]string{
		routing.Answered: "", routing.NoAnswer: "NO_ANSWER", routing.Busy: "USER_BUSY", routing.CallLimited: "USER_BUSY",
		routing.Unregistered: "USER_NOT_REGISTERED", routing.Forwarded: "EXCHANGE_ROUTING_ERROR", routing.Failed: "NORMAL_TEMPORARY_FAILURE",
		routing.CallerGone: "", routing.LeftSession: "",
	} {
		if got := unanswered(&Step{Outcome: outcome}); got != want {
			t.Errorf("%s: %q, want %q", outcome, got, want)
		}
	}
	if got := unanswered(&Step{Outcome: routing.Failed, Cause: "GATEWAY_DOWN"}); got != "GATEWAY_DOWN" {
		t.Errorf("the switch's own word became %q", got)
	}
}
