package esl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/percipia/eslgo"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Session is one call on FreeSWITCH's outbound socket. One goroutine, the
// call's, uses its methods; a reader of its own takes frames off the socket so
// that FreeSWITCH never has to wait (it drops a listener that falls behind).
type Session struct {
	conn    net.Conn
	channel dialplan.ChannelID
	call    routing.Call
	limits  Limits
	linger  time.Duration
	newID   func() string
	refused func(reply string) // told of every -ERR nobody waits for

	mu      sync.Mutex
	waiting []chan<- string // who gets the next replies, in order; nil: nobody
	queue   []Event
	queued  int // bytes in queue
	over    error
	signal  chan struct{} // capacity 1: the queue or over changed

	hungUp bool   // CHANNEL_HANGUP was seen by the call's goroutine
	last   *Event // CHANNEL_HANGUP_COMPLETE
	set    []dialplan.Variable
	unsent []string // of Set, for the next send
}

// Call is what FreeSWITCH said of the call when it connected.
func (s *Session) Call() routing.Call { return s.call }

// read takes frames until the connection ends. It runs on its own goroutine.
func (s *Session) read(fr *frameReader) {
	for {
		f, err := fr.next()
		if err != nil {
			s.end(err)
			return
		}
		switch f.contentType {
		case eslgo.TypeEventPlain:
			err = s.enqueue(Event{f.body})
		case eslgo.TypeReply:
			err = s.reply(Event{f.head}.Header("Reply-Text"))
		case eslgo.TypeAPIResponse:
			err = s.reply(string(f.body))
		case eslgo.TypeDisconnect:
			// With linger the last events follow; otherwise the peer closes
			// next and the read above ends.
		default:
			err = fmt.Errorf("%w: content type %q", errFrame, f.contentType)
		}
		if err != nil {
			s.end(err)
			return
		}
	}
}

func (s *Session) enqueue(e Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queued += len(e.text); s.queued > s.limits.QueuedBytes {
		return fmt.Errorf("%w: %d bytes of events are waiting", errFrame, s.queued)
	}
	s.queue = append(s.queue, e)
	s.wake()
	return nil
}

func (s *Session) reply(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return fmt.Errorf("%w: a reply to no command", errFrame)
	}
	who := s.waiting[0]
	s.waiting = s.waiting[1:]
	switch {
	case who != nil:
		who <- text // capacity 1, used once
	case strings.HasPrefix(text, "-ERR") && s.refused != nil:
		s.refused(text)
	}
	return nil
}

func (s *Session) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = err
	for _, who := range s.waiting {
		if who != nil {
			close(who)
		}
	}
	s.waiting = nil
	s.wake()
}

// wake is called with mu held.
func (s *Session) wake() {
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

// send writes messages in one go, after what waited for them; who gets the
// reply to the last one, the replies to the others are looked at only for
// errors.
func (s *Session) send(who chan<- string, messages ...string) error {
	messages = append(s.unsent, messages...)
	s.unsent = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return dialplan.ErrLost
	}
	for range len(messages) - 1 {
		s.waiting = append(s.waiting, nil)
	}
	s.waiting = append(s.waiting, who)
	return s.write(strings.Join(messages, ""))
}

// write is called with mu held. A switch that stops reading must not hold the
// call's goroutine for ever.
func (s *Session) write(text string) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("%w: %w", dialplan.ErrLost, err)
	}
	if _, err := s.conn.Write([]byte(text)); err != nil {
		_ = s.conn.Close() // half a message may have left; the reader ends with it
		return fmt.Errorf("%w: %w", dialplan.ErrLost, err)
	}
	return nil
}

const writeTimeout = 5 * time.Second

// next gives the next event. It ends with ErrLost when the connection is gone
// and with the context's error.
func (s *Session) next(ctx context.Context) (Event, error) {
	for {
		s.mu.Lock()
		if len(s.queue) > 0 {
			e := s.queue[0]
			s.queue[0] = Event{}
			s.queue = s.queue[1:]
			s.queued -= len(e.text)
			s.mu.Unlock()
			s.note(e)
			return e, nil
		}
		over := s.over
		s.mu.Unlock()
		if over != nil {
			return Event{}, fmt.Errorf("%w: %w", dialplan.ErrLost, over)
		}
		select {
		case <-s.signal:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

func (s *Session) note(e Event) {
	switch e.Name() {
	case "CHANNEL_HANGUP":
		s.hungUp = true
	case "CHANNEL_HANGUP_COMPLETE":
		s.hungUp = true
		s.last = &e
	}
}

// Set sets channel variables: they leave together with whatever is sent next
// and are in place before the next application starts. They are undone by
// Release.
func (s *Session) Set(vs ...dialplan.Variable) error {
	if len(vs) == 0 {
		return nil
	}
	m, err := s.setMessage(vs)
	if err != nil {
		return err
	}
	s.set = append(s.set, vs...)
	s.unsent = append(s.unsent, m)
	return nil
}

func (s *Session) setMessage(vs []dialplan.Variable) (string, error) {
	name, argument := dialplan.SetCommand(s.channel, vs...)
	return apiMessage(name, argument)
}

// Execute runs actions one after the other, sent together, and waits until the
// last of them is complete. bridged, if not nil, is told when the channel is
// connected to another leg, on the caller's goroutine. It ends early with ErrHungUp as soon as
// the channel is hung up, with ErrLeft when the channel was moved out of this
// session, with ErrLost when the connection is gone, and with the context's
// error; the actions then go on or not as FreeSWITCH decides.
func (s *Session) Execute(ctx context.Context, bridged func(at time.Time), actions ...dialplan.Action) (dialplan.Variables, error) {
	if len(actions) == 0 {
		return nil, errors.New("no action to execute")
	}
	if s.hungUp {
		return nil, dialplan.ErrHungUp
	}
	var id string
	messages := make([]string, 0, len(actions))
	for _, a := range actions {
		id = s.newID()
		m, err := executeMessage(a, id)
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	if err := s.send(nil, messages...); err != nil {
		return nil, s.gone(ctx, err)
	}
	for {
		e, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		switch done, err := s.progress(e, id, bridged); {
		case err != nil:
			return nil, err
		case done:
			return e, nil
		}
	}
}

// gone tells a hang-up whose events are still in the queue from a lost
// connection, when a write failed.
func (s *Session) gone(ctx context.Context, err error) error {
	for {
		if _, nextErr := s.next(ctx); nextErr != nil {
			return err
		}
		if s.hungUp {
			return dialplan.ErrHungUp
		}
	}
}

func (s *Session) progress(e Event, id string, bridged func(at time.Time)) (done bool, err error) {
	switch e.Name() {
	case "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE":
		return false, dialplan.ErrHungUp
	case "CHANNEL_EXECUTE_COMPLETE":
		if e.Header("Application") == "socket" {
			return false, dialplan.ErrLeft
		}
		return e.Header("Application-UUID") == id, nil
	case "CHANNEL_BRIDGE":
		if bridged != nil {
			bridged(e.At())
		}
	}
	return false, nil
}

// Hangup ends the channel with a cause, whatever runs on it. The last events
// are collected by Finish.
func (s *Session) Hangup(cause dialplan.HangupCause) error {
	if s.hungUp {
		return nil
	}
	m, err := apiMessage(dialplan.KillCommand(s.channel, cause))
	if err != nil {
		return err
	}
	return s.send(nil, m)
}

// API runs an API command and waits for its answer. For commands about the
// switch, not for text from callers.
func (s *Session) API(ctx context.Context, name, argument string) (string, error) {
	m, err := apiMessage(name, argument)
	if err != nil {
		return "", err
	}
	who := make(chan string, 1)
	if err := s.send(who, m); err != nil {
		return "", err
	}
	select {
	case text, ok := <-who:
		if !ok {
			return "", dialplan.ErrLost
		}
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Finish waits for the channel's last event after a hang-up, at most as long
// as the switch lingers, and gives what it says. Without that event the Ending
// is not Complete.
func (s *Session) Finish(ctx context.Context) dialplan.Ending {
	ctx, cancel := context.WithTimeout(ctx, s.linger)
	defer cancel()
	for s.last == nil {
		if _, err := s.next(ctx); err != nil {
			return dialplan.Ending{}
		}
	}
	return dialplan.ReadEnding(s.last.fields())
}

// Watch waits, silent, until a channel that left this session ends, and then
// finishes like Finish. Closing the socket earlier would end the session that
// has the channel now (measured).
func (s *Session) Watch(ctx context.Context) dialplan.Ending {
	for !s.hungUp {
		if _, err := s.next(ctx); err != nil {
			return dialplan.Ending{}
		}
	}
	return s.Finish(ctx)
}

// Release gives the socket back while the channel may live on: what was set on
// the channel is undone and the switch is told that nothing more comes. A
// running application goes on, then the dialplan's next action.
func (s *Session) Release() error {
	if len(s.set) == 0 || s.hungUp {
		return nil
	}
	m, err := s.setMessage(dialplan.Unset(s.set))
	if err != nil {
		return err
	}
	s.set, s.unsent = nil, nil
	return s.send(nil, m)
}

// close gives the socket back; the reader ends with it. A channel that is
// still up goes on with what it is doing.
func (s *Session) close() {
	_ = s.conn.Close() // the peer may have closed it first
}
