package storetest

import (
	"fmt"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
)

// failing settles attempts at a dead endpoint: tried again in an hour, and the
// next event may go at yieldAt.
func failing(t testing.TB, s Store, ds []delivery.Delivery, at, yieldAt time.Time) {
	t.Helper()
	var results []delivery.Result
	for _, d := range ds {
		r := result(d, at)
		r.Class, r.NextAt, r.YieldAt = delivery.Connect, at.Add(time.Hour), yieldAt
		results = append(results, r)
	}
	settleResults(t, s, results...)
}

func flags(t testing.TB, what string, ds []delivery.Delivery, want ...string) {
	t.Helper()
	var got []string
	for _, d := range ds {
		f := fmt.Sprintf("#%d", d.Seq)
		if d.OutOfOrder {
			f += " out of order"
		}
		got = append(got, f)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: claimed %q, want %q", what, got, want)
	}
}

func threeEvents(t testing.TB, s Store) {
	t.Helper()
	save(t, s, change("c1", "call.started", "e1"), change("c1", "call.answered", "e1"), change("c1", "call.ended", "e1"))
}

func seconds(n int) time.Time { return t0.Add(time.Duration(n) * time.Second) }

// yieldChain is three events at a dead endpoint: each waits for the one before
// it until that yields, and no longer.
func yieldChain(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	first := claim(t, s, t0, 10, 10)
	flags(t, "at first", first, "#1")
	failing(t, s, first, t0, seconds(30))
	flags(t, "before the first yields", claim(t, s, seconds(29), 10, 10))
	second := claim(t, s, seconds(30), 10, 10)
	flags(t, "the first yields", second, "#2 out of order")
	flags(t, "the second is under way", claim(t, s, seconds(35), 10, 10))
	failing(t, s, second, seconds(31), seconds(60))
	flags(t, "before the second yields", claim(t, s, seconds(59), 10, 10))
	third := claim(t, s, seconds(60), 10, 10)
	flags(t, "the second yields", third, "#3 out of order")

	settle(t, s, third, done)
	again := claim(t, s, t0.Add(2*time.Hour), 10, 10)
	flags(t, "the others go on, as they were", again, "#1", "#2 out of order")
	if again[0].Tries != 2 || !again[0].FirstAt.Equal(t0) || !again[1].FirstAt.Equal(seconds(31)) {
		t.Errorf("tries and first times: %+v", again)
	}
}

// overBeforeYield: what waits goes at once, and in order.
func overBeforeYield(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	failing(t, s, claim(t, s, t0, 10, 10), t0, t0.Add(2*time.Hour))
	first := claim(t, s, t0.Add(time.Hour), 10, 10)
	flags(t, "tried again", first, "#1")
	r := result(first[0], t0.Add(time.Hour))
	r.Done = true
	settleResults(t, s, r)
	second := claim(t, s, t0.Add(time.Hour), 10, 10)
	flags(t, "long before the first would have yielded", second, "#2")
	settle(t, s, second, done)
	flags(t, "then the last", claim(t, s, t0.Add(time.Hour), 10, 10), "#3")
}

// overBehindAnOpenOne: the second of three is over, the first is not.
func overBehindAnOpenOne(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	failing(t, s, claim(t, s, t0, 10, 10), t0, seconds(1))
	settle(t, s, claim(t, s, seconds(1), 10, 10), done)
	flags(t, "an earlier one is open", claim(t, s, seconds(1), 10, 10), "#3 out of order")
}

// joinsBehindOneThatYields: an event that comes later does not wait for the
// next attempt of one that has yielded, which may be a day away.
func joinsBehindOneThatYields(t *testing.T, db Database) {
	s := open(t, db)
	save(t, s, change("c1", "call.started", "e1"))
	failing(t, s, claim(t, s, t0, 10, 10), t0, seconds(30))
	save(t, s, change("c1", "call.answered", "e1"), change("c1", "call.ended", "e1"))
	flags(t, "too early", claim(t, s, seconds(29), 10, 10))
	second := claim(t, s, seconds(30), 10, 10)
	flags(t, "the first yields to the second", second, "#2 out of order")
	settle(t, s, second, dead)
	flags(t, "and by that to the third", claim(t, s, seconds(30), 10, 10), "#3 out of order")
}

func yieldsEarlier(t *testing.T, db Database) {
	s := open(t, db)
	threeEvents(t, s)
	d := claim(t, s, t0, 10, 10)
	r := result(d[0], t0)
	r.Class, r.NextAt, r.YieldAt = delivery.Timeout, seconds(1), seconds(30)
	settleResults(t, s, r)
	d = claim(t, s, seconds(1), 10, 10)
	failing(t, s, d, seconds(1), seconds(2)) // the last try it had
	flags(t, "before that", claim(t, s, seconds(1), 10, 10))
	flags(t, "the later word counts", claim(t, s, seconds(2), 10, 10), "#2 out of order")
}

func unorderedNeverWaits(t *testing.T, db Database) {
	s := open(t, db)
	var changes []record.Change
	for _, name := range []string{"call.started", "call.answered", "call.ended"} {
		c := change("c1", name, "e1", "e2")
		c.Events[0].Unordered = []string{"e2"}
		changes = append(changes, c)
	}
	save(t, s, changes...)
	got := claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{"e2"}})
	flags(t, "all at once", got, "#1", "#2", "#3")
	flags(t, "the other endpoint has an order", claim(t, s, t0, 10, 10), "#1")
	settle(t, s, got[2:], done)
	n, _, err := s.Replay(t.Context(), delivery.ReplayRequest{TenantID: "tenant", EndpointID: "e2"}, t0)
	if err != nil || n != 1 {
		t.Fatalf("%v, %d replayed", err, n)
	}
	flags(t, "nor when it is replayed", claimOf(t, s, delivery.ClaimRequest{Now: t0, Limit: 10, Endpoints: []string{"e2"}}), "#3")
}
