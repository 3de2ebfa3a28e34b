package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"switchyard/internal/esl"
	"switchyard/internal/hangup"
	"switchyard/internal/record"
)

// The events wanted, and no others: whatever else a switch tells costs it and
// us, for every call. CHANNEL_CREATE is the first that says of a channel whose
// it is; see ownerOf. PRESENCE_IN says it without the digest's user, three times
// a channel, and only on profiles with manage-presence.
const (
	hangUps = "CHANNEL_HANGUP_COMPLETE"
	begins  = "CHANNEL_CREATE"
	answers = "CHANNEL_ANSWER"
)

var wanted = []string{begins, answers, hangUps, "CUSTOM", registerEvent, unregisterEvent, expireEvent}

// link is the connection to one switch.
type link struct {
	at        Address
	opts      *Options
	queue     *queue
	phones    *phones
	redirects *redirects
	heard     atomic.Int64  // when the switch said something last, in nanoseconds of the epoch
	doubtful  chan struct{} // has an element when phones have doubts

	mu       sync.Mutex
	state    State
	answered time.Time // when the switch answered last; or when it was first of interest
}

func newLink(at Address, o *Options, r *redirects, now time.Time) *link {
	return &link{
		at: at, opts: o, queue: newQueue(o.Queue), phones: newPhones(), redirects: r, doubtful: make(chan struct{}, 1),
		state: State{Address: at.Address, Since: now}, answered: now,
	}
}

// watch connects, again and again.
func (l *link) watch(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		connected, err := l.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if connected {
			failures = 0
		}
		failures++
		l.disconnected(err, connected || failures == 1)
		if !sleep(ctx, pause(failures, l.opts.Random)) {
			return
		}
	}
}

// follow is one connection, from its beginning to its end.
func (l *link) follow(ctx context.Context) (connected bool, err error) {
	w, err := l.connect(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = w.Close() }()
	l.connected(w.SwitchName())
	var asking sync.WaitGroup
	defer asking.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asking.Go(func() { l.resynchronise(ctx) })
	for {
		e, err := w.Next(ctx)
		if err != nil {
			return true, err
		}
		l.take(e)
	}
}

func (l *link) connect(ctx context.Context) (*esl.Watcher, error) {
	ctx, cancel := context.WithTimeout(ctx, connecting)
	defer cancel()
	conn, err := l.opts.Dial(ctx, l.at.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to the event socket: %w", err)
	}
	return esl.Watch(ctx, heardConn{conn, l.opts.Now, &l.heard}, l.at.Password, wanted...)
}

// take takes an event. It never waits.
func (l *link) take(e esl.Event) {
	switch e.Name() {
	case hangUps:
		l.hungUp(e)
	case begins:
		id, c, ok := channelOf(e, l.opts.Now())
		l.refuseUnless(ok && l.phones.begun(id, c), errChannel)
	case answers:
		l.phones.answered(e.Header("Unique-ID"))
	case "CUSTOM":
		l.registration(e)
	}
}

var (
	errChannel = errors.New("a channel without a proper name, or more channels than are kept")
	errContact = errors.New("a contact of no proper extension, or more contacts than are kept")
)

// registration takes an event about a phone's contact.
func (l *link) registration(e esl.Event) {
	switch e.Header("Event-Subclass") {
	case registerEvent, unregisterEvent, expireEvent:
	default:
		return
	}
	c, ok := changeOf(e, l.opts.Now())
	if ok {
		var doubtful bool
		if doubtful, ok = l.phones.change(c); doubtful {
			l.wake()
		}
	}
	l.refuseUnless(ok, errContact)
}

// wake wakes who asks about doubts.
func (l *link) wake() {
	select {
	case l.doubtful <- struct{}{}:
	default:
	}
}

// refuseUnless counts an event that could not be taken.
func (l *link) refuseUnless(ok bool, why error) {
	if ok {
		return
	}
	l.mu.Lock()
	l.state.Refused++
	name := l.state.Name
	l.mu.Unlock()
	if l.opts.Refused != nil {
		l.opts.Refused(name, why)
	}
}

// hungUp puts the report of a channel that is over into the queue.
func (l *link) hungUp(e esl.Event) {
	now := l.opts.Now()
	var r record.Report
	var err error
	var id string
	e.Read(func(d esl.ChannelData) {
		r, err = hangup.Report(d, record.SourceESL)
		id = d.Header("Unique-ID")
		l.redirects.note(d, now)
	})
	l.phones.over(id)
	l.mu.Lock()
	l.state.LastEvent, l.answered = now, now
	l.state.Events++
	name := l.state.Name
	if err != nil {
		l.state.Refused++
	}
	l.mu.Unlock()
	if err != nil {
		if l.opts.Refused != nil {
			l.opts.Refused(name, err)
		}
		return
	}
	if r.Switch == "" {
		r.Switch = name
	}
	l.queue.put(r)
}

func (l *link) connected(name string) {
	name = record.SafeText(name)
	now := l.opts.Now()
	l.mu.Lock()
	l.state.Name, l.state.Connected, l.state.Since, l.state.Err = name, true, now, nil
	l.answered = now
	l.mu.Unlock()
	l.phones.outdated()
	l.opts.Log.Info().Str("address", l.at.Address).Str("switch", name).Msg("watching the switch for calls and phones")
}

// disconnected notes why there is no connection; only the first failure of a
// row is logged.
func (l *link) disconnected(err error, first bool) {
	now := l.opts.Now()
	l.mu.Lock()
	if l.state.Connected {
		l.state.Connected, l.state.Since = false, now
	}
	l.state.Err = err
	name := l.state.Name
	l.mu.Unlock()
	l.phones.outdated()
	if first {
		l.opts.Log.Warn().Err(err).Str("address", l.at.Address).Str("switch", name).
			Msg("the switch's event socket cannot be watched; it is tried again")
	}
}

func (l *link) snapshot() State {
	l.mu.Lock()
	s := l.state
	l.mu.Unlock()
	l.phones.count(&s)
	s.Stale = l.freshness().stale
	var sink error
	s.Waiting, s.Dropped, sink = l.queue.state()
	if s.Err == nil {
		s.Err = sink
	}
	return s
}
