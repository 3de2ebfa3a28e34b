package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// gone answers 410.
func gone(r *delivery.Result) { r.Class, r.Code, r.NextAt = delivery.HTTP, 410, t0.Add(time.Second) }

func workingEndpointCostsNothing(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c2", "call.started", "e1"), change("c3", "call.started", "e1"))
	settle(t, s, claim(t, s, t0, 1, 1), done)
	for _, class := range []delivery.Class{delivery.Blocked, delivery.Gone, delivery.Stopped} {
		settle(t, s, claim(t, s, t0, 1, 1), func(r *delivery.Result) { r.Class, r.NextAt = class, t0 })
	}
	if n := db.Rows(t, "endpoints"); n != 0 {
		t.Errorf("%d endpoints that never failed are on record", n)
	}
}

// healthIsNoted: each attempt counts once, also one whose lease was lost.
func healthIsNoted(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"))
	lost := claim(t, s, t0, 1, 1)
	taken := claim(t, s, t0.Add(lease), 1, 1)
	settle(t, s, lost, retryAt(t0))
	settle(t, s, lost, retryAt(t0))
	settle(t, s, taken, retryAt(t0.Add(time.Hour)))
	settle(t, s, taken, retryAt(t0.Add(time.Hour)))
	want := delivery.Health{EndpointID: "e1", TenantID: "tenant", Failures: 2, Attempts: 2, FailingSince: t0}
	if d := cmp.Diff(want, health(t, s, "e1")); d != "" {
		t.Error("after two failures (-want +read):\n", d)
	}
	if other, err := s.Health(t.Context(), "other"); err != nil || len(other) != 0 {
		t.Errorf("%v, another tenant reads %v", err, other)
	}
	r := result(claim(t, s, t0.Add(time.Hour), 1, 1)[0], t0.Add(time.Hour))
	r.Done, r.Took = true, time.Second
	settleResults(t, s, r)
	want = delivery.Health{EndpointID: "e1", TenantID: "tenant", LastOKAt: t0.Add(time.Hour + time.Second)}
	if d := cmp.Diff(want, health(t, s, "e1")); d != "" {
		t.Error("after a success (-want +read):\n", d)
	}
}

// disabledGivesUp has more in line than one step gives up.
func disabledGivesUp(t *testing.T, db Database) {
	s := open(t, db)
	const calls = 300
	save(t, s, change("first", "call.started", "e1"))
	for i := range calls {
		id := fmt.Sprintf("c%03d", i)
		save(t, s, change(id, "call.started", "e1"), change(id, "call.ended", "e1"))
	}
	save(t, s, change("neighbour", "call.started", "e2"))
	ds := claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 2, Endpoints: []string{"e1"}})
	r := result(ds[0], t0)
	gone(&r)
	disabled := settleResults(t, s, r)
	if len(disabled) != 1 || disabled[0].EndpointID != "e1" || disabled[0].TenantID != "tenant" || disabled[0].DisabledWhy != delivery.WhyGone {
		t.Fatalf("disabled are %+v", disabled)
	}
	if again := settleResults(t, s, r); len(again) != 0 {
		t.Errorf("said again, it disabled %+v", again)
	}
	settle(t, s, ds[1:], retryAt(t0)) // was under way
	save(t, s, change("late", "call.started", "e1"))

	sent, err := s.Deliveries(t.Context(), delivery.HistoryFilter{TenantID: "tenant", EndpointID: "e1", State: delivery.Dead, Limit: 1000})
	if err != nil || len(sent) != 2*calls+2 {
		t.Fatalf("%v, %d given up, want %d", err, len(sent), 2*calls+2)
	}
	if ds := claim(t, s, t0.Add(1000*time.Hour), 100, 100); len(ds) != 1 || ds[0].EndpointID != "e2" {
		t.Fatalf("claimed %v", brief(ds))
	}
	replay := delivery.ReplayRequest{TenantID: "tenant", EndpointID: "e1", CallID: "late"}
	if n, _, err := s.Replay(t.Context(), replay, t0); err != nil || n != 0 {
		t.Errorf("%v, %d replayed to a disabled endpoint", err, n)
	}
	enableAgain(t, s, replay)
}

func enableAgain(t *testing.T, s Store, replay delivery.ReplayRequest) {
	t.Helper()
	for _, tenant := range []routing.TenantID{"other", "tenant"} {
		if health(t, s, "e1").DisabledAt.IsZero() {
			t.Fatal("somebody else enabled it")
		}
		if err := s.Enable(t.Context(), tenant, "e1"); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(delivery.Health{}, health(t, s, "e1")); d != "" {
		t.Error("after enabling:\n", d)
	}
	e1 := delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{"e1"}}
	expect(t, "what was given up stays so", claimOf(t, s, e1))
	if n, of, err := s.Replay(t.Context(), replay, t0); err != nil || n != 1 || len(of) != 1 || of[0] != "e1" {
		t.Errorf("%v, %d replayed of %v", err, n, of)
	}
	expect(t, "what is replayed goes", claimOf(t, s, e1), "late call.started e1 #1 try 1")
}
