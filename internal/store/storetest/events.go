package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/record"
)

func eventsOnce(t *testing.T, db Database) {
	s := open(t, db)
	first := change("c1", "call.started", "e1")
	again := change("c1", "call.started", "e1", "e2")
	again.Events[0].ID = "msg_another"
	ended := change("c1", "call.ended", "e1")
	twin := change("c1", "call.ended", "e1")
	twin.Events[0].ID = "msg_twin"
	other := change("c2", "call.started", "e1")

	save(t, s, first)
	save(t, s, first)                     // the same id
	save(t, s, again, ended, twin, other) // the same thing, also within one batch

	events, err := s.Events(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]record.Event{first.Events[0], ended.Events[0]}, events); d != "" {
		t.Error("events (-want +read):\n", d)
	}
	if events, err := s.Events(t.Context(), "c2"); err != nil || len(events) != 1 {
		t.Errorf("%v, the other call has %d events", err, len(events))
	}
}

// call.forwarded happens once at each stage of a call, and nothing of it after
// the call's end: whoever ended the call told the last one.
func forwardedOnceAStage(t *testing.T, db Database) {
	s := open(t, db)
	stage := func(id, name string) record.Event {
		e := event("c1", record.CallForwarded, "e1")
		e.ID, e.Stage = id, name
		return e
	}
	changed := func(events ...record.Event) record.Change {
		return record.Change{Call: activeCall("c1"), Events: events}
	}
	save(t, s, changed(stage("m1", "initiated"), stage("m2", "initiated")))
	save(t, s, changed(stage("m3", "initiated"), stage("m4", "answered")))
	ended, twin := event("c1", record.CallEnded, "e1"), event("c1", record.CallEnded, "e1")
	twin.ID = "m6"
	missed := event("c1", record.CallMissed, "e1")
	save(t, s, changed(stage("m5", "completed"), ended))
	save(t, s, changed(stage("m7", "completed"), missed, twin), // another server closes it as well
		change("c2", record.CallMissed, "e1"))
	events, err := s.Events(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	if d := cmp.Diff([]string{"m1", "m4", "m5", ended.ID}, ids); d != "" {
		t.Error("events (-want +read):\n", d)
	}
	if events, err := s.Events(t.Context(), "c2"); err != nil || len(events) != 1 {
		t.Errorf("%v, the other call has %d events", err, len(events))
	}
}

func eventsReadBack(t *testing.T, db Database) {
	s := open(t, db)
	c := record.Change{Call: activeCall("c1"), Events: []record.Event{
		event("c1", "call.started", "e2", "e1"),
		event("c1", "queue.joined"),
		event("c1", "queue.joined", "e1"), // may happen again
	}}
	c.Events[2].ID = "msg_again"
	c.Events[1].Body = []byte{0, 255, '\n', '"'}
	save(t, s, c)
	events, err := s.Events(t.Context(), "c1")
	if d := cmp.Diff(c.Events, events); err != nil || d != "" {
		t.Errorf("%v, events (-saved +read):\n%s", err, d)
	}
}

func eventsOfNoCall(t *testing.T, db Database) {
	s := open(t, db)
	e := event("", "endpoint.disabled", "e1")
	e.ID = "msg_1"
	twin := e
	twin.ID, twin.Endpoints = "msg_2", []string{"e1", "e2"}
	for range 2 { // the same ids are stored once
		if err := s.SaveEvents(t.Context(), []record.Event{e, twin}); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "neither waits for the other", claim(t, s, t0, 10, 10),
		"msg_1 endpoint.disabled e1 #1 try 1", "msg_2 endpoint.disabled e1 #1 try 1", "msg_2 endpoint.disabled e2 #1 try 1")
}

// readAll reads a tenant's log in steps until it ends.
func readAll(t testing.TB, s Store, types []string, limit int) (ids []string) {
	t.Helper()
	var at record.EventCursor
	for {
		events, next, err := s.EventsAfter(t.Context(), "tenant", at, types, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) > limit {
			t.Fatalf("%d events, asked for %d", len(events), limit)
		}
		for _, e := range events {
			ids = append(ids, string(e.CallID)+" "+e.Type)
		}
		if next == at {
			return ids
		}
		at = next
	}
}

func eventsAfter(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c2", "call.started", "e1"))
	save(t, s, ofTenant("other", change("x", "call.started", "e9")))
	save(t, s, change("c1", "call.ended", "e1"))
	want := []string{"c1 call.started", "c2 call.started", "c1 call.ended"}
	for limit := 1; limit <= 4; limit++ {
		if d := cmp.Diff(want, readAll(t, s, nil, limit)); d != "" {
			t.Errorf("%d at a time (-want +read):\n%s", limit, d)
		}
	}
	events, at, err := s.EventsAfter(t.Context(), "tenant", record.EventCursor{}, nil, 1)
	first := event("c1", "call.started")
	if d := cmp.Diff([]record.Event{first}, events); err != nil || d != "" {
		t.Errorf("%v, the first (-saved +read):\n%s", err, d)
	}
	if none, same, err := s.EventsAfter(t.Context(), "nobody", at, nil, 10); err != nil || len(none) != 0 || same != at {
		t.Errorf("a tenant without events: %v, %v, cursor %v", err, none, same)
	}
}

// eventsAfterByType has more events that do not fit than one statement reads.
func eventsAfterByType(t *testing.T, db Database) {
	s := open(t, db)
	var many []record.Event
	for i := range 2500 {
		e := event("", "test")
		e.ID = fmt.Sprint("msg_", i)
		if i%1200 == 1199 {
			e.Type = "endpoint.disabled"
		}
		many = append(many, e)
	}
	if err := s.SaveEvents(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	types := []string{"endpoint.disabled", "call.ended", "call.started"}
	want := []string{"msg_1199 endpoint.disabled", "msg_2399 endpoint.disabled"}
	if d := cmp.Diff(want, readAll(t, s, types, 10)); d != "" {
		t.Error("by type (-want +read):\n", d)
	}
	_, at, err := s.EventsAfter(t.Context(), "tenant", record.EventCursor{}, []string{"nothing"}, 10)
	if err != nil || at == (record.EventCursor{}) {
		t.Fatalf("%v, the reader would begin at %v again", err, at)
	}
	if events, _, err := s.EventsAfter(t.Context(), "tenant", at, nil, 10); err != nil || len(events) != 0 {
		t.Errorf("%v, behind the end are %d", err, len(events))
	}
}

func cursorFromElsewhere(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started"))
	_, _, err := s.EventsAfter(t.Context(), "tenant", record.EventCursor{XID: 1 << 60, ID: 1}, nil, 10)
	if !errors.Is(err, record.ErrForeignCursor) {
		t.Errorf("%v", err)
	}
}
