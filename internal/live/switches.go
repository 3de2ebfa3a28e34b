// Package live keeps one connection to each switch's inbound event socket. It
// is how calls whose session is gone get the end of their record, how one can
// ask whether a call still lives, and what phones are registered and on a call.
//
// Reports from here are not durable: what ends while the connection is down is
// not told again by the switch, and what the store does not take for long is
// dropped, oldest first, and counted. mod_json_cdr is the source that keeps
// what it could not deliver; the reaper closes what no source told of.
//
// # Phones
//
// Every server watches every switch and comes to its own view; nothing of it
// is stored or shared. The view is
//
//   - events of registrations and channels, also of calls that no server
//     routed. FreeSWITCH 1.11 delivered them within 10 to 40 ms; a CHANNEL_CREATE
//     is 5 KB, an ANSWER 8 KB, a registration 1 KB (measured)
//   - corrected by asking for everything once a minute, in a connection of its
//     own, more seldom if that takes the switch long: 600 bytes a contact, 800 a
//     channel, and a dump of 6 KB for each channel that was not known. An answer
//     of more than 16 MiB (20,000 channels or contacts) is refused
//   - stale while a switch is not connected, was not asked yet since, or said
//     nothing for 40 s although it was asked. What was known last is used then.
//
// What is not seen: calls of phones that the switch let in without a digest
// (by address), since From is whatever the caller writes.
package live

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/record"
)

// Address is where one switch's inbound event socket is.
type Address struct {
	Address  string // host:port
	Password string
}

// Sink takes reports. It may be given one twice. An error means that none of
// them is stored.
type Sink interface {
	Take(ctx context.Context, reports []record.Report) error
}

// Options of Switches. Sink and Log must be given.
type Options struct {
	Switches []Address
	Sink     Sink
	Log      zerolog.Logger
	Now      func() time.Time // default: time.Now
	// Random is evenly spread over [0, 1) and spreads attempts to connect.
	// Default: math/rand.
	Random func() float64
	// Dial connects to an address. Default: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Queue is how many reports of one switch may wait for the sink. Default
	// 10,000: a few kilobytes each.
	Queue int
	// Refused is told of events that could not be read. May be nil.
	Refused func(switchName string, err error)
}

const (
	defaultQueue = 10_000
	connecting   = 10 * time.Second // and logging in, within this
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
)

// Switches is the connections to all switches. Safe for concurrent use.
type Switches struct {
	opts      Options
	links     []*link
	redirects *redirects
}

// New prepares the connections; Run makes them.
func New(o Options) (*Switches, error) {
	if o.Sink == nil {
		return nil, errors.New("watching switches needs a sink for what they report")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Dial == nil {
		var d net.Dialer
		o.Dial = func(ctx context.Context, address string) (net.Conn, error) { return d.DialContext(ctx, "tcp", address) }
	}
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	s := &Switches{opts: o, redirects: newRedirects()}
	now := o.Now()
	for _, at := range o.Switches {
		s.links = append(s.links, newLink(at, &s.opts, s.redirects, now))
	}
	return s, nil
}

// Run keeps the connections alive until the context ends, and returns when
// all are closed.
func (s *Switches) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, l := range s.links {
		running.Go(func() { l.watch(ctx) })
		running.Go(func() { l.deliver(ctx) })
	}
	running.Wait()
}

// State is how the connection to one switch is.
type State struct {
	Address   string
	Name      string // the switch's own; "" until it was reached
	Connected bool
	Since     time.Time // since when Connected is what it is
	LastEvent time.Time // zero: none came yet
	Events    uint64    // hang-ups that were told
	Waiting   int       // reports the sink has not taken yet
	Dropped   uint64    // reports that were given up, there was no room
	Refused   uint64    // events that could not be read
	Err       error     // why it is not connected, or the sink takes nothing

	Registrations  int       // contacts that are known
	Channels       int       // channels that are known
	OnCall         int       // extensions that have a call
	Stale          bool      // what is known of phones may be out of date
	LastResync     time.Time // when it was asked for everything last; zero: never
	ResyncTook     time.Duration
	ResyncFailures uint64
	ResyncErr      error // of the last time it was asked; nil: it answered
}

// Watched tells whether there is a switch to watch; not whether it answers.
func (s *Switches) Watched() bool { return len(s.links) > 0 }

// States gives the state of each connection, in the order of the settings.
func (s *Switches) States() []State {
	states := make([]State, 0, len(s.links))
	for _, l := range s.links {
		states = append(states, l.snapshot())
	}
	return states
}

// pause is how long to wait after n failures in a row: doubling, and at least
// half of it, so that servers do not come back in step.
func pause(n int, random func() float64) time.Duration {
	longest := longestPause
	if n < 7 {
		longest = min(longestPause, firstPause<<max(0, n-1))
	}
	return longest/2 + time.Duration(random()*float64(longest/2))
}

// sleep waits; false: the context ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
