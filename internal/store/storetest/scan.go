package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// decided is what DecidedCalls gives of a call.
func decided(c record.Call) record.Call {
	d := record.Call{
		ID: c.ID, TenantID: c.TenantID, Switch: c.Switch, SIPCallID: c.SIPCallID, Direction: c.Direction, Source: c.Source,
		CallerNumber: c.CallerNumber, CallerName: c.CallerName, CallerRaw: c.CallerRaw, Dialled: c.Dialled, DialledRaw: c.DialledRaw,
		Destination: c.Destination, DestinationRoute: c.DestinationRoute, Revision: c.Revision, Rule: c.Rule,
		StartedAt: c.StartedAt, Status: c.Status, Facts: c.Facts,
	}
	for _, s := range c.Steps {
		d.Steps = append(d.Steps, record.Step{N: s.N, Destination: s.Destination})
	}
	return d
}

func decidedCallsReadBack(t *testing.T, db Database) {
	s := open(t, db)
	full, empty := fullCall("c1"), record.Call{ID: "c2", Status: handlers.StatusUnknownNumber}
	full.StartedAt = t0.Add(time.Second)
	empty.StartedAt = t0
	save(t, s, record.Change{Call: full}, record.Change{Call: empty})
	got, err := s.DecidedCalls(t.Context(), record.Filter{})
	if d := cmp.Diff([]record.Call{decided(full), decided(empty)}, got); err != nil || d != "" {
		t.Errorf("%v, records (-want +read):\n%s", err, d)
	}
}

// decidedPageByPage goes through calls of which several began at once, a few at a
// time, and finds each of them once.
func decidedPageByPage(t *testing.T, db Database) {
	s := open(t, db)
	var changes []record.Change
	var want []routing.CallID
	for i := range 100 {
		c := activeCall(fmt.Sprintf("c%02d", i))
		c.StartedAt = t0.Add(time.Duration(i/7) * time.Second)
		if i%10 == 0 {
			c.TenantID = "other"
		} else if c.StartedAt.After(t0) {
			want = append(want, c.ID)
		}
		changes = append(changes, record.Change{Call: c})
	}
	save(t, s, changes...)
	slices.Reverse(want)
	f := record.Filter{TenantID: "tenant", From: t0.Add(time.Second), Limit: 9}
	var got []routing.CallID
	for {
		page, err := s.DecidedCalls(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			got = append(got, c.ID)
		}
		if len(page) < f.Limit {
			break
		}
		last := page[len(page)-1]
		f.After = &record.Cursor{StartedAt: last.StartedAt, ID: last.ID}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("calls (-want +read):\n%s", d)
	}
	if n, err := s.CountCalls(t.Context(), f); err != nil || n != len(want) {
		t.Errorf("%d calls counted (%v), there are %d", n, err, len(want))
	}
	if n, err := s.CountCalls(t.Context(), record.Filter{}); err != nil || n != 100 {
		t.Errorf("%d calls counted in all (%v)", n, err)
	}
}
