package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/routing"
)

func beat(t testing.TB, s *store.Store, server string, now time.Time) {
	t.Helper()
	if err := s.Beat(context.Background(), server, t0, now); err != nil {
		t.Fatal(err)
	}
}

func orphans(t testing.TB, s *store.Store, staleBefore time.Time, limit int) []record.Orphan {
	t.Helper()
	o, err := s.Orphans(context.Background(), staleBefore, limit)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func orphanIDs(o []record.Orphan) string {
	var ids []string
	for _, o := range o {
		ids = append(ids, string(o.Call.ID))
	}
	return strings.Join(ids, " ")
}

func owned(id, owner string, started time.Time) record.Change {
	c := activeCall(id)
	c.Owner, c.StartedAt = owner, started
	return record.Change{Call: c}
}

func orphansHaveNoLivingOwner(t *testing.T, db Database) {
	s := open(t, db)
	beat(t, s, "alive", t0)
	beat(t, s, "alive", t0.Add(time.Minute))
	beat(t, s, "silent", t0)
	over := owned("over", "", t0)
	over.Call.Status = handlers.StatusFailed
	save(t, s,
		owned("c1", "alive", t0), over,
		owned("c2", "silent", t0.Add(3*time.Second)),
		owned("c3", "never-seen", t0.Add(2*time.Second)),
		owned("c4", "", t0.Add(4*time.Second)))
	for _, tt := range []struct {
		staleBefore time.Duration
		limit       int
		want        string
	}{
		{time.Second, 10, "c3 c2 c4"},
		{time.Second, 2, "c3 c2"},
		{0, 10, "c3 c4"},
		{time.Hour, 10, "c1 c3 c2 c4"},
		{time.Hour, 0, ""},
	} {
		if got := orphanIDs(orphans(t, s, t0.Add(tt.staleBefore), tt.limit)); got != tt.want {
			t.Errorf("servers silent since %s, at most %d: got %q, want %q", tt.staleBefore, tt.limit, got, tt.want)
		}
	}
	taken := owned("c2", "alive", t0)
	save(t, s, taken)
	if got := orphanIDs(orphans(t, s, t0.Add(time.Second), 10)); got != "c3 c4" {
		t.Errorf("after a living server took c2 over: %q", got)
	}
}

func orphansAreWhole(t *testing.T, db Database) {
	s := open(t, db)
	c := fullCall("c1")
	c.Status, c.LeftAt, c.EndedAt = handlers.StatusActive, t0.Add(time.Second), time.Time{}
	legs := []record.Leg{fullLeg("c1", "a"), {CallID: "c1", LegID: "b", Side: "b", Source: record.SourceLive}}
	save(t, s, record.Change{Call: c, Legs: legs}, owned("c2", "", t0.Add(time.Second)))
	want := []record.Orphan{{Call: c, Legs: legs}, {Call: owned("c2", "", t0.Add(time.Second)).Call}}
	if d := cmp.Diff(want, orphans(t, s, t0, 10)); d != "" {
		t.Error("(-want +got):\n", d)
	}
}

func seenIsKept(t *testing.T, db Database) {
	s := open(t, db)
	var ids []routing.CallID
	for i := range 100 {
		id := routing.CallID(fmt.Sprintf("c%03d", i))
		save(t, s, owned(string(id), "", t0))
		ids = append(ids, id)
	}
	slices.Reverse(ids)
	ids = append(ids, "nobody", "c001")
	for _, at := range []time.Time{t0.Add(time.Minute), t0.Add(time.Second)} { // the second one comes late
		if err := s.Seen(t.Context(), ids, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Seen(t.Context(), nil, t0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	save(t, s, owned("c001", "", t0)) // the session's word does not take it back
	all := orphans(t, s, t0, 200)
	for _, o := range all {
		if !o.SeenAt.Equal(t0.Add(time.Minute)) {
			t.Errorf("%s was seen at %s", o.Call.ID, o.SeenAt)
		}
	}
	if len(all) != 100 {
		t.Errorf("%d orphans", len(all))
	}
}

func deadServersAreForgotten(t *testing.T, db Database) {
	s := open(t, db)
	beat(t, s, "old", t0)
	save(t, s, owned("c1", "old", t0))
	beat(t, s, "new", t0.Add(31*24*time.Hour))
	if n := db.Rows(t, "servers"); n != 1 {
		t.Errorf("%d servers", n)
	}
	if got := orphanIDs(orphans(t, s, t0, 10)); got != "c1" {
		t.Errorf("orphans %q", got)
	}
}
