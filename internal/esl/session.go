package esl

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/percipia/eslgo"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Session is one call on FreeSWITCH's outbound socket. One goroutine, the
// call's, uses its methods, and reads the socket wherever it waits: nothing of
// a call ever runs beside it. In between it does nothing that takes long, so
// FreeSWITCH, which drops a listener that falls behind, never has to wait.
type Session struct {
	conn    net.Conn
	fr      *frameReader
	channel dialplan.ChannelID
	call    routing.Call
	limits  Limits
	linger  time.Duration
	newID   func() string
	refused func(reply string) // told of every -ERR nobody waits for

	sent, replied int     // commands, and replies to them, which come in order
	queue         []Event // came while a reply was waited for; copies
	queued        int     // bytes in queue
	over          error   // why nothing more can be read
	broken        bool    // half a message may have left, nothing more is written

	hungUp bool             // CHANNEL_HANGUP was seen
	last   *dialplan.Ending // what CHANNEL_HANGUP_COMPLETE said
	set    []dialplan.Variable
	unsent []string // of Set, for the next send

	keys []byte // pressed, and not given out by Listen yet

	moved string // what FreeSWITCH said at first of transfers of the channel
}

// Call is what FreeSWITCH said of the call when it connected.
func (s *Session) Call() routing.Call { return s.call }

// bound makes reading end with the context, and after limit if that is not 0,
// until release is called.
func (s *Session) bound(ctx context.Context, limit time.Duration) (release func()) {
	var until time.Time
	if limit > 0 {
		until = time.Now().Add(limit)
	}
	_ = s.conn.SetReadDeadline(until) // of a closed connection, which reading will tell
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-ended // not after the next wait has begun
		}
	}
}

// wait looks at events until look is done with them or fails. It ends with
// ErrLost when the connection is gone, with the context's error, and with
// context.DeadlineExceeded after limit.
func (s *Session) wait(ctx context.Context, limit time.Duration, look func(Event) (done bool, err error)) error {
	defer s.bound(ctx, limit)()
	for {
		e, err := s.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return cmp.Or(ctx.Err(), context.DeadlineExceeded)
		}
		if err != nil {
			return err
		}
		if done, err := look(e); done || err != nil {
			return err
		}
	}
}

// next gives the next event.
func (s *Session) next() (Event, error) {
	if len(s.queue) > 0 {
		e := s.queue[0]
		s.queue = s.queue[1:]
		s.queued -= len(e.text)
		s.note(e)
		return e, nil
	}
	for {
		if e, err := s.passing(); err != nil || e.text != nil {
			return e, err
		}
	}
}

// passing reads one frame: an event, or a reply that nobody waits for.
func (s *Session) passing() (Event, error) {
	e, reply, err := s.frame()
	switch {
	case err != nil:
		return Event{}, err
	case e.text != nil:
		s.note(e)
	case strings.HasPrefix(reply, "-ERR") && s.refused != nil:
		s.refused(reply)
	}
	return e, nil
}

// frame reads one frame and gives what it is: an event, or the text of a reply.
func (s *Session) frame() (e Event, reply string, err error) {
	if s.over != nil {
		return Event{}, "", fmt.Errorf("%w: %w", dialplan.ErrLost, s.over)
	}
	f, err := s.fr.next()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return Event{}, "", err
	}
	if err == nil {
		switch f.contentType {
		case eslgo.TypeEventPlain:
			return Event{f.body}, "", nil
		case eslgo.TypeReply:
			reply, err = s.reply(Event{f.head}.Header("Reply-Text"))
		case eslgo.TypeAPIResponse:
			reply, err = s.reply(string(f.body))
		case eslgo.TypeDisconnect:
			// With linger the last events follow; otherwise the peer closes
			// next and the reading ends.
		default:
			err = fmt.Errorf("%w: content type %q", errFrame, f.contentType)
		}
	}
	if err != nil {
		s.over = err
		_ = s.conn.Close() // what it says next could not be told apart any more
		return Event{}, "", fmt.Errorf("%w: %w", dialplan.ErrLost, err)
	}
	return Event{}, reply, nil
}

func (s *Session) reply(text string) (string, error) {
	if s.replied == s.sent {
		return "", fmt.Errorf("%w: a reply to no command", errFrame)
	}
	s.replied++
	return text, nil
}

// send writes messages in one go, after what waited for them.
func (s *Session) send(messages ...string) error {
	messages = append(s.unsent, messages...)
	s.unsent = nil
	if s.over != nil || s.broken {
		return dialplan.ErrLost
	}
	s.sent += len(messages)
	// A switch that stops reading must not hold the call's goroutine for ever.
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return fmt.Errorf("%w: %w", dialplan.ErrLost, err)
	}
	if _, err := io.WriteString(s.conn, strings.Join(messages, "")); err != nil {
		s.broken = true // what the switch said before is still there to be read
		return fmt.Errorf("%w: %w", dialplan.ErrLost, err)
	}
	return nil
}

const writeTimeout = 5 * time.Second

func (s *Session) note(e Event) {
	switch e.Name() {
	case "DTMF":
		s.pressed(e)
	case "CHANNEL_HANGUP":
		s.hungUp = true
	case "CHANNEL_HANGUP_COMPLETE":
		s.hungUp = true
		var ending dialplan.Ending
		e.read(func(f *fields) { ending = dialplan.ReadEnding(f) })
		s.last = &ending
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
func (s *Session) Execute(ctx context.Context, bridged func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error) {
	if len(actions) == 0 {
		return nil, errors.New("no action to execute")
	}
	defer func() { s.keys = s.keys[:0] }() // see Listen
	return s.execute(ctx, bridged, actions...)
}

func (s *Session) execute(ctx context.Context, bridged func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error) {
	id, err := s.start(ctx, actions...)
	if err != nil {
		return nil, err
	}
	var last Event
	err = s.wait(ctx, 0, func(e Event) (done bool, err error) {
		last = e
		return s.progress(e, id, bridged)
	})
	if err != nil {
		return nil, err
	}
	return last, nil
}

// start sends actions and gives the id of the last one.
func (s *Session) start(ctx context.Context, actions ...dialplan.Action) (id string, err error) {
	if s.hungUp {
		return "", dialplan.ErrHungUp
	}
	messages := make([]string, 0, len(actions))
	for _, a := range actions {
		id = s.newID()
		m, err := executeMessage(a, id)
		if err != nil {
			return "", err
		}
		messages = append(messages, m)
	}
	if err := s.send(messages...); err != nil {
		return "", s.gone(ctx, err)
	}
	return id, nil
}

// gone tells a hang-up, of which the events are there to be read, from a lost
// connection, when a write failed.
func (s *Session) gone(ctx context.Context, err error) error {
	_ = s.wait(ctx, writeTimeout, func(Event) (bool, error) { return s.hungUp, nil })
	if s.hungUp {
		return dialplan.ErrHungUp
	}
	return err
}

// movedBy tells one transfer of a channel from another.
func movedBy(e Event) string {
	return e.Variable("transfer_source") + e.Variable("transfer_history")
}

func (s *Session) progress(e Event, id string, bridged func(dialplan.Joined)) (done bool, err error) {
	switch e.Name() {
	case "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE":
		return false, dialplan.ErrHungUp
	case "CHANNEL_EXECUTE_COMPLETE":
		// A transfer ends what runs a moment before it ends the session: whoever
		// takes that for the end of the conversation hangs up a call that goes on.
		if e.Header("Application") == "socket" || movedBy(e) != s.moved {
			return false, dialplan.ErrLeft
		}
		return e.Header("Application-UUID") == id, nil
	case "CHANNEL_BRIDGE":
		if bridged != nil {
			bridged(dialplan.Joined{At: e.At(), LegID: e.Header("Other-Leg-Unique-ID"), Callee: e.Header("Other-Leg-Callee-ID-Number")})
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
	return s.send(m)
}

// API runs an API command and waits for its answer. For commands about the
// switch, not for text from callers.
func (s *Session) API(ctx context.Context, name, argument string) (string, error) {
	m, err := apiMessage(name, argument)
	if err != nil {
		return "", err
	}
	if err := s.send(m); err != nil {
		return "", err
	}
	s.fr.small = true
	defer func() { s.fr.small = false }()
	defer s.bound(ctx, 0)()
	for mine := s.sent; ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		e, reply, err := s.frame()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			continue // the context has ended
		case err != nil:
			return "", err
		case e.text != nil:
			if err := s.keep(e); err != nil {
				return "", err
			}
		case s.replied == mine:
			return reply, nil
		}
	}
}

// Contacts asks the switch where the registered phones of a user are.
func (s *Session) Contacts(ctx context.Context, u dialplan.User, d dialplan.Domain) ([]dialplan.DialString, error) {
	name, argument := dialplan.ContactsCommand(u, d)
	answer, err := s.API(ctx, name, argument)
	if err != nil {
		return nil, err
	}
	return dialplan.ParseContacts(answer, u, d)
}

// keep puts an event by that came before the answer that is waited for. Of a
// key no more than the key is kept.
func (s *Session) keep(e Event) error {
	if e.Name() == "DTMF" {
		s.pressed(e)
		return nil
	}
	if s.queued += len(e.text); s.queued > s.limits.QueuedBytes {
		s.over = fmt.Errorf("%w: %d bytes of events are waiting", errFrame, s.queued)
		_ = s.conn.Close()
		return fmt.Errorf("%w: %w", dialplan.ErrLost, s.over)
	}
	s.queue = append(s.queue, Event{bytes.Clone(e.text)})
	return nil
}

// Finish waits for the channel's last event after a hang-up, at most as long
// as the switch lingers, and gives what it says. Without that event the Ending
// is not Complete.
func (s *Session) Finish(ctx context.Context) dialplan.Ending {
	ended := func(Event) (bool, error) { return s.last != nil, nil }
	if s.last == nil && s.wait(ctx, s.linger, ended) != nil {
		return dialplan.Ending{}
	}
	return *s.last
}

// Watch waits, silent, until a channel that left this session ends, and then
// finishes like Finish. Closing the socket earlier would end the session that
// has the channel now (measured).
func (s *Session) Watch(ctx context.Context) dialplan.Ending {
	hungUp := func(Event) (bool, error) { return s.hungUp, nil }
	if !s.hungUp && s.wait(ctx, 0, hungUp) != nil {
		return dialplan.Ending{}
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
	return s.send(m)
}

// close gives the socket back. A channel that is
// still up goes on with what it is doing.
func (s *Session) close() {
	_ = s.conn.Close() // the peer may have closed it first
}
