package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/dialplan"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/routing"
)

func legsOf(t testing.TB, s record.Reader, id routing.CallID) []record.Leg {
	t.Helper()
	_, legs, err := s.Call(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return legs
}

func saveLegs(t testing.TB, s *store.Store, legs ...record.Leg) {
	t.Helper()
	if err := s.SaveLegs(context.Background(), legs); err != nil {
		t.Fatal(err)
	}
}

func legsOfUnknownCalls(t *testing.T, db Database) {
	s := open(t, db)
	saveLegs(t, s)
	late := record.Leg{CallID: "c1", LegID: "d", Side: "b", Source: record.SourceJSON, StartedAt: t0.Add(time.Second)}
	later := record.Leg{CallID: "c1", LegID: "c", Side: "b", Source: record.SourceJSON, StartedAt: t0.Add(2 * time.Second)}
	saveLegs(t, s, later, fullLeg("c1", "z"), late)
	if _, _, err := s.Call(t.Context(), "c1"); err == nil {
		t.Error("there is a record of a call of which only legs are known")
	}
	first := record.Leg{CallID: "c1", LegID: "y", Side: "b", Source: record.SourceLive}
	save(t, s, record.Change{Call: activeCall("c1"), Legs: []record.Leg{{CallID: "c1", LegID: "z", Side: "a"}, first}})
	if d := cmp.Diff([]record.Leg{fullLeg("c1", "z"), first, late, later}, legsOf(t, s, "c1")); d != "" {
		t.Error("the caller's leg, the session's, the others as they began (-want +got):\n", d)
	}
}

func betterSourceCounts(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, record.Change{Call: activeCall("c1")})
	leg := func(source record.Source, complete bool, cause, codec string) record.Leg {
		return record.Leg{CallID: "c1", LegID: "b", Side: "b", Source: source, Complete: complete, Cause: cause, ReadCodec: codec}
	}
	for _, step := range []struct{ told, want record.Leg }{
		{leg("reconciled", true, "", "GSM"), leg("reconciled", false, "", "GSM")}, // nobody saw such an end
		{leg("live", false, "BUSY", ""), leg("live", false, "BUSY", "GSM")},
		{leg("esl", false, "", "PCMU"), leg("esl", false, "BUSY", "PCMU")},
		{leg("live", true, "USER_BUSY", "PCMA"), leg("live", true, "USER_BUSY", "PCMA")},
		{leg("json_cdr", false, "NONE", "G722"), leg("live", true, "USER_BUSY", "PCMA")},
		{leg("json_cdr", true, "", "opus"), leg("json_cdr", true, "USER_BUSY", "opus")},
		{leg("esl", true, "NO_ANSWER", "PCMU"), leg("json_cdr", true, "NO_ANSWER", "opus")},
		{leg("live", true, "USER_BUSY", "PCMA"), leg("json_cdr", true, "NO_ANSWER", "opus")},
	} {
		saveLegs(t, s, step.told)
		if d := cmp.Diff([]record.Leg{step.want}, legsOf(t, s, "c1")); d != "" {
			t.Fatalf("after %s said %q and %q (-want +got):\n%s", step.told.Source, step.told.Cause, step.told.ReadCodec, d)
		}
	}
}

// legsInAnyOrder has each source tell of one leg, more than once and in any
// order, alone or together, and expects what the best of them said of each fact.
func legsInAnyOrder(t *testing.T, db Database) {
	s := open(t, db)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		call := fmt.Sprint("c", run)
		save(t, s, record.Change{Call: activeCall(call)})
		var reports []record.Leg
		for _, source := range []record.Source{record.SourceReconciled, record.SourceLive, record.SourceESL, record.SourceJSON} {
			reports = append(reports, drawLeg(rt, call, source))
		}
		told := map[record.Source]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "times") {
			batch := rapid.SliceOfN(rapid.SampledFrom(reports), 1, 3).Draw(rt, "batch")
			for _, l := range batch {
				told[l.Source] = true
			}
			if rapid.Bool().Draw(rt, "with the call") {
				save(t, s, record.Change{Call: activeCall(call), Legs: batch})
			} else {
				saveLegs(t, s, batch...)
			}
		}
		want := bestOf(reports, told)
		if d := cmp.Diff([]record.Leg{want}, legsOf(t, s, routing.CallID(call))); d != "" {
			rt.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func drawLeg(t *rapid.T, call string, source record.Source) record.Leg {
	text := rapid.SampledFrom([]string{"", "", string(source), "x-" + string(source)})
	number := rapid.SampledFrom([]int{0, 0, len(source), 7 * len(source)})
	at := rapid.Custom(func(t *rapid.T) time.Time {
		if n := number.Draw(t, "seconds"); n > 0 {
			return t0.Add(time.Duration(n) * time.Second)
		}
		return time.Time{}
	})
	l := record.Leg{
		CallID: routing.CallID(call), LegID: "b", Side: "b",
		Number: text.Draw(t, "number"), SIPCallID: text.Draw(t, "sip call"),
		StartedAt: at.Draw(t, "started"), RingingAt: at.Draw(t, "ringing"), AnsweredAt: at.Draw(t, "answered"), EndedAt: at.Draw(t, "ended"),
		DurationSec: number.Draw(t, "duration"), BillSec: number.Draw(t, "bill"),
		Cause: text.Draw(t, "cause"), Q850: number.Draw(t, "q850"), SIPCode: number.Draw(t, "sip code"), HungUpBy: text.Draw(t, "hung up by"),
		ReadCodec: text.Draw(t, "read codec"), WriteCodec: text.Draw(t, "write codec"),
		Source: source, Complete: source != record.SourceReconciled && rapid.Bool().Draw(t, "complete"),
	}
	l.BridgedAt = at.Draw(t, "bridged")
	if file := text.Draw(t, "recording"); file != "" {
		l.RecordingFile, l.RecordingSec = file, number.Draw(t, "recorded")
	}
	if n := number.Draw(t, "packets"); n > 0 {
		l.Media = &dialplan.Media{InPackets: n, InMOS: 4.25}
	}
	return l
}

// bestOf is the rule in plain Go: reports come worst source first, and of two
// that are known the later one counts, complete ones after all others.
func bestOf(reports []record.Leg, told map[record.Source]bool) record.Leg {
	var best record.Leg
	for _, complete := range []bool{false, true} {
		for _, l := range reports {
			if l.Complete != complete || !told[l.Source] {
				continue
			}
			best.CallID, best.LegID, best.Side, best.Source, best.Complete = l.CallID, l.LegID, l.Side, l.Source, l.Complete
			over(&best.Number, l.Number)
			over(&best.SIPCallID, l.SIPCallID)
			over(&best.StartedAt, l.StartedAt)
			over(&best.RingingAt, l.RingingAt)
			over(&best.AnsweredAt, l.AnsweredAt)
			over(&best.EndedAt, l.EndedAt)
			over(&best.DurationSec, l.DurationSec)
			over(&best.BillSec, l.BillSec)
			over(&best.Cause, l.Cause)
			over(&best.Q850, l.Q850)
			over(&best.SIPCode, l.SIPCode)
			over(&best.HungUpBy, l.HungUpBy)
			over(&best.ReadCodec, l.ReadCodec)
			over(&best.WriteCodec, l.WriteCodec)
			over(&best.Media, l.Media)
			over(&best.BridgedAt, l.BridgedAt)
			if l.RecordingFile != "" { // and how long it is, whatever that says
				best.RecordingFile, best.RecordingSec = l.RecordingFile, l.RecordingSec
			}
		}
	}
	return best
}

// over puts a value over another, unless it is not known.
func over[T comparable](to *T, value T) {
	var unknown T
	if value != unknown {
		*to = value
	}
}
