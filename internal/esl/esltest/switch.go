// Package esltest is a FreeSWITCH stand-in for tests. A Switch dials the
// server under test as mod_event_socket's outbound socket does and plays
// calls against it: the same frames, header order, encoding, event order and
// 20 ms ticks as were recorded from FreeSWITCH 1.11.
//
// All timing goes through package time, so inside a testing/synctest bubble
// (with Listener for the connection) ten minutes of a call take milliseconds.
package esltest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Switch is one stand-in switch. Set the fields before the first Place; Place
// may then be called from several goroutines at once, one call each.
type Switch struct {
	// Name is FreeSWITCH-Switchname in every event; "" means "switch".
	Name string

	// Dial connects to the server under test, once for each `socket` action.
	Dial func(ctx context.Context) (net.Conn, error)

	// Phones says who can be dialled. Keys: "1001@acme.test" for user/ targets
	// (every registered phone of it rings), "gateway/carrier-a/+1305555" for one
	// number of a gateway, "gateway/carrier-a" for all others, and
	// "1001@10.0.0.5:5060" for sofia/PROFILE/ targets. A user that is no key is
	// SUBSCRIBER_ABSENT, one with no registered phone USER_NOT_REGISTERED, a
	// gateway that is no key INVALID_GATEWAY, an unknown address does not answer
	// at all (sip:503 within 40 ms).
	// SetPhones changes them while calls are up.
	Phones map[string][]Phone

	// OnCall is how many calls users ("1001@acme.test") have that were not placed
	// here: what the clients of the event socket are told of them. SetOnCall
	// changes it while calls are up.
	OnCall map[string]int

	// Files are the sounds on the switch, by the name they are played with, and
	// how long they play. Any other is not there.
	Files map[string]time.Duration

	// Engines are the speech engines loaded: "flite".
	Engines []string

	// ReadOnly are folders in which nothing can be recorded.
	ReadOnly []string

	// Mailboxes are the voicemail boxes, "1001@acme.test". Nil means every box
	// exists. A box that does not exist makes the application return at once
	// without a word, as FreeSWITCH does.
	Mailboxes []string

	// Greeting is how long a mailbox greets before the beep; 0 means 3 s.
	Greeting time.Duration

	// SocketActions is how many `socket` actions the dialplan has, one after
	// the other: with 2, a call whose server went away is handed to the next
	// connection. 0 means 1.
	SocketActions int

	// RetryPause is what the dialplan waits before a further `socket` action, if
	// the call was not connected to anybody since it entered the dialplan; 0
	// means not at all.
	RetryPause time.Duration
	// LastResort is the hangup cause of a call that no server ended and that was
	// connected to nobody, as behind the last `socket` action; "" means
	// NORMAL_CLEARING. With it a call that reached no server is no error.
	LastResort string

	// CDR, if set, posts a record of every channel that is over.
	CDR *CDR

	// Log, if set, hears what the stand-in does. It must not block.
	Log func(format string, args ...any)

	mu       sync.Mutex
	placed   int
	calls    map[string]*call
	watchers map[*watcher]bool
}

// longestCall ends a call nobody hangs up, so that a test which forgot to
// fails instead of running for ever.
const longestCall = 4 * time.Hour

// ErrStillUp is returned by Place for a call that nobody ended within four hours.
var ErrStillUp = errors.New("nobody ended the call")

// Place plays one call to its end: until the channel is gone and every
// connection to the server is closed, lingering included, or ctx ends; CDRs
// may still be on their way. The
// Result is complete then and is returned together with an error too. Errors:
// the server could not be dialled at all, ErrStillUp, or ctx's error.
func (s *Switch) Place(ctx context.Context, in Call) (*Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, longestCall, ErrStillUp)
	defer cancel()

	c := newCall(ctx, s, in)
	if err := s.enter(c); err != nil {
		return nil, err
	}
	c.publishBegin()
	c.run()
	c.waitForConns()

	res := c.result()
	switch {
	case ctx.Err() != nil:
		return res, fmt.Errorf("call %s: %w", c.uuid, context.Cause(ctx))
	case c.dialErr != nil && s.LastResort == "":
		return res, fmt.Errorf("call %s: dial server: %w", c.uuid, c.dialErr)
	}
	return res, nil
}

func (s *Switch) enter(c *call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]*call{}
	}
	s.placed++
	if c.uuid == "" {
		c.uuid = deriveUUID(s.name(), fmt.Sprint("call ", s.placed), c.start.String())
	}
	if s.calls[c.uuid] != nil {
		return fmt.Errorf("call %s: already up on this switch", c.uuid)
	}
	s.calls[c.uuid] = c
	c.prepare()
	return nil
}

func (s *Switch) leave(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c.uuid)
}

// find returns the call whose channel, or one of whose dialled legs, has uuid.
func (s *Switch) find(uuid string) (c *call, leg *leg) {
	s.mu.Lock()
	calls := make([]*call, 0, len(s.calls))
	own := s.calls[uuid]
	for _, c := range s.calls {
		calls = append(calls, c)
	}
	s.mu.Unlock()
	if own != nil {
		return own, nil
	}
	for _, c := range calls {
		if l := c.legByUUID(uuid); l != nil {
			return c, l
		}
	}
	return nil, nil
}

func (s *Switch) name() string {
	if s.Name == "" {
		return "switch"
	}
	return s.Name
}

func (s *Switch) logf(format string, args ...any) {
	if s.Log != nil {
		s.Log(format, args...)
	}
}
