package delivery

import (
	"context"
	"math"
	"time"

	"switchyard/routing"
)

const (
	// claimEvery is the shortest time between two claims: what is stored and
	// settled meanwhile is claimed together.
	claimEvery = 10 * time.Millisecond
	// maxNamed is the most endpoints one claim names.
	maxNamed = 256
	// pollShare is how much of the time looking at all endpoints may take, as a
	// fraction: one part in so many. It stretches the poll to maxPoll at most.
	pollShare = 20
	maxPoll   = 4 * time.Second
)

// claims decides when to claim and of which endpoints. Its times are those of
// the process, not of Options.Now: they only say how long to rest.
type claims struct {
	*Dispatcher
	notBefore time.Time                   // of the next claim
	pollAt    time.Time                   // when all endpoints are looked at again
	failing   bool                        // the store did not answer
	tenants   map[string]routing.TenantID // of endpoints that were delivered to
}

// claimAll claims whenever there may be something due, and starts it.
func (d *Dispatcher) claimAll(ctx context.Context, start func([]Delivery)) {
	c := &claims{Dispatcher: d, tenants: map[string]routing.TenantID{}}
	for c.wait(ctx) {
		claimed := c.claim(ctx)
		if ctx.Err() != nil {
			d.release(ctx, claimed)
			return
		}
		if len(claimed) > 0 {
			start(claimed)
		}
	}
}

// wait waits for the next reason to claim and for a place; false: stop.
func (c *claims) wait(ctx context.Context) bool {
	for ctx.Err() == nil {
		rest := c.rest()
		if rest <= 0 {
			return true
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-c.wake:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return false
}

// rest tells how long there is no reason to claim, as it looks now.
func (c *claims) rest() time.Duration {
	if c.places.free() <= 0 {
		return c.opts.Poll // giving a place back wakes
	}
	now := time.Now()
	untilPoll := max(0, c.pollAt.Sub(now))
	if c.failing {
		return untilPoll
	}
	return max(c.due.wait(c.opts.Now(), untilPoll), c.notBefore.Sub(now))
}

// claim claims of the endpoints that are due, or of all if that is due.
func (c *claims) claim(ctx context.Context) []Delivery {
	began, now, free := time.Now(), c.opts.Now(), c.places.free()
	request := ClaimRequest{
		Now: now, Limit: free, PerEndpoint: c.opts.PerEndpoint, PerTenant: c.opts.PerTenant, Lease: c.opts.Lease,
	}
	all := c.due.takeAll() || !began.Before(c.pollAt)
	var named []string
	if all {
		named = c.due.take(now, math.MaxInt)
	} else {
		// No more than there are places: each gets one, whatever order the
		// store has them in.
		named = c.due.take(now, min(free, maxNamed))
		request.Endpoints = named
	}
	if len(named) == 0 && !all {
		return nil
	}
	claimed, err := c.request(ctx, request)
	c.notBefore = time.Now().Add(claimEvery)
	c.reportClaim(ctx, err)
	switch {
	case err != nil:
		c.due.add(named...)
		c.pollAt = time.Now().Add(c.opts.Poll) // not faster while the store is away
	case len(claimed) >= free:
		c.due.add(named...) // they may have more
		if all {
			c.pollAt = c.nextPoll(began, c.opts.Poll/4)
		}
	case all:
		c.pollAt = c.nextPoll(began, c.opts.Poll)
	}
	c.remember(named, claimed)
	return claimed
}

// nextPoll tells when to look at all endpoints again; looking at very many
// takes long and is done less often.
func (c *claims) nextPoll(began time.Time, every time.Duration) time.Time {
	now := time.Now()
	every = max(every, min(maxPoll, pollShare*now.Sub(began)))
	return now.Add(time.Duration(float64(every) * (1 - spread + 2*spread*c.opts.Jitter())))
}

// remember keeps of which tenant endpoints are, and which of those named gave
// nothing.
func (c *claims) remember(named []string, claimed []Delivery) {
	gave := make(map[string]struct{}, len(claimed))
	for i := range claimed {
		gave[claimed[i].EndpointID] = struct{}{}
		c.tenants[claimed[i].EndpointID] = claimed[i].TenantID
	}
	for _, e := range named {
		if _, ok := gave[e]; !ok {
			c.places.starve(c.tenants[e], e)
		}
	}
}

// request is not cut off by a stop: a claim that the database has made and
// nobody heard of would be delayed by a whole lease.
func (c *claims) request(ctx context.Context, r ClaimRequest) ([]Delivery, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	return c.store.Claim(ctx, r)
}

// reportClaim logs when claiming begins to fail and when it works again.
func (c *claims) reportClaim(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !c.failing:
		c.opts.Log.Error().Err(err).Msg("webhooks wait: the store gives no deliveries")
	case err == nil && c.failing:
		c.opts.Log.Info().Msg("webhooks go on: the store gives deliveries again")
	}
	c.failing = err != nil
}

// release gives back what was claimed while the stop came.
func (d *Dispatcher) release(ctx context.Context, claimed []Delivery) {
	if len(claimed) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.opts.StopWithin)
	defer cancel()
	if err := d.store.Release(ctx, claimed); err != nil {
		d.opts.Log.Warn().Err(err).Int("deliveries", len(claimed)).Msg("leases were not given back and will run out")
	}
}
