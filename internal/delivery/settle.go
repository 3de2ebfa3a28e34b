package delivery

import (
	"context"
	"fmt"
	"time"
)

// maxSettle is the most results settled in one transaction.
const maxSettle = 64

// Waits between tries to settle while the store is away.
const (
	settleBackoff    = 100 * time.Millisecond
	maxSettleBackoff = 5 * time.Second
)

// settleAll stores results, those that come at the same time together, until
// the channel is closed and empty. A delivery has its slot until then, so that
// no more is claimed than can be settled.
func (d *Dispatcher) settleAll(ctx context.Context) error {
	lost := 0
	var last error
	for first := range d.results {
		batch := d.more([]Result{first})
		if err := d.settle(ctx, batch); err != nil {
			lost += len(batch)
			last = err
		}
		for range batch {
			<-d.slots
		}
		d.Wake() // later events of these calls may go
	}
	if lost > 0 {
		return fmt.Errorf("%d results of webhooks were not stored: %w", lost, last)
	}
	return nil
}

// more takes what else is there already.
func (d *Dispatcher) more(batch []Result) []Result {
	for len(batch) < maxSettle {
		select {
		case r, ok := <-d.results:
			if !ok {
				return batch
			}
			batch = append(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// settle tries until the store takes the results, their lease is over, or
// stopping takes too long. Past the lease they count no more: somebody else
// sends the events again.
func (d *Dispatcher) settle(ctx context.Context, batch []Result) error {
	ctx, cancel := context.WithTimeout(ctx, d.opts.Lease)
	defer cancel()
	for backoff := settleBackoff; ; backoff = min(2*backoff, maxSettleBackoff) {
		err := d.trySettle(ctx, batch)
		if err == nil {
			return nil
		}
		timer := time.NewTimer(backoff)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

func (d *Dispatcher) trySettle(ctx context.Context, batch []Result) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return d.store.Settle(ctx, batch)
}
