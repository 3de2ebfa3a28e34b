package esl

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
)

// Refusal is why a connection was closed before it became a call.
type Refusal string

// The refusals, as metrics name them.
const (
	RefusedPeer    Refusal = "peer_not_allowed"
	RefusedBusy    Refusal = "too_many_connections"
	RefusedSilent  Refusal = "no_data_in_time"
	RefusedGarbage Refusal = "bad_frame"
	RefusedOptions Refusal = "socket_options"
)

// Server takes calls from FreeSWITCH. The socket is plain TCP without a
// password: listen on a private address and name the switches in Allow.
type Server struct {
	// Handle drives one call to its end, on a goroutine of its own.
	Handle func(ctx context.Context, s *Session)

	Allow       []netip.Prefix // peers; empty: loopback only
	MaxSessions int            // connections at once, default 5000
	Greeting    time.Duration  // until the channel data must be there, default 5 s
	Linger      time.Duration  // how long the switch keeps the socket after hang-up, default 10 s
	Limits      Limits         // default DefaultLimits
	// EventBytes is less than any event of a channel has, and more than the
	// replies to what a session sends together: nobody waits for those, and
	// being woken for each of them costs more than all else that is done for a
	// call. Default 1024; FreeSWITCH's have 1,900 and more.
	EventBytes int
	Log        zerolog.Logger
	OnRefusal  func(Refusal)      // counts; may be nil
	OnError    func(reply string) // a command the switch refused; may be nil
	NewID      func() string      // ids of our messages, default random UUIDs

	refusals zerolog.Logger // Log, a few lines a second: a flood of bad peers is counted, not written down
	hello    []byte         // what every session is told first
}

const (
	defaultMaxSessions = 5000
	defaultGreeting    = 5 * time.Second
	defaultLinger      = 10 * time.Second
	defaultEventBytes  = 1024

	refusalLines = 5 // a second
)

// Serve accepts until ctx ends and returns when every call's goroutine has
// ended. Calls in progress get their own context, cancelled grace after ctx
// ends: until then they go on, afterwards their sockets are given back and
// FreeSWITCH carries them on without us.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	s.refusals = s.Log.Sample(&zerolog.BurstSampler{Burst: refusalLines, Period: time.Second})
	s.hello = []byte(greeting(int(s.lingers() / time.Second)))
	calls, endCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer endCalls()
	stopListening := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stopListening()

	var wg sync.WaitGroup
	places := make(chan struct{}, orDefault(s.MaxSessions, defaultMaxSessions))
	err := s.accept(ctx, l, func(c net.Conn) {
		select {
		case places <- struct{}{}:
		default:
			s.refuse(c, RefusedBusy, nil)
			return
		}
		wg.Go(func() {
			defer func() { <-places }()
			s.serve(calls, c)
		})
	})
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		endCalls()
		<-done
	}
	return err
}

// accept goes on after errors that pass (out of descriptors, a reset in the
// queue), waiting a little longer each time, and ends when ctx does.
func (s *Server) accept(ctx context.Context, l net.Listener, take func(net.Conn)) error {
	const first, most = 5 * time.Millisecond, time.Second
	pause := first
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			pause = first
			take(c)
			continue
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("listen for FreeSWITCH: %w", err)
		}
		s.Log.Warn().Err(err).Dur("retry_in", pause).Msg("could not accept a connection")
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		pause = min(2*pause, most)
	}
}

func (s *Server) serve(ctx context.Context, c net.Conn) {
	if !s.allowed(c.RemoteAddr()) {
		s.refuse(c, RefusedPeer, nil)
		return
	}
	session, refusal, err := s.greet(c)
	if err != nil {
		s.refuse(c, refusal, err)
		return
	}
	defer session.close()
	defer s.contain(session)
	s.Handle(ctx, session)
}

// contain keeps a mistake in one call from ending every other: its socket is
// given back and FreeSWITCH goes on with the call by its dialplan.
func (s *Server) contain(session *Session) {
	if p := recover(); p != nil {
		s.Log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Str("call", string(session.call.ID)).Msg("a call's goroutine panicked")
	}
}

// greet asks for the channel data and waits for it under a deadline, so that
// a peer that says nothing, or not enough, costs one goroutine for seconds.
func (s *Server) greet(c net.Conn) (*Session, Refusal, error) {
	limits := s.Limits
	if limits == (Limits{}) {
		limits = DefaultLimits
	}
	if err := c.SetDeadline(time.Now().Add(orDefault(s.Greeting, defaultGreeting))); err != nil {
		return nil, RefusedSilent, err
	}
	if _, err := c.Write(s.hello); err != nil {
		return nil, RefusedSilent, err
	}
	fr := newFrameReader(c, limits)
	f, err := fr.next()
	if err != nil {
		if errors.Is(err, errFrame) {
			return nil, RefusedGarbage, err
		}
		return nil, RefusedSilent, err
	}
	call, channel, err := callOf(Event{f.head})
	if err != nil {
		if errors.Is(err, errFrame) {
			return nil, RefusedGarbage, err
		}
		return nil, RefusedOptions, err
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, RefusedSilent, err
	}
	fr.wake, fr.enough = wakeAt(c), orDefault(s.EventBytes, defaultEventBytes)
	newID := s.NewID
	if newID == nil {
		newID = randomID
	}
	return &Session{
		conn: c, fr: fr, channel: channel, call: call, limits: limits, linger: s.lingers(), newID: newID, refused: s.OnError,
		sent: greetingReplies, moved: movedBy(Event{f.head}),
	}, "", nil
}

func (s *Server) lingers() time.Duration { return orDefault(s.Linger, defaultLinger) }

func (s *Server) refuse(c net.Conn, why Refusal, err error) {
	_ = c.Close()
	if s.OnRefusal != nil {
		s.OnRefusal(why)
	}
	s.refusals.Warn().Stringer("peer", c.RemoteAddr()).Str("why", string(why)).Err(err).Msg("connection refused")
}

func (s *Server) allowed(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return true // an in-memory connection has no address to check
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if len(s.Allow) == 0 {
		return ip.IsLoopback()
	}
	for _, p := range s.Allow {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func randomID() string {
	id, err := uuid.NewRandomFromReader(rand.Reader)
	if err != nil {
		panic("no randomness from the system: " + err.Error()) // crypto/rand never fails on a supported system
	}
	return id.String()
}

var _ dialplan.Variables = Event{}
