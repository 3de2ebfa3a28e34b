package tally

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// purgeEvery is the time between two looks for what nobody counts any more.
const purgeEvery = 24 * time.Hour

// Run keeps the counts in the store until the context ends, then what is left.
// What the store does not take is kept and tried again. The error says that
// something was left when the time to stop was over.
func (c *Counter) Run(ctx context.Context) error {
	ticker := time.NewTicker(c.opts.Every)
	defer ticker.Stop()
	for ctx.Err() == nil {
		err := c.exchange(ctx)
		if ctx.Err() == nil {
			c.report(err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.opts.FlushFor)
	defer cancel()
	if err := c.flush(last); err != nil {
		return fmt.Errorf("%d counts were not stored before the stop: %w", c.Waiting(), err)
	}
	return nil
}

// exchange stores what was counted here and learns what was elsewhere.
func (c *Counter) exchange(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Within)
	defer cancel()
	return errors.Join(c.flush(ctx), c.share(ctx), c.purge(ctx))
}

// flush stores what is pending, one batch after the other. A batch of which it
// is not known whether it was stored goes again as it was, under its number.
func (c *Counter) flush(ctx context.Context) error {
	for {
		if c.unsaved == nil {
			if c.unsaved = c.take(); c.unsaved == nil {
				return nil
			}
			c.batch++
		}
		totals, err := c.store.AddTallies(ctx, c.opts.Server, c.batch, c.unsaved)
		if err != nil {
			return fmt.Errorf("store %d counts: %w", len(c.unsaved), err)
		}
		c.settle(totals)
	}
}

// take gives the next batch; nil: nothing is pending.
func (c *Counter) take() (batch []Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for at := c.order.Front(); at != nil && len(batch) < c.opts.MaxAtOnce; at = at.Next() {
		e := at.Value.(*entry)
		if e.pending == 0 {
			continue
		}
		batch = append(batch, Count{e.Key, Total{e.pending, e.lastAt}})
		e.storing, e.pending = e.pending, 0
	}
	return batch
}

// settle takes down that the batch is stored.
func (c *Counter) settle(totals map[Key]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, count := range c.unsaved {
		if at, ok := c.keys[count.Key]; ok {
			e := at.Value.(*entry)
			e.stored, e.storing = max(e.stored, totals[count.Key]), 0
		}
	}
	c.unsaved = nil
}

// share learns what other servers counted, at first everything there is room
// for. It comes after flush: what is in the store is not on its way there.
func (c *Counter) share(ctx context.Context) error {
	if c.unsaved != nil {
		return nil // it may be in the totals, or not
	}
	since := c.opts.Now().Add(-shareFrom)
	if !c.loaded {
		since = time.Time{}
	}
	counts, err := c.store.RecentTallies(ctx, since, c.opts.MaxKeys)
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loaded = true
	for _, count := range counts {
		at, known := c.keys[count.Key]
		switch {
		case known:
			e := at.Value.(*entry)
			e.stored = max(e.stored, count.N)
		case c.order.Len() < c.opts.MaxKeys:
			c.keys[count.Key] = c.order.PushBack(&entry{Key: count.Key, stored: count.N, lastAt: count.LastAt})
		}
	}
	return nil
}

func (c *Counter) purge(ctx context.Context) error {
	now := c.opts.Now()
	if now.Sub(c.purged) < purgeEvery {
		return nil
	}
	if err := c.store.ForgetTallies(ctx, now.Add(-c.opts.KeptFor)); err != nil {
		return fmt.Errorf("delete old counts: %w", err)
	}
	c.purged = now
	return nil
}

// report logs when storing begins to fail and when it works again.
func (c *Counter) report(err error) {
	switch {
	case err != nil && !c.failing:
		c.opts.Log.Error().Err(err).Msg("the store takes no counts; they are kept and tried again")
	case err == nil && c.failing:
		c.opts.Log.Info().Uint64("lost", c.Dropped()).Msg("the store takes counts again")
	}
	c.failing = err != nil
}
