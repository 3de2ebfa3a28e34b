package record_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

// nowhere is a switch that has no calls any more.
type nowhere struct{}

func (nowhere) Alive(context.Context, string, []routing.CallID) (map[routing.CallID]bool, error) {
	return nil, nil
}

// TestAServerDiesAndTheSwitchTellsTheRest has a server killed in the middle of a
// call, the record closed by nobody, and completed by what the switch posts
// when there is a server again; in a real store.
func TestAServerDiesAndTheSwitchTellsTheRest(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, directory, _ := routing.CompileFiles(nil)
	current := func() *routing.Directory { return directory }

	start := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	now := start
	clock := func() time.Time { return now }
	extension := routing.Destination{Route: routing.RouteExtension, Target: "1001"}
	first := record.New(s, record.Options{Resume: s, Server: "first", Now: clock})
	first.Started(record.Started{
		Call:     routing.Call{ID: "c1", Switch: "fs1", Dialled: "1001", CreatedAt: start},
		Decision: routing.Decision{Verdict: routing.Routed, Tenant: "t1", Direction: routing.Internal, Destination: extension},
		At:       start,
	})
	first.Stepped("c1", record.Step{N: 1, Destination: extension, From: start})
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Run(stopped); err != nil {
		t.Fatal(err)
	}
	if err := s.Beat(t.Context(), "first", start, start); err != nil {
		t.Fatal(err)
	}

	reaper := record.NewReaper(s, nowhere{}, current, record.ReaperOptions{Server: "second", Now: clock})
	passes := func(during time.Duration) {
		t.Helper()
		for end := now.Add(during); now.Before(end); now = now.Add(5 * time.Second) {
			if err := reaper.Pass(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	stored := func() record.Call {
		t.Helper()
		c, _, err := s.Call(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	passes(15 * time.Second)
	if c := stored(); c.Status != handlers.StatusActive || c.Owner != "first" {
		t.Fatalf("before the server counts as dead: %+v", c)
	}
	passes(time.Minute)
	if c := stored(); c.Source != record.SourceReconciled || c.Complete || !c.EndedAt.Equal(start) || c.Owner != "" {
		t.Fatalf("%+v", c)
	}

	reports := record.NewReports(s, current, record.ReportOptions{Server: "second", Now: clock})
	report := record.Report{
		Ours: true, Switch: "fs1", Leg: record.Leg{LegID: "c1", Side: "a", Source: record.SourceJSON},
		Ending: dialplan.Ending{
			Cause: dialplan.NormalClearing, Q850: 16, SIPCode: 200, CreatedAt: start, AnsweredAt: start.Add(4 * time.Second), BridgedAt: start.Add(4 * time.Second),
			EndedAt: start.Add(44 * time.Second), Media: &dialplan.Media{InPackets: 2000}, Complete: true,
		},
		Call: routing.Call{ID: "c1"},
	}
	bLeg := report
	bLeg.Leg = record.Leg{LegID: "b1", CallID: "c1", Side: "b", Number: "1001", Source: record.SourceJSON}
	for range 3 {
		if err := reports.Take(t.Context(), []record.Report{bLeg, report, report}); err != nil {
			t.Fatal(err)
		}
		passes(15 * time.Second)
	}
	c, legs, err := s.Call(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if !c.Complete || c.Source != record.SourceJSON || c.Status != handlers.StatusCompleted || c.DurationSec != 44 || c.BillSec != 40 ||
		!c.BridgedAt.Equal(report.Ending.BridgedAt) || c.Q850 != 16 || len(c.Steps) != 1 {
		t.Errorf("record %+v", c)
	}
	if len(legs) != 2 || legs[0].Side != "a" || legs[0].Media == nil || !legs[0].Complete || legs[1].Number != "1001" {
		t.Errorf("legs %+v", legs)
	}
	events, err := s.Events(t.Context(), "c1")
	if err != nil || len(events) != 3 || events[1].Type != record.CallMissed || events[2].Type != record.CallEnded {
		t.Errorf("events %+v, %v", events, err)
	}
}
