package storetest

import (
	"fmt"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

// ofTenant makes a change another tenant's.
func ofTenant(tenant string, c record.Change) record.Change {
	c.Call.TenantID = routing.TenantID(tenant)
	for i := range c.Events {
		c.Events[i].TenantID = c.Call.TenantID
	}
	return c
}

func onlyTheEndpointsAsked(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1", "e2", "e3"))
	got := claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{"e3", "nobody", "e1", "e1"}})
	expect(t, "two of three", got, "c1 call.started e1 #1 try 1", "c1 call.started e3 #1 try 1")
	expect(t, "none", claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{}}))
	expect(t, "all that is left", claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10}), "c1 call.started e2 #1 try 1")
}

func limitOfATenant(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 3 {
		save(t, s, change(fmt.Sprint("a", i), "call.started", "a1", "a2"))
		save(t, s, ofTenant("other", change(fmt.Sprint("b", i), "call.started", "b1")))
	}
	r := delivery.ClaimRequest{Now: t0, Limit: 10, PerEndpoint: 2, PerTenant: 3}
	first := claimOf(t, s, r)
	count := map[string]int{}
	for _, d := range first {
		count[d.EndpointID]++
	}
	if count["a1"]+count["a2"] != 3 || count["a1"] == 0 || count["a2"] == 0 || count["b1"] != 2 {
		t.Fatalf("claimed %v", count)
	}
	expect(t, "those under lease count", claimOf(t, s, r))
	settle(t, s, first[:1], done) // a tenant's
	if got := claimOf(t, s, r); len(got) != 1 || got[0].TenantID != "tenant" {
		t.Errorf("with one place free, claimed %v", brief(got))
	}
	r.Now = t0.Add(lease)
	if got := claimOf(t, s, r); len(got) != 5 {
		t.Errorf("leases that ran out still count: claimed %v", brief(got))
	}
}

// everybodyHasATurn: more endpoints than a claim takes, all with a long line
// but the one that comes last by every order there is.
func everybodyHasATurn(t *testing.T, db Database) {
	s := open(t, db)
	for e := range 5 {
		for i := range 4 {
			save(t, s, change(fmt.Sprintf("c%d-%d", e, i), "call.started", fmt.Sprint("e", e)))
		}
	}
	quiet := change("z", "call.started", "zz")
	quiet.Events[0].At = t0.Add(time.Second)
	save(t, s, quiet)
	got := map[string]int{}
	for range 3 {
		ds := claim(t, s, t0.Add(time.Minute), 2, 4)
		for _, d := range ds {
			got[d.EndpointID]++
		}
		settle(t, s, ds, done)
	}
	if len(got) != 6 {
		t.Errorf("six had a turn each, but %v", got)
	}
}

func slotsOfAThrottledEndpoint(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 9 {
		save(t, s, change(fmt.Sprint("c", i), "call.started", "e1"))
	}
	now := t0
	for range delivery.PauseAfter {
		settle(t, s, claim(t, s, now, 1, 4), retryAt(now.Add(1000*time.Hour)))
	}
	h := health(t, s, "e1")
	if !h.PausedUntil.After(now) || h.Slots != 1 {
		t.Fatalf("after %d failures: %+v", delivery.PauseAfter, h)
	}
	expect(t, "while it is paused", claim(t, s, h.PausedUntil.Add(-time.Microsecond), 10, 4))
	probe := claim(t, s, h.PausedUntil, 10, 4)
	expect(t, "one probe", probe, "c5 call.started e1 #1 try 1")
	expect(t, "and no second", claim(t, s, h.PausedUntil, 10, 4))
	r := result(probe[0], h.PausedUntil)
	r.Done = true
	settleResults(t, s, r)
	if got := claim(t, s, h.PausedUntil, 10, 4); len(got) != 3 {
		t.Errorf("it works again, but got %v", brief(got))
	}
}

func health(t testing.TB, s Store, endpoint string) delivery.Health {
	t.Helper()
	known, err := s.Health(t.Context(), "tenant")
	if err != nil {
		t.Fatal(err)
	}
	return known[endpoint]
}
