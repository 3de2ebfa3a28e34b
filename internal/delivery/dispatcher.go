package delivery

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"switchyard/routing"
)

// Endpoints finds a tenant's webhook in the configuration that is live now;
// false if it is not there or disabled. Safe for concurrent use.
type Endpoints interface {
	Endpoint(tenant routing.TenantID, id string) (routing.Webhook, bool)
}

// Options of a Dispatcher. The zero value is ready to use.
type Options struct {
	Now     func() time.Time // default time.Now
	Jitter  func() float64   // from 0 up to 1; default random
	Log     zerolog.Logger   // default: nothing is logged
	Version string           // for User-Agent
	Allowed []Target         // private targets that webhooks may reach

	// PerEndpoint is how many deliveries of one endpoint are under way at once,
	// over all servers; default 4. Concurrent is how many in this server;
	// default 256.
	PerEndpoint int
	Concurrent  int
	// Lease is how long a delivery is ours; when this server is killed, others
	// wait that long. Default 40 s, the longest timeout and a margin.
	Lease time.Duration
	// StopWithin bounds finishing what is under way at a stop; default 10 s.
	StopWithin time.Duration
	// Poll is the backstop for wake-ups that were lost, and for events that
	// other servers stored; default 1 s.
	Poll time.Duration
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	orElse(&o.PerEndpoint, 4)
	orElse(&o.Concurrent, 256)
	orElse(&o.Lease, maxTimeout+10*time.Second)
	orElse(&o.StopWithin, 10*time.Second)
	orElse(&o.Poll, time.Second)
}

const (
	// claimEvery is the shortest time between two claims: what is stored and
	// settled meanwhile is claimed together.
	claimEvery = 10 * time.Millisecond
	// storeWithin bounds one statement of the store, which may hang.
	storeWithin = 5 * time.Second
	// settleWithin bounds storing the last results at a stop.
	settleWithin = 5 * time.Second
)

func orElse[T comparable](v *T, value T) {
	if *v == *new(T) {
		*v = value
	}
}

// Dispatcher claims what is due, posts it and settles. Endpoints do not delay
// each other: each has a few slots of its own, and what fails goes back to the
// store until its time comes.
type Dispatcher struct {
	store     Store
	endpoints Endpoints
	opts      Options
	client    *client

	wake    chan struct{}
	results chan Result   // settled in batches by one goroutine
	slots   chan struct{} // one token a delivery that is claimed and not settled
}

// New makes a dispatcher; nothing is sent until Run runs.
func New(store Store, endpoints Endpoints, opts Options) *Dispatcher {
	opts.setDefaults()
	return &Dispatcher{
		store:     store,
		endpoints: endpoints,
		opts:      opts,
		client:    newClient(opts.Allowed, opts.Version),
		wake:      make(chan struct{}, 1),
		results:   make(chan Result, opts.Concurrent),
		slots:     make(chan struct{}, opts.Concurrent),
	}
}

// Wake says that there may be something new. It never blocks and may be called
// from anywhere, as often as wanted.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run delivers until the context ends, then finishes what is under way and
// gives back what is not. It returns when nothing of it runs any more. An error
// says that results could not be stored; their leases will run out.
func (d *Dispatcher) Run(ctx context.Context) error {
	defer d.client.close()
	posting, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	settling, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	settled := make(chan error, 1)
	go func() { settled <- d.settleAll(settling) }()

	var underWay sync.WaitGroup
	d.claimAll(ctx, func(next Delivery) {
		underWay.Go(func() { d.deliver(posting, next) })
	})

	late := time.AfterFunc(d.opts.StopWithin, cut)
	underWay.Wait()
	late.Stop()
	close(d.results)
	late = time.AfterFunc(settleWithin, giveUp)
	defer late.Stop()
	return <-settled
}

// claimAll claims whenever there may be something due, and starts it.
func (d *Dispatcher) claimAll(ctx context.Context, start func(Delivery)) {
	failing := false
	for ctx.Err() == nil {
		free := cap(d.slots) - len(d.slots)
		var claimed []Delivery
		var err error
		now := d.opts.Now()
		if free > 0 {
			claimed, err = d.claim(ctx, now, free)
		}
		failing = d.reportClaim(ctx, err, failing)
		if ctx.Err() != nil {
			d.release(ctx, claimed)
			return
		}
		for _, next := range claimed {
			d.slots <- struct{}{}
			start(next)
		}
		d.pause(ctx, now, err)
	}
}

// claim is not cut off by a stop: a claim that the database has made and
// nobody heard of would be delayed by a whole lease.
func (d *Dispatcher) claim(ctx context.Context, now time.Time, free int) ([]Delivery, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	return d.store.Claim(ctx, now, free, d.opts.PerEndpoint, d.opts.Lease)
}

// nextDue tells how long until something becomes due, at most the poll. If the
// store does not say, the poll comes soon enough.
func (d *Dispatcher) nextDue(ctx context.Context, claimedAt time.Time) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	at, err := d.store.NextDue(ctx, claimedAt)
	if err != nil || at.IsZero() {
		return d.opts.Poll
	}
	return min(d.opts.Poll, max(0, at.Sub(d.opts.Now())))
}

// pause waits for the next reason to claim: something was stored or settled,
// something becomes due, or the poll.
func (d *Dispatcher) pause(ctx context.Context, claimedAt time.Time, failed error) {
	wait := d.opts.Poll
	if failed == nil {
		wait = d.nextDue(ctx, claimedAt)
	}
	wake := d.wake
	if failed != nil {
		wake = nil // not faster while the store is away
	}
	rest := time.NewTimer(claimEvery)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-ctx.Done():
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// reportClaim logs when claiming begins to fail and when it works again.
func (d *Dispatcher) reportClaim(ctx context.Context, err error, failing bool) bool {
	switch {
	case ctx.Err() != nil:
	case err != nil && !failing:
		d.opts.Log.Error().Err(err).Msg("webhooks wait: the store gives no deliveries")
	case err == nil && failing:
		d.opts.Log.Info().Msg("webhooks go on: the store gives deliveries again")
	}
	return err != nil
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
