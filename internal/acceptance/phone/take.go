package phone

import (
	"context"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// onInvite takes a call by the phone's script. sipgo runs it on a goroutine of
// its own.
func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if c := p.find(req); c != nil {
		c.reinvited(req, tx)
		return
	}
	p.mu.Lock()
	script := p.script
	p.mu.Unlock()
	session, err := p.dialog.ReadInvite(req, tx)
	if err != nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 400, "Bad Request", nil)) // seen in the trace
		return
	}
	c, err := p.newCall(req.CallID().Value())
	if err != nil {
		_ = session.Respond(500, "No Audio Port", nil) // seen in the trace
		return
	}
	c.server = session
	select {
	case p.taken <- c:
	default: // nobody reads calls in a load run
	}
	c.follow(session, script, req.Body())
}

// follow plays the script. Its errors are the caller's giving up, which the
// trace shows.
func (c *Call) follow(session *sipgo.DialogServerSession, s Script, offer []byte) {
	defer context.AfterFunc(session.Context(), c.cancel)()
	if err := c.ring(session, s, offer); err != nil {
		return
	}
	if !c.after(s.Ring) {
		return
	}
	code, reason := s.final()
	if code != 200 {
		defer c.stop()
		var headers []sip.Header
		if s.Target != "" {
			headers = append(headers, sip.NewHeader("Contact", "<"+s.Target+">"))
		}
		_ = session.Respond(code, reason, nil, headers...)
		return
	}
	if remote, err := remoteAudio(offer); err == nil {
		c.Audio.start(remote)
	}
	c.Audio.Tone(s.Tone)
	if err := session.RespondSDP(c.Audio.description()); err != nil {
		return
	}
	if s.Keys != "" && c.after(s.KeysAfter) {
		for _, key := range []byte(s.Keys) {
			c.Audio.Press(key)
		}
	}
	if s.HangUpAfter == 0 {
		<-c.ctx.Done()
		return
	}
	if c.after(s.HangUpAfter) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.HangUp(ctx)
	}
}

// ring says that it rings, or sends what it has to say before the answer.
func (c *Call) ring(session *sipgo.DialogServerSession, s Script, offer []byte) error {
	switch {
	case s.Early:
		if remote, err := remoteAudio(offer); err == nil {
			c.Audio.start(remote)
		}
		c.Audio.Tone(s.Tone)
		return session.Respond(183, "Session Progress", c.Audio.description(), sip.NewHeader("Content-Type", "application/sdp"))
	case s.Silent:
		return nil
	default:
		return session.Respond(180, "Ringing", nil)
	}
}

// reinvited answers a change within the call with the same audio as before.
func (c *Call) reinvited(req *sip.Request, tx sip.ServerTransaction) {
	res := sip.NewSDPResponseFromRequest(req, c.Audio.description())
	contact := c.phone.contact()
	res.AppendHeader(&contact)
	_ = tx.Respond(res) // the switch repeats its request
}

func (p *Phone) onAck(req *sip.Request, tx sip.ServerTransaction) {
	c := p.find(req)
	if c == nil || c.server == nil {
		return
	}
	_ = c.server.ReadAck(req, tx) // of another INVITE than the first: nothing to confirm
}

func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	c := p.find(req)
	if c == nil {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 481, "No Such Call", nil)) // seen in the trace
		return
	}
	defer c.stop()
	c.mu.Lock()
	client := c.client
	c.mu.Unlock()
	if c.server != nil {
		_ = c.server.ReadBye(req, tx) // the switch repeats its request
		return
	}
	if client != nil {
		_ = client.ReadBye(req, tx)
		return
	}
	accept(req, tx)
}
