package record

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// rig is what takes reports and closes calls, with a clock of the test's.
type rig struct {
	*clock
	kept    *ledger
	sw      *switches
	reports *Reports
	reaper  *Reaper
	told    []string
}

func newRig(t testing.TB) *rig {
	r := &rig{clock: newClock(), kept: newLedger(), sw: &switches{alive: map[routing.CallID]bool{}}}
	directory := testDirectory(t)
	r.reports = NewReports(r.kept, func() *routing.Directory { return directory }, ReportOptions{Now: r.Now, Server: "s1"})
	r.reaper = NewReaper(r.kept, r.sw, func() *routing.Directory { return directory }, ReaperOptions{
		Server: "s1", Now: r.Now, Committed: func(ids []string) { r.told = append(r.told, ids...) },
	})
	return r
}

func (r *rig) take(t testing.TB, reports ...Report) {
	t.Helper()
	if err := r.reports.Take(t.Context(), reports); err != nil {
		t.Fatal(err)
	}
}

// passes makes passes every 5 s for some time.
func (r *rig) passes(t testing.TB, during time.Duration) {
	t.Helper()
	for end := r.now.Add(during); !r.now.After(end); r.forward(5 * time.Second) {
		if err := r.reaper.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// reportOf is what a switch says of a caller's leg: 40 s, of these 30 answered.
func reportOf(id string, started time.Time) Report {
	return Report{
		Leg: Leg{LegID: id, Side: "a", Source: SourceJSON, SIPCallID: "sip-" + id},
		Ending: dialplan.Ending{
			Cause: dialplan.NormalClearing, Q850: 16, SIPCode: 200, HungUpBy: "caller", ReadCodec: "PCMU", Complete: true,
			CreatedAt: started, ProgressAt: started.Add(2 * time.Second), AnsweredAt: started.Add(10 * time.Second),
			BridgedAt: started.Add(11 * time.Second), EndedAt: started.Add(40 * time.Second), Media: &dialplan.Media{InPackets: 1500},
		},
		Switch: "fs1",
		Call:   routing.Call{ID: routing.CallID(id), Switch: "fs1", CallerNumber: "7861234567", CallerName: "Ann", Dialled: "7862757830", Trunk: "main", CreatedAt: started},
	}
}

// lateStore is a ledger in which a session stores a call just after somebody
// looked for it.
type lateStore struct {
	*ledger
	stores []Change
}

func (l *lateStore) Call(ctx context.Context, id routing.CallID) (Call, []Leg, error) {
	c, legs, err := l.ledger.Call(ctx, id)
	return c, legs, errors.Join(err, l.ledger.SaveCalls(ctx, l.stores))
}

// A session stores its call while a report of it is taken: what it stored stays,
// whether there was no record yet or an earlier session's.
func TestAReportLeavesWhatASessionStoresMeanwhile(t *testing.T) {
	for name, before := range map[string][]Change{
		"no record yet":               nil,
		"an earlier session's record": {{Call: Call{ID: "c1", TenantID: "t1", Status: handlers.StatusActive}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if err := r.kept.SaveCalls(t.Context(), before); err != nil {
				t.Fatal(err)
			}
			forwarded := Call{ID: "c1", TenantID: "t1", Status: handlers.StatusActive, Owner: "s2", ForwardedTo: "+17860000000", Steps: []Step{{N: 1, Destination: toForward}}}
			directory := testDirectory(t)
			late := &lateStore{ledger: r.kept, stores: []Change{{Call: forwarded}}}
			reports := NewReports(late, func() *routing.Directory { return directory }, ReportOptions{Now: r.Now, Server: "s1"})
			report := reportOf("c1", r.now.Add(-time.Minute))
			report.Ours = true
			if err := reports.Take(t.Context(), []Report{report}); err != nil {
				t.Fatal(err)
			}
			if c := r.kept.get(t, "c1"); c.ForwardedTo != forwarded.ForwardedTo || len(c.Steps) != 1 || c.Owner != "s2" {
				t.Errorf("left of what the session stored: forwarded to %q, %d steps, owner %q", c.ForwardedTo, len(c.Steps), c.Owner)
			}
			if n := reports.Counts().Made; n != 0 {
				t.Errorf("%d records made", n)
			}
		})
	}
}

// A call came for a tenant's number while no server was there. The switch's own
// record of it is posted later, twice.
func TestARecordFromAReportAlone(t *testing.T) {
	r := newRig(t)
	started := r.now.Add(-10 * time.Minute)
	r.take(t, reportOf("c1", started))
	r.take(t, reportOf("c1", started), reportOf("c1", started))
	r.passes(t, 30*time.Second)
	r.take(t, reportOf("c1", started))
	r.passes(t, 30*time.Second)

	c := r.kept.get(t, "c1")
	if c.Facts["source"] == "" {
		t.Error("nothing says why there is no session")
	}
	c.Facts = nil
	want := Call{
		ID: "c1", TenantID: acmeID, Switch: "fs1", SIPCallID: "sip-c1", Direction: routing.Inbound, Source: SourceJSON,
		CallerNumber: "+17861234567", CallerName: "Ann", CallerRaw: "7861234567", Dialled: "+17862757830", DialledRaw: "7862757830", InboundDID: "+17862757830",
		StartedAt: started, RingingAt: started.Add(2 * time.Second), AnsweredAt: started.Add(10 * time.Second), BridgedAt: started.Add(11 * time.Second), EndedAt: started.Add(40 * time.Second),
		DurationSec: 40, BillSec: 30, PDDMs: 2000, Status: handlers.StatusCompleted, HangupCause: "NORMAL_CLEARING", Q850: 16, SIPCode: 200, HungUpBy: "caller", ReadCodec: "PCMU", Complete: true,
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Error("record (-want +stored):\n", d)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 || r.kept.count("c1", CallStarted) != 0 {
		t.Errorf("%d call.ended in %v", n, r.kept.events)
	}
	if d := cmp.Diff([]string{"7d3f0d9e-5c1b-4f6a-9d2e-000000000010", "7d3f0d9e-5c1b-4f6a-9d2e-000000000030"}, r.told); d != "" {
		t.Error("endpoints woken:", d)
	}
	if got := r.reports.Counts(); got.Made != 1 || got.Stored != 4 || got.Foreign+got.Refused != 0 {
		t.Errorf("%+v", got)
	}
	if leg := r.kept.legs["c1"]["c1"]; leg.Number != "" && leg.Number != "+17861234567" || leg.Media == nil || !leg.Complete || leg.DurationSec != 40 {
		t.Errorf("leg %+v", leg)
	}
}

func TestOtherTrafficIsNotKept(t *testing.T) {
	r := newRig(t)
	elsewhere := reportOf("c1", r.now)
	elsewhere.Call.Dialled = "+4930123456"
	outbound := reportOf("c2", r.now) // one of the tenant's phones, past us
	outbound.Call.AuthUser, outbound.Call.AuthDomain, outbound.Call.Dialled = "1001", "acme.example.com", "1001"
	lone := Report{Leg: Leg{LegID: "b1", CallID: "c9", Side: "b"}}
	nobodys := Report{Leg: Leg{LegID: "b2", Side: "b"}}
	r.take(t, elsewhere, outbound, lone, nobodys)
	if len(r.kept.calls)+len(r.kept.legs) != 0 {
		t.Errorf("kept %v, %v", r.kept.calls, r.kept.legs)
	}
	if got := r.reports.Counts(); got.Foreign != 4 {
		t.Errorf("%+v", got)
	}
}

func TestACallWithOurMarkIsKeptWhoeverItWasFor(t *testing.T) {
	r := newRig(t)
	report := reportOf("c1", r.now.Add(-time.Hour))
	report.Ours, report.Call.Dialled, report.Ending.AnsweredAt = true, "+4930123456", time.Time{}
	report.Ending.Cause = dialplan.Unallocated
	r.take(t, report)
	r.passes(t, 15*time.Second)
	if c := r.kept.get(t, "c1"); c.TenantID != "" || c.Status != handlers.StatusUnknownNumber || c.EndedAt.IsZero() || len(r.kept.events) != 0 {
		t.Errorf("%+v, events %v", c, r.kept.events)
	}
}

// open stores a live call of a server as its pipeline does.
func (r *rig) open(t testing.TB, id, server string) Call {
	t.Helper()
	c := opened(id, r.now).call
	c.TenantID, c.Switch, c.Owner = acmeID, "fs1", server
	if err := r.kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// While a session has a call, a report is a leg and no more.
func TestAReportLeavesALiveCallAlone(t *testing.T) {
	r := newRig(t)
	before := r.open(t, "c1", "s1")
	saves := r.kept.saves
	report := reportOf("c1", r.now.Add(-time.Minute))
	report.Ours = true
	r.take(t, report, Report{Ours: true, Leg: Leg{LegID: "b1", CallID: "c1", Side: "b", Source: SourceESL}, Ending: report.Ending})
	r.passes(t, time.Minute)
	if d := cmp.Diff(before, r.kept.get(t, "c1")); d != "" || r.kept.saves != saves {
		t.Error("the call was changed:", d)
	}
	if len(r.kept.legs["c1"]) != 2 {
		t.Errorf("legs %v", r.kept.legs)
	}
}

func TestAMessageThatOnlyTheSwitchKnowsOf(t *testing.T) {
	r := newRig(t)
	c := r.open(t, "c1", "dead")
	c.Steps = []Step{{N: 1, Destination: routing.Destination{Route: routing.RouteVoicemail, Target: "1001"}, From: r.now}}
	if err := r.kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
		t.Fatal(err)
	}
	report := reportOf("c1", r.now)
	report.Ours, report.Ending.MessageLeft = true, true
	r.take(t, report)
	r.forward(time.Minute)
	r.passes(t, 20*time.Second)
	if got := r.kept.get(t, "c1"); got.Status != handlers.StatusVoicemail || got.Source != SourceJSON || !got.Complete || len(got.Steps) != 1 {
		t.Errorf("%+v", got)
	}
}

// A record that was closed without knowing is completed when the switch's own
// comes, and nobody is told twice.
func TestALateReportCompletesTheRecord(t *testing.T) {
	r := newRig(t)
	started := r.now
	r.open(t, "c1", "dead")
	r.passes(t, time.Minute)
	if c := r.kept.get(t, "c1"); c.Source != SourceReconciled || c.Complete || c.Status != handlers.StatusFailed || c.HangupCause != "" {
		t.Fatalf("%+v", c)
	}
	report := reportOf("c1", started)
	report.Ours = true
	r.take(t, report, report)
	c := r.kept.get(t, "c1")
	if c.Source != SourceJSON || !c.Complete || c.Status != handlers.StatusCompleted || c.DurationSec != 40 || c.HangupCause != "NORMAL_CLEARING" || c.BridgedAt.IsZero() {
		t.Errorf("%+v", c)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 {
		t.Errorf("%d call.ended", n)
	}
	if got := r.reports.Counts(); got.Improved != 1 {
		t.Errorf("%+v", got)
	}
}

// What the session said the call came to stays, when it only missed the end.
func TestAReportDoesNotOverruleTheSession(t *testing.T) {
	r := newRig(t)
	c := r.open(t, "c1", "s1")
	c.Status, c.Source, c.EndedAt = handlers.StatusBusy, SourceLive, r.now.Add(time.Second)
	if err := r.kept.SaveCalls(t.Context(), []Change{{Call: c}}); err != nil {
		t.Fatal(err)
	}
	report := reportOf("c1", r.now)
	report.Ours, report.Ending.AnsweredAt = true, time.Time{}
	r.take(t, report)
	if got := r.kept.get(t, "c1"); got.Status != handlers.StatusBusy || !got.Complete || got.SIPCode != 200 {
		t.Errorf("%+v", got)
	}
}

// The session waits for the switch's last word in vain and closes the record
// without it, while somebody else was told and has stored the leg already.
func TestAnEndThatOnlyOthersSaw(t *testing.T) {
	r := newRig(t)
	p := New(r.kept, Options{Server: "s1", Now: r.Now, Resume: r.kept})
	o := opened("c1", r.now)
	o.call.TenantID = acmeID
	p.open(o)
	p.saveQueue(t.Context())
	report := reportOf("c1", r.now)
	report.Ours = true
	r.take(t, report)
	p.Ended("c1", dialplan.Ending{Cause: dialplan.UserBusy}, handlers.StatusBusy)
	p.saveQueue(t.Context())
	if c := r.kept.get(t, "c1"); !c.Complete || c.Source != SourceJSON || c.DurationSec != 40 || c.Status != handlers.StatusBusy {
		t.Errorf("%+v", c)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 {
		t.Errorf("%d call.ended", n)
	}
}

func TestAStoreThatIsAwayKeepsTheReport(t *testing.T) {
	r := newRig(t)
	r.kept.fail = errors.New("away")
	for _, ours := range []bool{true, false} {
		report := reportOf("c1", r.now)
		report.Ours = ours
		if err := r.reports.Take(t.Context(), []Report{report}); !errors.Is(err, r.kept.fail) {
			t.Errorf("ours %v: %v", ours, err)
		}
	}
}

func TestReportsWithoutAUsableID(t *testing.T) {
	r := newRig(t)
	for _, leg := range []Leg{
		{Side: "a"}, {LegID: "c1"}, {LegID: "c1", Side: "c"}, {LegID: "c 1", Side: "a"}, {LegID: strings.Repeat("c", 65), Side: "a"},
		{LegID: "c1", CallID: "c2", Side: "a"}, {LegID: "c1", CallID: "c1", Side: "b"}, {LegID: "b", CallID: "c\x00", Side: "b"},
	} {
		r.take(t, Report{Leg: leg, Ours: true})
	}
	if got := r.reports.Counts(); got.Refused != 8 || len(r.kept.legs) != 0 {
		t.Errorf("%+v, legs %v", got, r.kept.legs)
	}
}

func TestHostileReports(t *testing.T) {
	r := newRig(t)
	bad := "\x00\u202e" + strings.Repeat("é", 1000) + "\xff"
	report := Report{
		Ours: true, Switch: bad,
		Leg: Leg{
			LegID: "c1", Side: "a", Number: bad, SIPCallID: bad, Cause: bad, HungUpBy: bad, ReadCodec: bad, WriteCodec: bad, Source: "live",
			StartedAt: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), EndedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
			DurationSec: -5, BillSec: math.MaxInt, Q850: -1, SIPCode: 1 << 40,
			Media: &dialplan.Media{RemoteIP: bad, InPackets: -1, InMOS: math.NaN(), InJitterMs: math.Inf(1), InQuality: -2},
		},
		Ending: dialplan.Ending{RecordingFile: bad, BridgedAt: time.Unix(1<<60, 0), Complete: true},
		Call:   routing.Call{CallerNumber: bad, CallerName: bad, Dialled: bad, AuthUser: bad, AuthDomain: bad, Trunk: bad, CreatedAt: time.Unix(-1, 0), Headers: map[string]string{bad: bad}},
	}
	r.take(t, report)
	leg := r.kept.legs["c1"]["c1"]
	for _, s := range []string{leg.Number, leg.SIPCallID, leg.Cause, leg.HungUpBy, leg.ReadCodec, leg.WriteCodec, r.kept.get(t, "c1").Switch, leg.RecordingFile, r.kept.get(t, "c1").CallerName} {
		if SafeText(s) != s {
			t.Errorf("kept %q", s)
		}
	}
	if !leg.StartedAt.IsZero() || !leg.EndedAt.IsZero() || leg.DurationSec != 0 || leg.BillSec != 0 || leg.Q850 != 0 || leg.SIPCode != 0 || leg.Media != nil || leg.Source != SourceESL {
		t.Errorf("leg %+v", leg)
	}
	if c := r.kept.get(t, "c1"); !c.StartedAt.Equal(r.now) || !c.BridgedAt.IsZero() {
		t.Errorf("started %s, bridged %s", c.StartedAt, c.BridgedAt)
	}
	// Its leg never ends, so the record is closed as any that nobody knows of.
	r.passes(t, time.Minute)
	if c := r.kept.get(t, "c1"); c.Source != SourceReconciled || c.Complete {
		t.Errorf("%+v", c)
	}
}

// A record that is deleted by its age does not come back by a file that lay
// about, and its call does not end a second time.
func TestAReportOfAForgottenCall(t *testing.T) {
	r := newRig(t)
	r.reports.opts.KeptFor = 24 * time.Hour
	old, young := reportOf("c1", r.now.Add(-25*time.Hour)), reportOf("c2", r.now.Add(-23*time.Hour))
	old.Ours, young.Ours = true, true
	r.take(t, old, young)
	r.passes(t, time.Minute)
	if n := r.kept.count("c1", CallEnded); n != 0 || len(r.kept.calls) != 1 {
		t.Errorf("%d call.ended, %d records", n, len(r.kept.calls))
	}
	if n := r.kept.count("c2", CallEnded); n != 1 {
		t.Errorf("%d call.ended of the younger call", n)
	}
}

// A reaper that has just started closes what a dead server left, if the switch
// told how it ended: it may not live long itself.
func TestAReaperThatLivesShortly(t *testing.T) {
	r := newRig(t)
	r.open(t, "c1", "dead")
	report := reportOf("c1", r.now)
	report.Ours = true
	r.take(t, report)
	r.now = r.now.Add(time.Minute)
	if err := r.reaper.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.kept.count("c1", CallEnded); n != 1 {
		t.Errorf("%d call.ended after its first pass", n)
	}
}
