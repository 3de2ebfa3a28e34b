package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
)

// manyHands has servers that store, claim, fail, yield, deliver and replay the
// events of the same calls at the same moment. None may wait for another in a
// circle, and in the end nothing may be left waiting.
func manyHands(t *testing.T, db Database) {
	s := open(t, db)
	var wg sync.WaitGroup
	for hand := range 4 {
		wg.Go(func() {
			for n := range 10 {
				if err := oneRound(s, hand, n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	now := t0
	for {
		now = now.Add(2 * time.Hour)
		ds := claimOf(t, s, delivery.ClaimRequest{Now: now, Limit: 1000})
		if len(ds) == 0 {
			break
		}
		settle(t, s, ds, done)
	}
	all := deliveries(t, s, delivery.HistoryFilter{TenantID: "tenant", Limit: 1000})
	if len(all) != 4*10*2 {
		t.Errorf("%d deliveries", len(all))
	}
	for _, d := range all {
		if d.State != delivery.Done {
			t.Errorf("#%d of %s at %s is %s", d.Seq, d.CallID, d.EndpointID, d.State)
		}
	}
}

func oneRound(s Store, hand, n int) error {
	ctx := context.Background()
	call := fmt.Sprint("c", n%2)
	c := change(call, fmt.Sprintf("queue.%d.%d", hand, n), "e1", "e2")
	if err := s.SaveCalls(ctx, []record.Change{c, change(fmt.Sprint("c", 1-n%2), "call.started")}); err != nil {
		return err
	}
	ds, err := s.Claim(ctx, delivery.ClaimRequest{Now: t0.Add(time.Hour), Limit: 3, Lease: time.Minute})
	if err != nil {
		return err
	}
	var results []delivery.Result
	for i, d := range ds {
		r := result(d, t0)
		switch (hand + n + i) % 3 {
		case 0:
			r.Done = true
		case 1: // fails because of us, so the endpoint is not paused
			r.Class, r.NextAt, r.YieldAt = delivery.Blocked, t0, t0
		case 2:
			r.Class, r.Dead = delivery.Blocked, true
		}
		results = append(results, r)
	}
	if len(results) > 0 {
		if _, err := s.Settle(ctx, results); err != nil {
			return err
		}
	}
	_, _, err = s.Replay(ctx, delivery.ReplayRequest{TenantID: "tenant", FailedOnly: n%2 == 0}, t0)
	return err
}
