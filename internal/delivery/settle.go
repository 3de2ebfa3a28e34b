package delivery

import (
	"context"
	"fmt"
	"sync"
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
// the channel is closed and empty. A delivery has its place until then, so that
// no more is claimed than can be settled.
func (d *Dispatcher) settleAll(ctx context.Context) error {
	lost := 0
	var last error
	var telling sync.WaitGroup // in its own time: nobody's result waits for it
	defer telling.Wait()
	for first := range d.results {
		batch := d.more([]outcome{first})
		disabled, err := d.settle(ctx, batch)
		if err != nil {
			lost += len(batch)
			last = err
		}
		d.settled(batch)
		for i := range disabled {
			telling.Go(func() { d.disabled(ctx, &disabled[i]) })
		}
	}
	if lost > 0 {
		return fmt.Errorf("%d results of webhooks were not stored: %w", lost, last)
	}
	return nil
}

// more takes what else is there already.
func (d *Dispatcher) more(batch []outcome) []outcome {
	for len(batch) < maxSettle {
		select {
		case o, ok := <-d.results:
			if !ok {
				return batch
			}
			batch = append(batch, o)
		default:
			return batch
		}
	}
	return batch
}

// settled gives the places back and notes when something can be claimed next:
// the next event of a call or one that waited for a place now, the others when
// the results say.
func (d *Dispatcher) settled(batch []outcome) {
	now := d.opts.Now()
	for _, o := range batch {
		d.due.add(d.places.giveBack(o.place)...)
		d.due.add(o.EndpointID)
		d.due.addAt(o.EndpointID, o.NextAt, now)
		d.due.addAt(o.EndpointID, o.YieldAt, now)
		if o.RetryAfter > 0 {
			d.due.addAt(o.EndpointID, o.ended().Add(o.RetryAfter), now)
		}
	}
	d.signal()
}

// settle tries until the store takes the results, their lease is over, or
// stopping takes too long. Past the lease they count no more: somebody else
// sends the events again.
func (d *Dispatcher) settle(ctx context.Context, batch []outcome) (disabled []Health, err error) {
	results := make([]Result, len(batch))
	for i := range batch {
		results[i] = batch[i].Result
	}
	err = d.insist(ctx, func(ctx context.Context) error {
		now, err := d.store.Settle(ctx, results)
		disabled = append(disabled, now...) // told once, also if what came after failed
		return err
	})
	return disabled, err
}

// insist does something with the store until it works, for as long as a lease.
func (d *Dispatcher) insist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d.opts.Lease)
	defer cancel()
	for backoff := settleBackoff; ; backoff = min(2*backoff, maxSettleBackoff) {
		err := within(ctx, do)
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

func within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return do(ctx)
}
