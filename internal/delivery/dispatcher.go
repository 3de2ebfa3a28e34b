package delivery

import (
	"context"
	"sync"
	"time"

	"switchyard/internal/crash"
	"switchyard/routing"
)

// Endpoints finds a tenant's webhook in the configuration that is live now;
// false if it is not there or disabled. Safe for concurrent use.
type Endpoints interface {
	Endpoint(tenant routing.TenantID, id string) (routing.Webhook, bool)
}

const (
	// storeWithin bounds one statement of the store, which may hang.
	storeWithin = 5 * time.Second
	// settleWithin bounds storing the last results at a stop.
	settleWithin = 5 * time.Second
)

// Dispatcher claims what is due, posts it and settles. Endpoints do not delay
// each other: each has a few places of its own, and what fails goes back to the
// store until its time comes.
type Dispatcher struct {
	store     Store
	endpoints Endpoints
	opts      Options
	client    *client

	due     *dueList
	places  *places // a delivery has one from its claim until it is settled
	wake    chan struct{}
	results chan outcome // settled in batches by one goroutine
}

// outcome is a result and the place that is free when it is settled.
type outcome struct {
	Result
	place *place
}

// New makes a dispatcher; nothing is sent until Run runs.
func New(store Store, endpoints Endpoints, opts Options) *Dispatcher {
	opts.setDefaults()
	return &Dispatcher{
		store:     store,
		endpoints: endpoints,
		opts:      opts,
		client:    newClient(&opts),
		due:       newDueList(),
		places:    newPlaces(opts.Concurrent, opts.Slow, opts.PerTenant),
		wake:      make(chan struct{}, 1),
		// Room for all that can be under way: a stop never waits for the store here.
		results: make(chan outcome, opts.Concurrent+max(0, opts.Slow)),
	}
}

// Wake says that there may be something new at these endpoints; without any, at
// all. It never blocks and may be called from anywhere, as often as wanted.
func (d *Dispatcher) Wake(endpoints ...string) {
	if len(endpoints) == 0 {
		d.due.addAll()
	} else {
		d.due.add(endpoints...)
	}
	d.signal()
}

// UnderWay tells how many deliveries this server has under way, by pool.
func (d *Dispatcher) UnderWay() (fast, slow int) { return d.places.underWay() }

// signal makes the claiming goroutine look again.
func (d *Dispatcher) signal() {
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
	d.claimAll(ctx, func(claimed []Delivery) {
		crash.Here(crash.ClaimedNotSent)
		for _, next := range claimed {
			p := d.places.take(next.TenantID)
			underWay.Go(func() { d.deliver(posting, next, p) })
		}
	})

	late := time.AfterFunc(d.opts.StopWithin, cut)
	underWay.Wait()
	late.Stop()
	close(d.results)
	late = time.AfterFunc(settleWithin, giveUp)
	defer late.Stop()
	return <-settled
}
