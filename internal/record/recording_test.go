package record

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

const wav = "/recordings/acme/2026/04/07/c1.wav"

func recordedEnding(start time.Time) dialplan.Ending {
	e := ending(start, start.Add(time.Second), start.Add(30*time.Second))
	e.BridgedAt, e.RecordingFile, e.RecordingSeconds = start.Add(2*time.Second), wav, 28
	return e
}

// That a call was recorded is told once, behind its end, and only to who asked
// for it by name.
func TestARecordedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		start := time.Now().UTC()
		o := opened("c1", start)
		o.webhooks = []routing.Webhook{{ID: "named", Events: []string{CallEnded, RecordingReady}}, {ID: "ends", Events: []string{CallEnded}}}
		p.open(o)
		p.Stepped("c1", Step{N: 1, Destination: toForward, Called: mobile, ForwardType: "always", From: start})
		p.Answered("c1", Answer{At: start.Add(time.Second), Destination: toForward, ForwardedTo: mobile, ForwardType: "always", By: mobile})
		p.Ended("c1", recordedEnding(start), handlers.StatusCompleted)
		p.Ended("c1", recordedEnding(start), handlers.StatusCompleted)
		p.settle()
		if got := p.store.events("c1"); !strings.HasSuffix(got, "call.forwarded/completed call.ended recording.ready") || strings.Count(got, RecordingReady) != 1 {
			t.Errorf("events %q", got)
		}
		all := p.store.all("c1")
		if last := all[len(all)-1]; !slices.Equal(last.Endpoints, []string{"named"}) || !strings.Contains(string(last.Body), `"recordingFile":"`+wav+`","seconds":28`) {
			t.Errorf("%v, %s", last.Endpoints, last.Body)
		}
		for _, e := range all[len(all)-3:] {
			if !strings.Contains(string(e.Body), `"recordingFile":"`+wav+`"`) {
				t.Errorf("%s", e.Body)
			}
		}
		if c := p.store.last(t, "c1"); c.RecordingFile != wav || c.RecordingSec != 28 {
			t.Errorf("%q, %d s", c.RecordingFile, c.RecordingSec)
		}
		p.finish(t)
	})
}

func TestACallThatWasNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		p.open(opened("c1", time.Now()))
		p.Ended("c1", ending(time.Now(), time.Now(), time.Now()), handlers.StatusCompleted)
		p.settle()
		if got := p.store.events("c1"); got != "call.started call.ended" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

// The session lost sight of the call, and while its end is being stored another
// one sees it: what is told of the recording comes behind.
func TestARecordingThatIsKnownLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := run(t, Options{})
		start := time.Now()
		p.open(opened("c1", start))
		p.settle()
		p.store.failWith(func(changes []Change) error {
			if c := &changes[0].Call; !c.EndedAt.IsZero() && !c.Complete {
				p.Ended("c1", recordedEnding(start), handlers.StatusCompleted)
			}
			return nil
		})
		p.Ended("c1", dialplan.Ending{Cause: dialplan.NormalClearing}, handlers.StatusCompleted)
		p.settle()
		if got := p.store.events("c1"); got != "call.started call.ended recording.ready" {
			t.Errorf("events %q", got)
		}
		p.finish(t)
	})
}

func TestARecordingInTheRecordOfADeadServersCall(t *testing.T) {
	r := newRig(t)
	started := r.now
	r.open(t, "c1", "dead")
	report := reportOf("c1", started)
	report.Ours, report.Ending.RecordingFile, report.Ending.RecordingSeconds = true, wav, 28
	r.take(t, report, report)
	r.forward(time.Minute)
	r.passes(t, 20*time.Second)
	r.take(t, report)
	if c := r.kept.get(t, "c1"); c.RecordingFile != wav || c.RecordingSec != 28 || !c.BridgedAt.Equal(report.Ending.BridgedAt) {
		t.Errorf("%+v", c)
	}
	if n := r.kept.count("c1", RecordingReady); n != 1 || r.kept.after("c1", RecordingReady, CallEnded) {
		t.Errorf("%d recording.ready", n)
	}
}

// Nobody knew anything of the end; then a record of the switch turns up.
func TestARecordingInALateReport(t *testing.T) {
	r := newRig(t)
	started := r.now
	var told []string
	r.reports.opts.Committed = func(ids []string) { told = append(told, ids...) }
	r.open(t, "c1", "dead")
	r.passes(t, time.Minute)
	if n := r.kept.count("c1", RecordingReady); n != 0 {
		t.Fatalf("%d recording.ready of a call nobody knows the end of", n)
	}
	report := reportOf("c1", started)
	report.Ours, report.Ending.RecordingFile, report.Ending.RecordingSeconds = true, wav, 28
	r.take(t, report, report)
	if n := r.kept.count("c1", RecordingReady); n != 1 {
		t.Errorf("%d recording.ready", n)
	}
	if len(told) != 0 { // the tenant's webhooks do not name it
		t.Errorf("told %v", told)
	}
}

// The session waits in vain for the switch's last word, of which somebody else
// has stored the leg already.
func TestARecordingThatOnlyOthersSaw(t *testing.T) {
	r := newRig(t)
	var told []string
	p := New(r.kept, Options{Server: "s1", Now: r.Now, Resume: r.kept, Committed: func(ids []string) { told = append(told, ids...) }})
	o := opened("c1", r.now)
	o.call.TenantID = acmeID
	p.open(o)
	p.saveQueue(t.Context())
	report := reportOf("c1", r.now)
	report.Ours, report.Ending.RecordingFile, report.Ending.RecordingSeconds = true, wav, 28
	r.take(t, report)
	p.Ended("c1", dialplan.Ending{Cause: dialplan.UserBusy}, handlers.StatusCompleted)
	told = nil
	p.saveQueue(t.Context())
	if c := r.kept.get(t, "c1"); c.RecordingFile != wav || c.RecordingSec != 28 {
		t.Errorf("%+v", c)
	}
	if n := r.kept.count("c1", RecordingReady); n != 1 || !slices.Contains(told, "all") {
		t.Errorf("%d recording.ready, told %v", n, told)
	}
}

func TestHostileRecordings(t *testing.T) {
	r := newRig(t)
	report := reportOf("c1", r.now)
	report.Ours, report.Ending.RecordingFile, report.Ending.RecordingSeconds = true, "/x\x00\u202e\n.wav"+strings.Repeat("y", 1000), -1
	r.take(t, report)
	r.forward(time.Minute)
	r.passes(t, 20*time.Second)
	if c := r.kept.get(t, "c1"); c.RecordingFile == "" || SafeText(c.RecordingFile) != c.RecordingFile || c.RecordingSec != 0 {
		t.Errorf("%q, %d s", c.RecordingFile, c.RecordingSec)
	}
}
