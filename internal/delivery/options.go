package delivery

import (
	"context"
	"math/rand/v2"
	"net"
	"time"

	"github.com/rs/zerolog"

	"switchyard/routing"
)

// Options of a Dispatcher. The zero value is ready to use.
type Options struct {
	Now     func() time.Time // default time.Now
	Jitter  func() float64   // from 0 up to 1; default random
	Log     zerolog.Logger   // default: nothing is logged
	Version string           // for User-Agent
	Allowed []Target         // private targets that webhooks may reach
	// PlainHTTP lets http:// URLs reach public addresses; without it they reach
	// only what is Allowed.
	PlainHTTP bool

	// PerEndpoint is how many deliveries of one endpoint are under way at once,
	// over all servers, default 4; PerTenant how many of one tenant, default 32.
	PerEndpoint int
	PerTenant   int
	// Concurrent is how many are under way in this server, default 512. One that
	// takes longer than a second counts in Slow instead, default 2048; while
	// that is full it goes on counting in Concurrent.
	Concurrent int
	Slow       int
	// Lease is how long a delivery is ours; when this server is killed, others
	// wait that long. Default 40 s, the longest timeout and a margin.
	Lease time.Duration
	// StopWithin bounds finishing what is under way at a stop; default 10 s.
	StopWithin time.Duration
	// Poll is how often all endpoints are looked at, for what other servers and
	// crashes left; default 1 s, a fifth more or less by chance.
	Poll time.Duration

	// Observe, if set, is told of every attempt. It must return soon and may be
	// called from many goroutines.
	Observe func(Attempt)
	// Announce, if set, stores an event that delivery itself causes and wakes
	// its endpoints. One with an id that is stored already is left out. After an
	// error it is called again for a while.
	Announce func(ctx context.Context, n Notice) error
	// Webhooks gives the enabled webhooks of a tenant, for Announce; nil: none.
	Webhooks func(tenant routing.TenantID) []routing.Webhook

	resolver *net.Resolver // for tests; nil: the system's
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Observe == nil {
		o.Observe = func(Attempt) {}
	}
	if o.Announce == nil {
		o.Announce = func(context.Context, Notice) error { return nil }
	}
	if o.Webhooks == nil {
		o.Webhooks = func(routing.TenantID) []routing.Webhook { return nil }
	}
	orElse(&o.PerEndpoint, 4)
	orElse(&o.PerTenant, 32)
	orElse(&o.Concurrent, 512)
	orElse(&o.Slow, 2048)
	orElse(&o.Lease, maxTimeout+10*time.Second)
	orElse(&o.StopWithin, 10*time.Second)
	orElse(&o.Poll, time.Second)
}

func orElse[T comparable](v *T, value T) {
	if *v == *new(T) {
		*v = value
	}
}
