package phone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// DialOptions of a call that is placed; the zero value is an ordinary call.
type DialOptions struct {
	FromUser string // default: the phone's own user
	Name     string // display name, written between quotes
	Tone     float64
	Headers  map[string]string
}

// Dial places a call to number at the phone's domain and returns at once; the
// call goes on until it is hung up. ctx bounds nothing of it.
func (p *Phone) Dial(number string, opts DialOptions) (*Call, error) {
	id := sip.CallIDHeader(sip.GenerateTagN(20))
	c, err := p.newCall(id.Value())
	if err != nil {
		return nil, err
	}
	ctx, giveUp := context.WithCancel(c.ctx)
	c.giveUp, c.over = giveUp, make(chan struct{})
	req := p.invite(number, &id, c.Audio.description(), opts)
	session, err := p.dialog.WriteInvite(ctx, req)
	if err != nil {
		c.stop()
		giveUp()
		return nil, fmt.Errorf("call %s: %w", number, err)
	}
	c.Audio.Tone(opts.Tone)
	go c.watch(ctx, session)
	return c, nil
}

func (p *Phone) invite(number string, id *sip.CallIDHeader, sdp []byte, opts DialOptions) *sip.Request {
	host, port := p.cfg.Domain, 0
	if p.cfg.Password == "" {
		host, port = split(p.cfg.Server)
	}
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: number, Host: host, Port: port})
	req.SetDestination(p.cfg.Server)
	from := sip.FromHeader{
		DisplayName: opts.Name,
		Address:     sip.Uri{Scheme: "sip", User: cmp.Or(opts.FromUser, p.cfg.User), Host: p.cfg.Domain},
	}
	from.Params.Add("tag", sip.GenerateTagN(12))
	contact := p.contact()
	req.AppendHeader(&from)
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: number, Host: host}})
	req.AppendHeader(id)
	req.AppendHeader(&contact)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	for name, value := range opts.Headers {
		req.AppendHeader(sip.NewHeader(name, value))
	}
	req.SetBody(sdp)
	return req
}

// watch takes a placed call to its answer or its end.
func (c *Call) watch(ctx context.Context, session *sipgo.DialogClientSession) {
	defer close(c.over)
	defer c.giveUp()
	err := session.WaitAnswer(ctx, sipgo.AnswerOptions{
		Username: c.phone.cfg.User,
		Password: c.phone.cfg.Password,
		OnResponse: func(res *sip.Response) error {
			if remote, err := remoteAudio(res.Body()); err == nil {
				c.Audio.start(remote)
			}
			return nil
		},
	})
	if err != nil {
		c.stop()
		return
	}
	c.mu.Lock()
	c.client = session
	c.mu.Unlock()
	if err := session.Ack(c.ctx); err != nil {
		c.stop()
	}
}

// WaitOver waits until the call is over, however it came to that: refused,
// given up or hung up by either side.
func (c *Call) WaitOver(ctx context.Context) error {
	select {
	case <-c.ctx.Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the call's end: %w; seen: %s", ctx.Err(), c.phone.wire.lines())
	}
}

// remoteAudio reads where a session description wants its audio.
func remoteAudio(sdp []byte) (string, error) {
	var host, port string
	for line := range strings.Lines(string(sdp)) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN IP4 ") && len(fields) == 3:
			host = fields[2]
		case strings.HasPrefix(line, "m=audio ") && len(fields) > 3 && slices.Contains(fields[3:], "0"):
			port = fields[1]
		}
	}
	if host == "" || port == "" {
		return "", errors.New("no PCMU audio offered")
	}
	return host + ":" + port, nil
}
