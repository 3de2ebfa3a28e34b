package storetest

import (
	"fmt"
	"testing"
	"time"

	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/routing"
)

// ended is a call that is over, with a leg and an event from when it ended.
func ended(id string, at time.Time, endpoints ...string) record.Change {
	c := change(id, "call.ended", endpoints...)
	c.Call.Status, c.Call.StartedAt, c.Call.EndedAt = handlers.StatusCompleted, at.Add(-time.Minute), at
	c.Legs = []record.Leg{{CallID: c.Call.ID, LegID: id, Side: "a"}}
	c.Events[0].At = at
	return c
}

func purge(t testing.TB, s *store.Store, p record.Policy, limit, wantCalls, wantEvents int) {
	t.Helper()
	calls, events, err := s.Purge(t.Context(), p, limit)
	if err != nil {
		t.Fatal(err)
	}
	if calls != wantCalls || events != wantEvents {
		t.Errorf("deleted %d calls and %d events, want %d and %d", calls, events, wantCalls, wantEvents)
	}
}

// hasRows checks how many rows are left of calls, legs, events, deliveries and
// attempts.
func hasRows(t testing.TB, db Database, want ...int) {
	t.Helper()
	for i, table := range []string{"calls", "call_legs", "events", "deliveries", "attempts"} {
		if n := db.Rows(t, table); n != want[i] {
			t.Errorf("%d rows of %s are left, want %d", n, table, want[i])
		}
	}
}

func purgeCalls(t *testing.T, db Database) {
	s := open(t, db)
	old, limit := t0.Add(-time.Hour), t0.Add(-time.Minute)
	save(t, s, ended("c1", old, "e1", "e2"), ended("c2", old.Add(time.Second), "e1"), ended("new", t0, "e1"))
	settleAll(t, s, 10)
	save(t, s, ended("undelivered", old, "e1"), ended("silent", limit.Add(-1)))
	talking := ended("talking", t0)
	talking.Call.Status, talking.Call.StartedAt, talking.Call.EndedAt = handlers.StatusActive, old, time.Time{}
	long := ended("long", limit)
	long.Call.StartedAt = old
	save(t, s, talking, long)
	hasRows(t, db, 7, 7, 7, 5, 4)

	purge(t, s, record.Policy{}, 10, 0, 0)
	purge(t, s, record.Policy{CallsBefore: limit}, 0, 0, 0)
	purge(t, s, record.Policy{CallsBefore: limit}, 1, 1, 0)
	hasRows(t, db, 6, 6, 6, 3, 2)
	purge(t, s, record.Policy{CallsBefore: limit}, 10, 2, 0)
	hasRows(t, db, 4, 4, 4, 2, 1)
	purge(t, s, record.Policy{CallsBefore: limit}, 10, 0, 0)

	settleAll(t, s, 10)
	purge(t, s, record.Policy{CallsBefore: limit}, 10, 1, 0)
	hasRows(t, db, 3, 3, 3, 1, 1)
	for _, id := range []routing.CallID{"new", "talking", "long"} {
		if legs := legsOf(t, s, id); len(legs) != 1 {
			t.Errorf("call %s has %d legs", id, len(legs))
		}
	}
}

func purgeManyCalls(t *testing.T, db Database) {
	s := open(t, db)
	var changes []record.Change
	for i := range 3*maxRowsOfAStatement - 1 {
		changes = append(changes, ended(fmt.Sprint("c", i), t0, "e1"))
	}
	save(t, s, changes...)
	settleAll(t, s, len(changes))
	purge(t, s, record.Policy{CallsBefore: t0.Add(1)}, 100, 0, 0) // less than a microsecond later is not later
	purge(t, s, record.Policy{CallsBefore: t0.Add(time.Hour)}, 100, 100, 0)
	purge(t, s, record.Policy{CallsBefore: t0.Add(time.Hour)}, 100, 91, 0)
	hasRows(t, db, 0, 0, 0, 0, 0)
}

func purgeEvents(t *testing.T, db Database) {
	s := open(t, db)
	old := t0.Add(-time.Hour)
	save(t, s, ended("undelivered", old, "dead"))
	settle(t, s, claim(t, s, t0, 10, 10), retryAt(t0.Add(time.Hour)))
	talking := ended("talking", old)
	talking.Call.Status = handlers.StatusActive
	changes := []record.Change{talking}
	for i := range 300 { // more than are looked at in one go
		changes = append(changes, ended(fmt.Sprint("c", i), old, "e1"))
	}
	changes = append(changes, ended("new", t0, "e1"))
	save(t, s, changes...)
	settleAll(t, s, 301)
	hasRows(t, db, 303, 303, 303, 302, 302)

	purge(t, s, record.Policy{EventsBefore: old}, 1000, 0, 0)
	purge(t, s, record.Policy{EventsBefore: t0}, 200, 0, 200)
	hasRows(t, db, 303, 303, 103, 102, 102)
	purge(t, s, record.Policy{EventsBefore: t0}, 200, 0, 100)
	hasRows(t, db, 303, 303, 3, 2, 2)
	for _, id := range []routing.CallID{"undelivered", "talking", "new"} {
		if events, err := s.Events(t.Context(), id); err != nil || len(events) != 1 {
			t.Errorf("%v, call %s has %d events", err, id, len(events))
		}
	}
	purge(t, s, record.Policy{CallsBefore: t0, EventsBefore: t0.Add(time.Hour)}, 1000, 300, 1)
	hasRows(t, db, 3, 3, 2, 1, 1)
}
