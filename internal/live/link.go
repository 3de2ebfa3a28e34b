package live

import (
	"context"
	"fmt"
	"sync"
	"time"

	"switchyard/internal/esl"
	"switchyard/internal/hangup"
	"switchyard/internal/record"
)

// hangUps is the only event wanted: whatever else a switch tells costs it and
// us, for every call.
const hangUps = "CHANNEL_HANGUP_COMPLETE"

// link is the connection to one switch.
type link struct {
	at    Address
	opts  *Options
	queue *queue

	mu       sync.Mutex
	state    State
	answered time.Time // when the switch answered last; or when it was first of interest
}

func newLink(at Address, o *Options, now time.Time) *link {
	return &link{
		at: at, opts: o, queue: newQueue(o.Queue),
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
	return esl.Watch(ctx, conn, l.at.Password, hangUps)
}

// take puts an event into the queue. It never waits.
func (l *link) take(e esl.Event) {
	now := l.opts.Now()
	if e.Name() != hangUps {
		return
	}
	var r record.Report
	var err error
	e.Read(func(d esl.ChannelData) { r, err = hangup.Report(d, record.SourceESL) })
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
	l.opts.Log.Info().Str("address", l.at.Address).Str("switch", name).Msg("watching the switch for calls that end")
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
	if first {
		l.opts.Log.Warn().Err(err).Str("address", l.at.Address).Str("switch", name).
			Msg("the switch's event socket cannot be watched; it is tried again")
	}
}

func (l *link) snapshot() State {
	l.mu.Lock()
	s := l.state
	l.mu.Unlock()
	var sink error
	s.Waiting, s.Dropped, sink = l.queue.state()
	if s.Err == nil {
		s.Err = sink
	}
	return s
}
