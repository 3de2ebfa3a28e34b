package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

func deliveries(t testing.TB, s Store, f delivery.HistoryFilter) []delivery.Sent {
	t.Helper()
	sent, err := s.Deliveries(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func deliveriesReadBack(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	first := claim(t, s, t0, 10, 10)
	settle(t, s, first, retryAt(t0)) // an older attempt, of which nothing is shown
	r := result(claim(t, s, t0, 10, 10)[0], t0.Add(time.Second))
	r.Class, r.Code, r.Error, r.Took, r.Response = delivery.HTTP, 503, "answered 503", 42*time.Millisecond, []byte("busy")
	r.NextAt, r.YieldAt = t0.Add(time.Minute), t0.Add(time.Second)
	settleResults(t, s, r)
	claim(t, s, t0.Add(time.Second), 10, 10)

	got := deliveries(t, s, delivery.HistoryFilter{TenantID: "tenant"})
	if len(got) != 3 || got[0].State != delivery.Waiting || got[0].Last.Attempt != 0 {
		t.Fatalf("read %+v", got)
	}
	second := got[1]
	if second.State != delivery.Leased || !second.NextAt.Equal(t0.Add(time.Second+lease)) || !second.OutOfOrder {
		t.Errorf("the one under way: %+v", second)
	}
	r.LeaseEpoch, r.Response, r.NextAt, r.YieldAt = 0, nil, time.Time{}, time.Time{}
	want := delivery.Sent{
		Delivery: delivery.Delivery{ID: first[0].ID, EventID: "msg_c1_call.started", EventType: "call.started", TenantID: "tenant",
			EndpointID: "e1", CallID: "c1", Seq: 1, Attempt: 2, Tries: 2, FirstAt: t0, LeaseEpoch: 2, OccurredAt: t0,
			Body: []byte(`{"event":"call.started"}`)},
		State: delivery.Ready, NextAt: t0.Add(time.Minute), Last: r,
	}
	if d := cmp.Diff(want, got[2]); d != "" {
		t.Error("the first (-want +read):\n", d)
	}
}

func findDeliveries(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 3 {
		c := change(fmt.Sprint("c", i), "call.started", "e1", "e2")
		c.Events[0].At = t0.Add(time.Duration(i) * time.Minute)
		save(t, s, c)
	}
	save(t, s, change("c2", "call.ended", "e1"), ofTenant("other", change("x", "call.started", "e9")))
	settle(t, s, claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{"e1"}}), done)
	settle(t, s, claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{"e2"}}), dead)
	all := deliveries(t, s, delivery.HistoryFilter{TenantID: "tenant"})
	for _, tt := range []struct {
		name   string
		filter delivery.HistoryFilter
		want   string
	}{
		{"tenant", delivery.HistoryFilter{}, "c2e1 c2e2 c2e1 c1e2 c1e1 c0e2 c0e1"},
		{"endpoint", delivery.HistoryFilter{EndpointID: "e2"}, "c2e2 c1e2 c0e2"},
		{"call", delivery.HistoryFilter{CallID: "c2"}, "c2e1 c2e2 c2e1"},
		{"event", delivery.HistoryFilter{EventID: "msg_c1_call.started"}, "c1e2 c1e1"},
		{"no event", delivery.HistoryFilter{EventID: "msg_x_call.started"}, ""},
		{"type", delivery.HistoryFilter{EventType: "call.ended"}, "c2e1"},
		{"delivered", delivery.HistoryFilter{State: delivery.Done}, "c0e1"},
		{"failed", delivery.HistoryFilter{State: delivery.Dead}, "c0e2"},
		{"waiting", delivery.HistoryFilter{State: delivery.Waiting}, "c2e1"},
		{"no such state", delivery.HistoryFilter{State: "lost"}, ""},
		{"from", delivery.HistoryFilter{From: t0.Add(2 * time.Minute)}, "c2e2 c2e1"},
		{"until", delivery.HistoryFilter{Until: t0.Add(time.Minute), EndpointID: "e1"}, "c2e1 c0e1"},
		{"page", delivery.HistoryFilter{Limit: 2}, "c2e1 c2e2"},
		{"next page", delivery.HistoryFilter{Limit: 2, Before: all[1].ID}, "c2e1 c1e2"},
	} {
		tt.filter.TenantID = "tenant"
		var got []string
		for _, d := range deliveries(t, s, tt.filter) {
			got = append(got, string(d.CallID)+d.EndpointID)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// replayKeepsTheOrder: of a call whose second event is in line still.
func replayKeepsTheOrder(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	first := claim(t, s, t0, 10, 10)
	settle(t, s, first, dead)
	for range 2 {
		settle(t, s, claim(t, s, t0, 10, 10), done)
	}
	now := t0.Add(time.Hour)
	replay(t, s, delivery.ReplayRequest{TenantID: "tenant", CallID: "c1"}, now, 3)
	replay(t, s, delivery.ReplayRequest{TenantID: "tenant", CallID: "c1"}, now, 0) // they are in line
	settle(t, s, first, done)                                                      // what came of it before does not count now
	for i := range 3 {
		ds := claim(t, s, now, 10, 10)
		if len(ds) != 1 || ds[0].Seq != i+1 || ds[0].Attempt != 2 || ds[0].Tries != 1 || !ds[0].FirstAt.IsZero() || !ds[0].Replayed || ds[0].OutOfOrder {
			t.Fatalf("claimed %+v", ds)
		}
		settle(t, s, ds, done)
	}
}

func replay(t testing.TB, s Store, r delivery.ReplayRequest, now time.Time, want int) {
	t.Helper()
	if n, _, err := s.Replay(t.Context(), r, now); err != nil || n != want {
		t.Fatalf("%v, %d were replayed, want %d", err, n, want)
	}
}

// replayWithGaps: what lies between two that are replayed is over.
func replayWithGaps(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	settle(t, s, claim(t, s, t0, 10, 10), dead)
	settle(t, s, claim(t, s, t0, 10, 10), done)
	settle(t, s, claim(t, s, t0, 10, 10), dead)
	replay(t, s, delivery.ReplayRequest{TenantID: "tenant", FailedOnly: true}, t0, 2)
	ds := claim(t, s, t0, 10, 10)
	flags(t, "the first of them", ds, "#1")
	settle(t, s, ds, done)
	flags(t, "the other is not forgotten", claim(t, s, t0, 10, 10), "#3")
}

func replayOnlyWhatWasAsked(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 3 {
		c := change(fmt.Sprint("c", i), "call.started", "e1", "e2")
		c.Events[0].At = t0.Add(time.Duration(i) * time.Minute)
		save(t, s, c)
	}
	save(t, s, ofTenant("other", change("x", "call.started", "e9")))
	all := claim(t, s, t0.Add(time.Hour), 100, 100)
	settle(t, s, all, done)
	for _, tt := range []struct {
		name    string
		request delivery.ReplayRequest
		want    string
	}{
		{"id", delivery.ReplayRequest{ID: all[1].ID}, "c0e2"},
		{"event", delivery.ReplayRequest{EventID: "msg_c1_call.started"}, "c1e1 c1e2"},
		{"call and endpoint", delivery.ReplayRequest{CallID: "c2", EndpointID: "e1"}, "c2e1"},
		{"time", delivery.ReplayRequest{From: t0.Add(time.Minute), Until: t0.Add(2 * time.Minute)}, "c1e1 c1e2"},
		{"failed only", delivery.ReplayRequest{FailedOnly: true}, ""},
		{"another tenant's id", delivery.ReplayRequest{ID: all[6].ID}, ""},
		{"all", delivery.ReplayRequest{}, "c0e1 c0e2 c1e1 c1e2 c2e1 c2e2"},
	} {
		tt.request.TenantID = "tenant"
		_, of, err := s.Replay(t.Context(), tt.request, t0)
		if err != nil {
			t.Fatal(err)
		}
		ds := claim(t, s, t0, 100, 100)
		var got []string
		endpoints := map[string]bool{}
		for _, d := range ds {
			got = append(got, string(d.CallID)+d.EndpointID)
			endpoints[d.EndpointID] = true
		}
		if strings.Join(got, " ") != tt.want || len(of) != len(endpoints) {
			t.Errorf("%s: %q of %v, want %q", tt.name, got, of, tt.want)
		}
		settle(t, s, ds, done)
	}
}

// replayMany is more than one window and many steps.
func replayMany(t *testing.T, db Database) {
	s := open(t, db)
	const calls = 700
	var changes []record.Change
	for i := range calls {
		id := fmt.Sprintf("c%03d", i)
		changes = append(changes, change(id, "call.started", "e1"), change(id, "call.ended", "e1"))
	}
	save(t, s, changes...)
	for range 2 {
		settle(t, s, claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 1000}), done)
	}
	replay(t, s, delivery.ReplayRequest{TenantID: "tenant", EndpointID: "e1"}, t0, 2*calls)
	for seq := 1; seq <= 2; seq++ {
		ds := claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 2000})
		seen := map[routing.CallID]bool{}
		for _, d := range ds {
			if d.Seq != seq {
				t.Fatalf("claimed #%d of %s", d.Seq, d.CallID)
			}
			seen[d.CallID] = true
		}
		if len(seen) != calls {
			t.Fatalf("%d of %d calls", len(seen), calls)
		}
		settle(t, s, ds, done)
	}
}
