package record_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/internal/store/sqlite"
	"switchyard/routing"
)

// TestRestartDuringACall has one server take a call and another one end it.
func TestRestartDuringACall(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	// server runs until what it was told is stored.
	server := func(tell func(*record.Pipeline)) {
		t.Helper()
		p := record.New(s, record.Options{Resume: s})
		tell(p)
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Run(stopped); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Date(2026, 4, 7, 14, 15, 2, 0, time.UTC)
	started := func(at time.Time, before bool) record.Started {
		return record.Started{
			Call: routing.Call{ID: "c1", Dialled: "1001", CreatedAt: start, Resumed: routing.Resumption{Before: before}},
			Decision: routing.Decision{Verdict: routing.Routed, Tenant: "t1", Direction: routing.Internal,
				Destination: routing.Destination{Route: routing.RouteExtension, Target: "1001"}},
			At: at,
		}
	}
	extension := routing.Destination{Route: routing.RouteExtension, Target: "1001"}
	server(func(p *record.Pipeline) {
		p.Started(started(start, false))
		p.Stepped("c1", record.Step{N: 1, Destination: extension, From: start})
	})
	back := start.Add(20 * time.Second)
	server(func(p *record.Pipeline) {
		p.Started(started(back, true))
		p.Stepped("c1", record.Step{N: 1, Destination: extension, From: back})
		p.Answered("c1", record.Answer{At: back, Destination: extension})
		p.Ended("c1", dialplan.Ending{CreatedAt: start, AnsweredAt: back, EndedAt: back.Add(10 * time.Second), Complete: true}, handlers.StatusCompleted)
	})

	c, _, err := s.Call(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if c.Status != handlers.StatusCompleted || !c.StartedAt.Equal(start) || c.DurationSec != 30 || c.BillSec != 10 || len(c.Steps) != 2 || c.Steps[0].Outcome != routing.LeftSession {
		t.Errorf("record %+v", c)
	}
	events, err := s.Events(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, e := range events {
		types = append(types, e.Type)
	}
	if got := strings.Join(types, " "); got != "call.started call.answered call.ended" {
		t.Errorf("events %q", got)
	}
}
