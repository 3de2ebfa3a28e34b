package storetest

import (
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
