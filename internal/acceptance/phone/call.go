package phone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Call is one call of a phone, placed or taken. Safe for concurrent use.
type Call struct {
	// ID is its SIP Call-ID at this phone.
	ID string
	// Audio is what it sends and hears.
	Audio *Audio

	phone  *Phone
	ctx    context.Context // until the call is over or the phone is closed
	cancel context.CancelFunc

	mu     sync.Mutex
	server *sipgo.DialogServerSession // of a call that came in
	client *sipgo.DialogClientSession // of a call that was placed, once answered
	giveUp context.CancelFunc         // of a call that was placed: sends CANCEL
	over   chan struct{}              // placed: the INVITE has its final answer
}

func (p *Phone) newCall(id string) (*Call, error) {
	audio, err := newAudio()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Call{ID: id, Audio: audio, phone: p, ctx: ctx, cancel: cancel}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[id] = c
	return c, nil
}

func (p *Phone) find(req *sip.Request) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id := req.CallID(); id != nil {
		return p.calls[id.Value()]
	}
	return nil
}

// stop ends the audio and everything that waits in the call's name.
func (c *Call) stop() {
	c.cancel()
	c.Audio.close()
}

// Trace gives the call's messages in order, those of others left out.
func (c *Call) Trace() []Message {
	found, _ := c.phone.wire.messages(c.own)
	return found
}

func (c *Call) own(m Message) bool { return m.Header("Call-ID") == c.ID }

// WaitStatus waits for a response to the INVITE with the status code given,
// sent or received.
func (c *Call) WaitStatus(ctx context.Context, code int) (Message, error) {
	return c.phone.wire.wait(ctx, fmt.Sprintf("status %d", code), func(m Message) bool {
		return c.own(m) && m.Status() == code && m.Method() == "INVITE"
	})
}

// WaitFinal waits for the final response to the INVITE; a challenge for the
// password is none.
func (c *Call) WaitFinal(ctx context.Context) (Message, error) {
	return c.phone.wire.wait(ctx, "a final status", func(m Message) bool {
		return c.own(m) && m.Method() == "INVITE" && m.Status() >= 200 && m.Status() != 401 && m.Status() != 407
	})
}

// WaitRequest waits for a request in this call, sent or received: "BYE",
// "CANCEL", "ACK".
func (c *Call) WaitRequest(ctx context.Context, method string) (Message, error) {
	return c.phone.wire.wait(ctx, method, func(m Message) bool {
		return c.own(m) && m.Status() == 0 && m.Method() == method
	})
}

// Saw tells whether a response with that status to the INVITE was seen so far.
func (c *Call) Saw(code int) bool {
	found, _ := c.phone.wire.messages(func(m Message) bool {
		return c.own(m) && m.Status() == code && m.Method() == "INVITE"
	})
	return len(found) > 0
}

// Invite is the INVITE of the call; of a placed call that had to authenticate,
// the first.
func (c *Call) Invite() Message {
	found, _ := c.phone.wire.messages(func(m Message) bool {
		return c.own(m) && m.Status() == 0 && m.Method() == "INVITE"
	})
	if len(found) == 0 {
		return Message{}
	}
	return found[0]
}

// HangUp ends the call: CANCEL while it rings at the other end, BYE after the
// answer. It returns when the other side agreed.
func (c *Call) HangUp(ctx context.Context) error {
	c.mu.Lock()
	server, client, giveUp, over := c.server, c.client, c.giveUp, c.over
	c.mu.Unlock()
	defer c.stop()
	var err error
	switch {
	case server != nil:
		err = server.Bye(ctx)
	case giveUp != nil:
		if client == nil {
			giveUp()
		}
		select {
		case <-over: // and an answer, if there is one, confirmed
			err = c.bye(ctx)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	return nil
}

// bye ends a placed call that was answered, be it while it was given up.
func (c *Call) bye(ctx context.Context) error {
	c.mu.Lock()
	client := c.client
	c.mu.Unlock()
	if client == nil {
		return nil
	}
	return client.Bye(ctx)
}

// after waits d within the call; false when the call was over first.
func (c *Call) after(d time.Duration) bool {
	if d == Never {
		<-c.ctx.Done()
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}
