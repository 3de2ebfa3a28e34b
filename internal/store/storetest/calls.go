package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// fullCall has a value in every field.
func fullCall(id string) record.Call {
	return record.Call{
		ID: routing.CallID(id), TenantID: "7d3f", Switch: "fs1", SIPCallID: "abc@192.0.2.1", Direction: routing.Inbound, Source: record.SourceLive,
		CallerNumber: "+17861234567", CallerName: "Zoë \"x\" O'Hara", CallerRaw: "7861234567",
		Dialled: "+17862757830", DialledRaw: "7862757830", InboundDID: "+17862757830",
		Destination: "+13055559999", DestinationRoute: routing.RouteForward, OriginalDest: "1001",
		ForwardedTo: "+13055559999", ForwardType: "no-answer",
		Revision: 17, Rule: "vip", Tags: []string{"vip", "east"},
		StartedAt: t0, RingingAt: t0.Add(time.Second), AnsweredAt: t0.Add(4 * time.Second), BridgedAt: t0.Add(3 * time.Second), EndedAt: t0.Add(142 * time.Second),
		DurationSec: 142, BillSec: 138, PDDMs: 1000,
		Status: handlers.StatusCompleted, HangupCause: "NORMAL_CLEARING", Q850: 16, SIPCode: 200, HungUpBy: "caller",
		RecordingFile: "recordings/a.wav", RecordingSec: 137, ReadCodec: "PCMA", WriteCodec: "opus", Complete: true,
		Steps: []record.Step{
			{N: 1, Destination: routing.Destination{Route: routing.RouteExtension, Target: "1001"}, Outcome: routing.NoAnswer, Cause: "NO_ANSWER", From: t0, To: t0.Add(2 * time.Second)},
			{
				N: 2, Digits: []string{"9", "*12#"}, Note: "holiday", Destination: routing.Destination{Route: routing.RouteForward, Target: "mobile"}, From: t0.Add(2 * time.Second),
				Called: "+13055559999", ForwardType: "no-answer", ForwardedBy: "1001", AnsweredBy: "+13055559999",
				Attempts: []handlers.Attempt{
					{Member: "+13055559999", For: "1001", Round: 1, Trunk: "main", Outcome: routing.Busy, Cause: "USER_BUSY", Note: "a note"},
					{Member: "1002", Skipped: routing.SkipOnCall, AsOf: t0.Add(time.Microsecond)},
				},
			},
		},
		Facts: map[string]string{"call.from": "+17861234567", "now": "2026-04-07T14:15:02Z"},
	}
}

// fullLeg has a value in every field.
func fullLeg(call, id string) record.Leg {
	return record.Leg{
		CallID: routing.CallID(call), LegID: id, Side: "a", Number: "+17861234567", SIPCallID: "abc@192.0.2.1",
		StartedAt: t0, RingingAt: t0.Add(time.Second), AnsweredAt: t0.Add(4 * time.Second), BridgedAt: t0.Add(5 * time.Second), EndedAt: t0.Add(142 * time.Second),
		DurationSec: 142, BillSec: 138, RecordingFile: "recordings/a.wav", RecordingSec: 137,
		Cause: "NORMAL_CLEARING", Q850: 16, SIPCode: 200, HungUpBy: "caller", ReadCodec: "PCMA", WriteCodec: "opus",
		Media:  &dialplan.Media{RemoteIP: "192.0.2.7", InPackets: 7000, InJitterMs: 1.25, InMOS: 4.5, OutPackets: 6990},
		Source: record.SourceJSON, Complete: true,
	}
}

func callReadsBack(t *testing.T, db Database) {
	s := open(t, db)
	want := fullCall("c1")
	legs := []record.Leg{fullLeg("c1", "z"), {CallID: "c1", LegID: "b", Side: "b", Cause: "NONE", Source: record.SourceLive}}
	save(t, s, record.Change{Call: want, Legs: legs})
	got, gotLegs, err := s.Call(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("record (-saved +read):\n", d)
	}
	if d := cmp.Diff(legs, gotLegs); d != "" {
		t.Error("legs (-saved +read):\n", d)
	}
}

func emptyCallReadsBack(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, record.Change{Call: record.Call{ID: "c1", Status: handlers.StatusUnknownNumber, Tags: []string{}, Facts: map[string]string{}}})
	got, legs, err := s.Call(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(record.Call{ID: "c1", Status: handlers.StatusUnknownNumber}, got); d != "" || legs != nil {
		t.Errorf("legs %v, record (-want +read):\n%s", legs, d)
	}
}

func unknownCall(t *testing.T, db Database) {
	s := open(t, db)
	if _, _, err := s.Call(t.Context(), "nobody"); !errors.Is(err, record.ErrUnknownCall) {
		t.Errorf("got %v, want ErrUnknownCall", err)
	}
}

func legsFollowTheCall(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, record.Change{Call: activeCall("c1"), Legs: []record.Leg{{CallID: "c1", LegID: "x", Side: "b"}}})
	want := []record.Leg{{CallID: "c1", LegID: "x", Side: "b", Cause: "USER_BUSY"}, {CallID: "c1", LegID: "a", Side: "b", Cause: "NONE"}}
	save(t, s, record.Change{Call: activeCall("c1"), Legs: want})
	for i := range want {
		want[i].Source = record.SourceLive // whoever does not say is the session
	}
	if _, legs, err := s.Call(t.Context(), "c1"); err != nil || cmp.Diff(want, legs) != "" {
		t.Errorf("%v, legs %v", err, legs)
	}
}

func endedStaysEnded(t *testing.T, db Database) {
	s := open(t, db)
	ended := fullCall("c1")
	save(t, s, record.Change{Call: activeCall("c1")})
	save(t, s, record.Change{Call: ended})

	late := activeCall("c1")
	late.Rule = "late"
	save(t, s, record.Change{Call: late})
	got, _, err := s.Call(t.Context(), "c1")
	if d := cmp.Diff(ended, got); err != nil || d != "" {
		t.Fatalf("an active state that came late: %v\n%s", err, d)
	}

	guess := fullCall("c1")
	guess.Complete, guess.HangupCause = false, ""
	save(t, s, record.Change{Call: guess})
	got, _, err = s.Call(t.Context(), "c1")
	if d := cmp.Diff(ended, got); err != nil || d != "" {
		t.Fatalf("an end of which less is known: %v\n%s", err, d)
	}

	better := fullCall("c1")
	better.RecordingFile = "recordings/b.wav"
	// In one batch, the order of the changes counts, except that ended wins.
	save(t, s, record.Change{Call: better}, record.Change{Call: late})
	got, _, err = s.Call(t.Context(), "c1")
	if d := cmp.Diff(better, got); err != nil || d != "" {
		t.Fatalf("an end of which more is known: %v\n%s", err, d)
	}
}

// A session that was thought dead changes nothing of what its call.ended said.
func aSessionThatComesBackLate(t *testing.T, db Database) {
	s := open(t, db)
	closed, late := fullCall("c1"), fullCall("c1")
	closed.Source, closed.DurationSec = record.SourceJSON, 40
	late.Source, late.DurationSec = record.SourceLive, 51
	save(t, s, record.Change{Call: closed})
	save(t, s, record.Change{Call: late})
	if got, _, err := s.Call(t.Context(), "c1"); err != nil || cmp.Diff(closed, got) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(closed, got))
	}
}

func ownerFollowsTheCall(t *testing.T, db Database) {
	s := open(t, db)
	c := activeCall("c1")
	for _, step := range []struct {
		owner string
		left  time.Time
	}{{"s1", time.Time{}}, {"", t0.Add(time.Second)}, {"s2", time.Time{}}} {
		c.Owner, c.LeftAt = step.owner, step.left
		save(t, s, record.Change{Call: c})
		if got, _, err := s.Call(t.Context(), "c1"); err != nil || cmp.Diff(c, got) != "" {
			t.Errorf("%v, %s", err, cmp.Diff(c, got))
		}
	}
	c.Status, c.LeftAt = handlers.StatusCompleted, t0
	save(t, s, record.Change{Call: c})
	if got, _, err := s.Call(t.Context(), "c1"); err != nil || got.Owner != "" || !got.LeftAt.IsZero() {
		t.Errorf("%v, the call is over and has the owner %q, left at %s", err, got.Owner, got.LeftAt)
	}
}

func allOrNothing(t *testing.T, db Database) {
	s := open(t, db)
	broken := change("c2", "call.started", "e1")
	broken.Events[0].Body = nil // not allowed in the tables
	if err := s.SaveCalls(t.Context(), []record.Change{change("c1", "call.started", "e1"), broken}); err == nil {
		t.Fatal("an event without a body was stored")
	}
	if _, _, err := s.Call(t.Context(), "c1"); !errors.Is(err, record.ErrUnknownCall) {
		t.Errorf("the record of the failed batch is there: %v", err)
	}
	if events, err := s.Events(t.Context(), "c1"); err != nil || len(events) > 0 {
		t.Errorf("%v, events of the failed batch are there: %v", err, events)
	}
	if d := claim(t, s, t0, 10, 10); len(d) > 0 {
		t.Errorf("deliveries of the failed batch are there: %v", d)
	}
	save(t, s, change("c1", "call.started", "e1"))
}

func listCalls(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 6 {
		c := activeCall(fmt.Sprint("c", i))
		c.StartedAt = t0.Add(time.Duration(i/2) * time.Hour) // two at a time
		c.Direction = []routing.Direction{routing.Inbound, routing.Outbound}[i%2]
		if i == 5 {
			c.TenantID, c.Status = "other", handlers.StatusCompleted
		}
		save(t, s, record.Change{Call: c})
	}
	for _, tt := range []filterCase{
		{"all", record.Filter{}, "c5 c4 c3 c2 c1 c0"},
		{"tenant", record.Filter{TenantID: "tenant"}, "c4 c3 c2 c1 c0"},
		{"time", record.Filter{From: t0.Add(time.Hour), Until: t0.Add(2 * time.Hour)}, "c3 c2"},
		{"direction", record.Filter{TenantID: "tenant", Direction: routing.Outbound}, "c3 c1"},
		{"status", record.Filter{Status: handlers.StatusCompleted}, "c5"},
		{"page", record.Filter{Limit: 2}, "c5 c4"},
		{"next page", record.Filter{Limit: 2, After: &record.Cursor{StartedAt: t0.Add(time.Hour), ID: "c3"}}, "c2 c1"},
	} {
		tt.check(t, s)
	}
}

// filterCase is a filter and the ids of the calls it gives.
type filterCase struct {
	name   string
	filter record.Filter
	want   string
}

func (tt filterCase) check(t *testing.T, s record.Reader) {
	t.Helper()
	calls, err := s.Calls(t.Context(), tt.filter)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range calls {
		ids = append(ids, string(c.ID))
	}
	if got := strings.Join(ids, " "); got != tt.want {
		t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
	}
}

func findCalls(t *testing.T, db Database) {
	s := open(t, db)
	for i, c := range []record.Call{
		{CallerNumber: "+17861234567", Dialled: "+13055550001", Destination: "1001", Rule: "vip"},
		{CallerNumber: "1001", Dialled: "+17861234567", Destination: "+17861234567"},
		{CallerNumber: "1001", Dialled: "+178612345678", Destination: "voicemail", Rule: "vip2"},
		{CallerNumber: "a_b", Dialled: "1002", Destination: "+442071838750", ForwardedTo: "+442071838750"},
		{CallerNumber: "a_b", Dialled: "1002", Destination: "1_0%2", ForwardedTo: "1_0%2"},
	} {
		c.ID, c.Status, c.StartedAt = routing.CallID(fmt.Sprint("c", i)), handlers.StatusCompleted, t0.Add(time.Duration(i)*time.Second)
		save(t, s, record.Change{Call: c})
	}
	yes, no := true, false
	for _, tt := range []filterCase{
		{"number", record.Filter{Number: "+17861234567"}, "c1 c0"},
		{"number it was forwarded to", record.Filter{Number: "+442071838750"}, "c3"},
		{"part of a number", record.Filter{Number: "+1786123456"}, ""},
		{"forwarded", record.Filter{Forwarded: &yes}, "c4 c3"},
		{"not forwarded", record.Filter{Forwarded: &no}, "c2 c1 c0"},
		{"forwarded to", record.Filter{ForwardedTo: "2071"}, "c3"},
		{"no wildcards", record.Filter{ForwardedTo: "%"}, "c4"},
		{"nor single ones", record.Filter{ForwardedTo: "_0%2"}, "c4"},
		{"nor a way out", record.Filter{ForwardedTo: `\`}, ""},
		{"destination", record.Filter{Destination: "1001"}, "c0"},
		{"rule", record.Filter{Rule: "vip"}, "c0"},
		{"all of it", record.Filter{Number: "1001", Rule: "vip2", Forwarded: &no}, "c2"},
	} {
		tt.check(t, s)
	}
}

// manyAtOnce goes over every size of a statement.
func manyAtOnce(t *testing.T, db Database) {
	s := open(t, db)
	var changes []record.Change
	for i := range 3*maxRowsOfAStatement - 1 {
		c := change(fmt.Sprintf("c%03d", i), "call.started", "e1", "e2")
		c.Legs = []record.Leg{fullLeg(string(c.Call.ID), "k"), {CallID: c.Call.ID, LegID: "l", Side: "b"}}
		changes = append(changes, c)
	}
	save(t, s, changes...)
	if n := db.Rows(t, "call_legs"); n != 2*len(changes) {
		t.Errorf("%d legs of %d calls", n, len(changes))
	}
	calls, err := s.Calls(t.Context(), record.Filter{})
	if err != nil || len(calls) != len(changes) {
		t.Fatalf("%v, %d of %d records", err, len(calls), len(changes))
	}
	if d := claim(t, s, t0, 1000, 1000); len(d) != 2*len(changes) {
		t.Errorf("%d deliveries for %d events at two endpoints", len(d), len(changes))
	}
}

const maxRowsOfAStatement = 64

func saveFromManySides(t *testing.T, db Database) {
	s := open(t, db)
	// Batches that share calls, in opposite orders: they may wait for each
	// other, never in a circle.
	var wg sync.WaitGroup
	for side := range 4 {
		wg.Go(func() {
			for round := range 8 {
				var changes []record.Change
				for i := range 6 {
					if side%2 == 1 {
						i = 5 - i
					}
					c := change(fmt.Sprint("c", i), fmt.Sprintf("queue.joined.%d.%d", side, round), "e1", "e2")
					changes = append(changes, c)
				}
				if err := s.SaveCalls(context.Background(), changes); err != nil {
					t.Error(err)
				}
				settleAll(t, s, 3)
			}
		})
	}
	wg.Wait()
	for settleAll(t, s, 100) > 0 {
	}
	for i := range 6 {
		events, err := s.Events(t.Context(), routing.CallID(fmt.Sprint("c", i)))
		if err != nil || len(events) != 4*8 {
			t.Errorf("%v, call %d has %d events, want 32", err, i, len(events))
		}
	}
}

// settleAll claims up to n deliveries and reports success.
func settleAll(t *testing.T, s Store, n int) int {
	t.Helper()
	d := claim(t, s, t0, n, n)
	settle(t, s, d, done)
	return len(d)
}

func reopenKeepsAll(t *testing.T, db Database) {
	s, err := db.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := fullCall("c1")
	save(t, s, record.Change{Call: want, Events: []record.Event{event("c1", "call.ended", "e1")}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, db)
	if got, _, err := s.Call(t.Context(), "c1"); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(want, got))
	}
	if d := claim(t, s, t0, 10, 10); len(d) != 1 || d[0].EventID != "msg_c1_call.ended" {
		t.Errorf("deliveries after reopening: %v", d)
	}
}
