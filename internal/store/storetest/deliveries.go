package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/internal/store"
)

// Store is what the suite tests.
type Store = *store.Store

const lease = 10 * time.Second

func claim(t testing.TB, s Store, now time.Time, limit, perEndpoint int) []delivery.Delivery {
	t.Helper()
	return claimOf(t, s, delivery.ClaimRequest{Now: now, Limit: limit, PerEndpoint: perEndpoint})
}

// claimOf claims as asked; the lease is the suite's.
func claimOf(t testing.TB, s Store, r delivery.ClaimRequest) []delivery.Delivery {
	t.Helper()
	r.Lease = lease
	d, err := s.Claim(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// result is what is known of an attempt before it is known what came of it.
func result(d delivery.Delivery, at time.Time) delivery.Result {
	return delivery.Result{DeliveryID: d.ID, LeaseEpoch: d.LeaseEpoch, Attempt: d.Attempt, At: at,
		TenantID: d.TenantID, EndpointID: d.EndpointID}
}

func done(r *delivery.Result) { r.Done = true }
func dead(r *delivery.Result) { r.Dead, r.Class = true, delivery.HTTP }

func retryAt(at time.Time) func(*delivery.Result) {
	return func(r *delivery.Result) { r.NextAt, r.Class = at, delivery.HTTP }
}

func settle(t testing.TB, s Store, ds []delivery.Delivery, how func(*delivery.Result)) {
	t.Helper()
	var results []delivery.Result
	for _, d := range ds {
		r := result(d, t0)
		how(&r)
		results = append(results, r)
	}
	settleResults(t, s, results...)
}

func settleResults(t testing.TB, s Store, results ...delivery.Result) (disabled []delivery.Health) {
	t.Helper()
	disabled, err := s.Settle(context.Background(), results)
	if err != nil {
		t.Fatal(err)
	}
	return disabled
}

// brief is a delivery as the tests compare it: event, endpoint, seq, attempt.
func brief(ds []delivery.Delivery) []string {
	var out []string
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%s %s %s #%d try %d", d.CallID, d.EventType, d.EndpointID, d.Seq, d.Attempt))
	}
	return out
}

func expect(t testing.TB, what string, got []delivery.Delivery, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, brief(got)); d != "" {
		t.Fatalf("%s (-want +claimed):\n%s", what, d)
	}
}

func seqIsDense(t *testing.T, db Database) {
	s := open(t, db)
	// e2 subscribes only to some; its numbers have no gap all the same.
	save(t, s, change("c1", "call.started", "e1", "e2"), change("c1", "queue.joined", "e1"))
	save(t, s, change("c1", "call.ended", "e1", "e2"))
	save(t, s, change("c2", "call.started", "e2"))
	seqs := map[string]int{}
	for range 3 {
		ds := claim(t, s, t0, 10, 10)
		for _, d := range ds {
			seqs[string(d.CallID)+" "+d.EndpointID+" "+d.EventType] = d.Seq
		}
		settle(t, s, ds, done)
	}
	want := map[string]int{
		"c1 e1 call.started": 1, "c1 e1 queue.joined": 2, "c1 e1 call.ended": 3,
		"c1 e2 call.started": 1, "c1 e2 call.ended": 2,
		"c2 e2 call.started": 1,
	}
	if d := cmp.Diff(want, seqs); d != "" {
		t.Error("seq (-want +claimed):\n", d)
	}
}

func oneOfACallAtATime(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c1", "call.ended", "e1"), change("c2", "call.started", "e1"))
	first := claim(t, s, t0, 10, 10)
	expect(t, "at first", first, "c1 call.started e1 #1 try 1", "c2 call.started e1 #1 try 1")
	if got := first[0]; string(got.Body) != `{"event":"call.started"}` || !got.OccurredAt.Equal(t0) || got.TenantID != "tenant" || got.EventID != "msg_c1_call.started" {
		t.Errorf("the delivery does not carry its event: %+v", got)
	}
	expect(t, "while it is under way", claim(t, s, t0, 10, 10))
	settle(t, s, first[:1], retryAt(t0.Add(time.Second)))
	expect(t, "while it waits to be retried", claim(t, s, t0, 10, 10))
	settle(t, s, claim(t, s, t0.Add(time.Second), 10, 10), done)
	expect(t, "after it", claim(t, s, t0.Add(time.Second), 10, 10), "c1 call.ended e1 #2 try 1")
}

func laterEventJoinsBehind(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"))
	first := claim(t, s, t0, 10, 10)
	save(t, s, change("c1", "call.answered", "e1"))
	expect(t, "behind one under way", claim(t, s, t0, 10, 10))
	settle(t, s, first, done)
	second := claim(t, s, t0, 10, 10)
	expect(t, "its turn", second, "c1 call.answered e1 #2 try 1")
	settle(t, s, second, done)
	save(t, s, change("c1", "call.ended", "e1"))
	expect(t, "nothing before it", claim(t, s, t0, 10, 10), "c1 call.ended e1 #3 try 1")
}

func limitOfAnEndpoint(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 5 {
		save(t, s, change(fmt.Sprint("c", i), "call.started", "busy"))
	}
	save(t, s, change("c9", "call.started", "idle"))
	first := claim(t, s, t0, 10, 2)
	expect(t, "at most two each", first,
		"c0 call.started busy #1 try 1", "c1 call.started busy #1 try 1", "c9 call.started idle #1 try 1")
	expect(t, "those under lease count", claim(t, s, t0, 10, 2))
	settle(t, s, first[:1], done)
	expect(t, "one place is free", claim(t, s, t0, 10, 2), "c2 call.started busy #1 try 1")
}

func endpointsTakeTurns(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 5 {
		save(t, s, change(fmt.Sprint("a", i), "call.started", "flood"))
	}
	late := change("b0", "call.started", "quiet")
	late.Events[0].At = t0.Add(time.Second)
	save(t, s, late)
	expect(t, "the quiet one gets its turn", claim(t, s, t0.Add(time.Second), 3, 4),
		"a0 call.started flood #1 try 1", "a1 call.started flood #1 try 1", "b0 call.started quiet #1 try 1")
}

func leaseRunsOut(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c1", "call.ended", "e1"))
	lost := claim(t, s, t0, 10, 1)
	expect(t, "under lease", claim(t, s, t0.Add(lease-time.Microsecond), 10, 1))
	taken := claim(t, s, t0.Add(lease), 10, 1)
	expect(t, "taken over", taken, "c1 call.started e1 #1 try 2")
	if taken[0].LeaseEpoch != lost[0].LeaseEpoch+1 {
		t.Errorf("epoch %d after %d", taken[0].LeaseEpoch, lost[0].LeaseEpoch)
	}
	settle(t, s, lost, done)
	expect(t, "what the old owner says does not count", claim(t, s, t0.Add(lease), 10, 1))
	settle(t, s, taken, done)
	expect(t, "what the new owner says does", claim(t, s, t0.Add(lease), 10, 1), "c1 call.ended e1 #2 try 1")
}

func lateResultStillCounts(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"))
	late := claim(t, s, t0, 10, 1)
	settle(t, s, late, done) // long after its lease, but nobody took it over
	expect(t, "done", claim(t, s, t0.Add(24*time.Hour), 10, 1))
}

func retryWaits(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"))
	settle(t, s, claim(t, s, t0, 10, 1), retryAt(t0.Add(5*time.Second)))
	expect(t, "too early", claim(t, s, t0.Add(5*time.Second-time.Microsecond), 10, 1))
	expect(t, "due", claim(t, s, t0.Add(5*time.Second), 10, 1), "c1 call.started e1 #1 try 2")
}

func deadLetsTheNextGo(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c1", "call.ended", "e1"))
	settle(t, s, claim(t, s, t0, 10, 1), dead)
	expect(t, "the next one", claim(t, s, t0, 10, 1), "c1 call.ended e1 #2 try 1")
	expect(t, "the dead one never again", claim(t, s, t0.Add(1000*time.Hour), 10, 10), "c1 call.ended e1 #2 try 2")
}

func releaseGivesBack(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c2", "call.started", "e1"))
	mine := claim(t, s, t0, 1, 1)
	if err := s.Release(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	again := claim(t, s, t0, 1, 1)
	expect(t, "at once, and nothing was attempted", again, "c1 call.started e1 #1 try 1")
	if err := s.Release(t.Context(), mine); err != nil { // no longer mine
		t.Fatal(err)
	}
	expect(t, "the lease of another is not given back", claim(t, s, t0, 1, 1))
}

func settleTwice(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"), change("c1", "call.answered", "e1"), change("c1", "call.ended", "e1"))
	first := claim(t, s, t0, 10, 10)
	settle(t, s, first, done)
	second := claim(t, s, t0, 10, 10)
	settle(t, s, first, done)
	expect(t, "the first again changes nothing", claim(t, s, t0, 10, 10))
	settle(t, s, second, done)
	expect(t, "the last", claim(t, s, t0, 10, 10), "c1 call.ended e1 #3 try 1")
}

func attemptsAreKept(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"))
	first := claim(t, s, t0, 1, 1)[0]
	failed := result(first, t0)
	failed.Took, failed.Code, failed.Class, failed.Error = 1234*time.Microsecond, 500, delivery.HTTP, "answered 500"
	failed.Response, failed.NextAt = []byte{0, 1, 255}, t0.Add(time.Second)
	settleResults(t, s, failed)
	second := claim(t, s, t0.Add(time.Second), 1, 1)
	settle(t, s, second, done)
	got, err := s.Attempts(t.Context(), "tenant", first.ID)
	if err != nil {
		t.Fatal(err)
	}
	failed.LeaseEpoch, failed.NextAt = 0, time.Time{}
	want := []delivery.Result{failed, {DeliveryID: first.ID, Attempt: 2, At: t0, TenantID: "tenant", EndpointID: "e1"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("attempts (-want +read):\n", d)
	}
	if others, err := s.Attempts(t.Context(), "other", first.ID); err != nil || len(others) > 0 {
		t.Errorf("%v, another tenant reads %v", err, others)
	}
}

// claimedOnce has several claimers at the same moment.
func claimedOnce(t *testing.T, db Database) {
	s := open(t, db)
	const events, perEndpoint = 40, 5
	for i := range events {
		save(t, s, change(fmt.Sprintf("c%02d", i), "call.started", fmt.Sprint("e", i%4)))
	}
	var mu sync.Mutex
	owners := map[int64]int{}
	endpoints := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 6 {
				ds, err := s.Claim(context.Background(), delivery.ClaimRequest{Now: t0, Limit: 3, PerEndpoint: perEndpoint, Lease: lease})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, d := range ds {
					owners[d.ID]++
					endpoints[d.EndpointID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, n := range owners {
		if n > 1 {
			t.Errorf("delivery %d was claimed %d times", id, n)
		}
	}
	for e, n := range endpoints {
		if n > perEndpoint {
			t.Errorf("endpoint %s has %d under lease, at most %d are allowed", e, n, perEndpoint)
		}
	}
	if len(owners) == 0 {
		t.Error("nobody claimed anything")
	}
}

var _ delivery.Store = Store(nil)
var _ record.Ledger = Store(nil)
var _ delivery.History = Store(nil)
