package record

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// fate is one call, the servers that have or had it, and all who tell of it.
type fate struct {
	*rapid.T
	*clock
	kept      *ledger
	sw        *switches
	directory func() *routing.Directory
	reports   *Reports
	reapers   []*Reaper

	server   *Pipeline // that has the call; nil: none does
	names    int
	started  time.Time
	endedAt  time.Time // on the switch; zero: it lives
	reported bool      // the caller's leg, after the end
	recorded bool      // whoever knows its end knows of a recording
	id       routing.CallID
}

func (f *fate) take(side, id string, s Source) {
	if f.endedAt.IsZero() {
		return // a switch tells of what is over
	}
	r := reportOf(id, f.started)
	r.Ours, r.Leg.Side, r.Leg.Source = rapid.Bool().Draw(f.T, "marked") || side == "b", side, s
	r.Leg.CallID, r.Ending.EndedAt = f.id, f.endedAt
	if side == "a" {
		f.recording(&r.Ending)
	}
	if err := f.reports.Take(context.Background(), []Report{r}); err != nil {
		f.Fatal(err)
	}
	f.reported = f.reported || side == "a"
}

func (f *fate) recording(e *dialplan.Ending) {
	if f.recorded && e.Complete {
		e.RecordingFile, e.RecordingSeconds = "/recordings/c1.wav", 25
	}
}

// begin has a new server take the call.
func (f *fate) begin() {
	if f.server != nil || !f.endedAt.IsZero() {
		return
	}
	f.names++
	f.server = New(f.kept, Options{Server: fmt.Sprint("server", f.names), Now: f.Now, Resume: f.kept})
	o := opened(string(f.id), f.now)
	o.before, o.call.TenantID, o.call.Switch, o.call.StartedAt = f.names > 1, acmeID, "fs1", f.started
	f.server.open(o)
}

func (f *fate) store() {
	if f.server != nil {
		f.server.saveQueue(context.Background())
	}
}

func (f *fate) beat() {
	if f.server != nil {
		_ = f.kept.Beat(context.Background(), f.server.opts.Server, f.started, f.now)
	}
}

// over ends the call on the switch; seen: its session is told.
func (f *fate) over(seen, complete bool) {
	if f.endedAt.IsZero() {
		f.endedAt = f.now
		f.sw.alive[f.id] = false
	}
	if f.server != nil && seen {
		e := dialplan.Ending{Cause: dialplan.NormalClearing, CreatedAt: f.started, EndedAt: f.endedAt, Complete: complete}
		f.recording(&e)
		f.server.Ended(f.id, e, handlers.StatusCancelled)
	}
}

// Whoever tells of the end of a call, in whatever order and how often: it has
// one record and one call.ended.
func TestOneRecordAndOneEnd(t *testing.T) {
	directory := testDirectory(t)
	for range 20 { // the rare orders are rare
		rapid.Check(t, func(rt *rapid.T) { oneRecordAndOneEnd(rt, directory) })
	}
}

func oneRecordAndOneEnd(rt *rapid.T, directory *routing.Directory) {
	f := &fate{T: rt, clock: newClock(), kept: newLedger(), sw: &switches{alive: map[routing.CallID]bool{"c1": true}}, id: "c1"}
	f.directory = func() *routing.Directory { return directory }
	f.started, f.recorded = f.now, rapid.Bool().Draw(rt, "recorded")
	beside := rapid.Bool().Draw(rt, "reports come to the call's server")
	f.reports = NewReports(f.kept, f.directory, ReportOptions{Now: f.Now, Server: "watcher", Has: func(id routing.CallID) bool {
		return beside && f.server != nil && f.server.Has(id)
	}})
	for i := range 2 {
		f.reapers = append(f.reapers, NewReaper(f.kept, f.sw, f.directory, ReaperOptions{Server: fmt.Sprint("reaper", i), Now: f.Now}))
	}
	pass := func() {
		n := rapid.IntRange(0, 1).Draw(rt, "reaper")
		if err := f.reapers[n].Pass(context.Background()); err != nil {
			rt.Fatal(err)
		}
	}
	if rapid.Bool().Draw(rt, "a server takes it") {
		f.begin()
	}
	rt.Repeat(map[string]func(*rapid.T){
		"a server takes it": func(*rapid.T) { f.begin() },
		"stored":            func(*rapid.T) { f.store() },
		"alive":             func(*rapid.T) { f.beat() },
		"step": func(*rapid.T) {
			if f.server != nil {
				f.server.Stepped(f.id, Step{N: 1, Destination: toExtension, From: f.now})
			}
		},
		"answer": func(*rapid.T) {
			if f.server != nil {
				f.server.Answered(f.id, Answer{At: f.now, Destination: toExtension, By: "1001"})
			}
		},
		"forwarded": func(rt *rapid.T) {
			if f.server != nil {
				why := rapid.SampledFrom([]string{"always", "busy"}).Draw(rt, "type")
				f.server.Stepped(f.id, Step{N: 2, Destination: toForward, Called: "+13055559999", ForwardType: why, ForwardedBy: "1001", From: f.now})
			}
		},
		"answered where it is forwarded to": func(*rapid.T) {
			if f.server != nil {
				f.server.Answered(f.id, Answer{At: f.now, Destination: toForward, ForwardedTo: "+13055559999", ForwardType: "always", By: "+13055559999"})
			}
		},
		"the server is killed": func(*rapid.T) { f.server = nil },
		"the session is lost": func(*rapid.T) {
			if f.server != nil {
				f.server.Left(f.id, f.now)
				f.store()
				f.server = nil
			}
		},
		"ends":             func(*rapid.T) { f.over(true, true) },
		"ends, half seen":  func(*rapid.T) { f.over(true, false) },
		"ends unseen":      func(*rapid.T) { f.over(false, false) },
		"esl report":       func(*rapid.T) { f.take("a", "c1", SourceESL) },
		"json report":      func(*rapid.T) { f.take("a", "c1", SourceJSON) },
		"report of a leg":  func(*rapid.T) { f.take("b", "b1", SourceJSON) },
		"reaper":           func(*rapid.T) { pass() },
		"a moment":         func(*rapid.T) { f.forward(time.Second) },
		"a while":          func(*rapid.T) { f.beat(); f.forward(15 * time.Second); f.beat() },
		"a long while":     func(*rapid.T) { f.forward(2 * time.Minute) },
		"the switch is up": func(*rapid.T) { f.sw.err = nil },
		"the switch is away": func(*rapid.T) {
			f.sw.err = &Unreachable{Since: f.now, Err: context.DeadlineExceeded}
		},
		"": func(rt *rapid.T) { f.check(rt, false) },
	})
	f.over(rapid.Bool().Draw(rt, "session lives to the end"), true)
	f.store()
	f.server, f.sw.err = nil, nil
	for range 30 {
		f.forward(5 * time.Second)
		pass()
	}
	if rapid.Bool().Draw(rt, "a late report") {
		f.take("a", "c1", SourceJSON)
		for range 10 {
			f.forward(5 * time.Second)
			pass()
		}
	}
	f.check(rt, true)
}

// check looks at what is stored; atLast: nothing more comes.
func (f *fate) check(rt *rapid.T, atLast bool) {
	ends, starts := f.kept.count(f.id, CallEnded), f.kept.count(f.id, CallStarted)
	missed, stages := f.kept.count(f.id, CallMissed), f.kept.stages(f.id)
	recordings := f.kept.count(f.id, RecordingReady)
	c, known := f.kept.calls[f.id]
	over := known && c.Status != handlers.StatusActive
	switch {
	case len(f.kept.calls) > 1:
		rt.Fatalf("%d records", len(f.kept.calls))
	case starts > 1 || ends > 1:
		rt.Fatalf("%d call.started, %d call.ended", starts, ends)
	case over != (ends == 1):
		rt.Fatalf("over %v, %d call.ended", over, ends)
	case missed > ends, stages["completed"] > ends, stages["initiated"] > 1, stages["answered"] > 1:
		rt.Fatalf("%d call.missed, call.forwarded %v, %d call.ended", missed, stages, ends)
	case over && stages["initiated"]+stages["answered"] > 0 && stages["completed"] != 1:
		rt.Fatalf("the call is over, call.forwarded %v", stages)
	case recordings > ends, recordings > 0 && !f.recorded, (recordings == 1) != (over && c.RecordingFile != ""):
		rt.Fatalf("%d recording.ready, %d call.ended, %+v", recordings, ends, c)
	case f.kept.after(f.id, RecordingReady, CallForwarded, CallMissed, CallEnded):
		rt.Fatalf("something after recording.ready: %v", f.kept.events)
	case atLast && f.recorded && f.reported && (recordings != 1 || c.RecordingSec != 25):
		rt.Fatalf("%d recording.ready, %+v", recordings, c)
	case f.kept.after(f.id, CallEnded, CallForwarded, CallMissed):
		rt.Fatalf("something after call.ended: %v", f.kept.events)
	case over && (c.EndedAt.IsZero() || c.Owner != "" || !c.LeftAt.IsZero() || c.EndedAt.Before(c.StartedAt)):
		rt.Fatalf("closed as %+v", c)
	case atLast && known && !over:
		rt.Fatalf("still open: %+v, legs %v", c, f.kept.legs)
	case atLast && f.reported && (!known || !c.Complete || !c.EndedAt.Equal(f.endedAt)):
		rt.Fatalf("the switch told of its end at %s, the record says %+v", f.endedAt, c)
	}
}
