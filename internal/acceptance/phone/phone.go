package phone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Config says who a phone is. A carrier has no password: it neither registers
// nor authenticates.
type Config struct {
	User     string // directory user, and the user of its From
	Domain   string // its SIP domain; for a carrier any host
	Password string
	Server   string // host:port of the SIP profile it talks to
	// ContactUser is the user of its Contact, as phones choose it that make one
	// up; "": User.
	ContactUser string
}

// Phone is one SIP endpoint on a loopback port of its own. Safe for concurrent
// use.
type Phone struct {
	// Addr is its own host:port; a gateway is pointed at it.
	Addr string

	cfg    Config
	wire   *wire
	ua     *sipgo.UserAgent
	client *sipgo.Client
	dialog sipgo.DialogUA
	served chan struct{}

	mu     sync.Mutex
	script Script
	calls  map[string]*Call // by SIP Call-ID
	taken  chan *Call
	regID  sip.CallIDHeader
	regSeq uint32
	closed bool
}

// setUp is what sipgo keeps for the whole process: large messages are sent
// though they exceed a network's frame (loopback has none), and it is silent.
var setUp = sync.OnceFunc(func() {
	sip.UDPMTUSize = 65000
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// New opens a phone. It answers calls by the zero Script (200 at once) until
// told otherwise. Close it when done.
func New(cfg Config) (*Phone, error) {
	setUp()
	w, err := newWire()
	if err != nil {
		return nil, err
	}
	p := &Phone{
		Addr:   w.LocalAddr().String(),
		cfg:    cfg,
		wire:   w,
		served: make(chan struct{}),
		calls:  make(map[string]*Call),
		taken:  make(chan *Call, 1000),
		regID:  sip.CallIDHeader(sip.GenerateTagN(20)),
	}
	if err := p.serve(); err != nil {
		_ = w.Close()
		return nil, err
	}
	return p, nil
}

func (p *Phone) serve() error {
	silent := slog.New(slog.DiscardHandler)
	var err error
	if p.ua, err = sipgo.NewUA(sipgo.WithUserAgent("phone"), sipgo.WithUserAgentHostname("127.0.0.1"),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(silent)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(silent))); err != nil {
		return fmt.Errorf("open a phone: %w", err)
	}
	if p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientConnectionAddr(p.Addr), sipgo.WithClientAddr(p.Addr)); err != nil {
		return fmt.Errorf("open a phone: %w", err)
	}
	server, err := sipgo.NewServer(p.ua, sipgo.WithServerLogger(silent))
	if err != nil {
		return fmt.Errorf("open a phone: %w", err)
	}
	p.dialog = sipgo.DialogUA{Client: p.client, ContactHDR: p.contact()}
	server.OnInvite(p.onInvite)
	server.OnAck(p.onAck)
	server.OnBye(p.onBye)
	for _, method := range []sip.RequestMethod{sip.NOTIFY, sip.OPTIONS, sip.INFO, sip.MESSAGE, sip.UPDATE} {
		server.OnRequest(method, accept)
	}
	go func() {
		defer close(p.served)
		_ = server.ServeUDP(p.wire) // ends when the socket is closed
	}()
	// Until sipgo reads, it would open a second socket for what we send.
	<-p.wire.reading
	return nil
}

// accept says yes to requests that mean nothing to a test (a mailbox's
// message count, a probe).
func accept(req *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil)) // the peer repeats its request
}

func (p *Phone) contact() sip.ContactHeader {
	host, port := split(p.Addr)
	return sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: cmp.Or(p.cfg.ContactUser, p.cfg.User), Host: host, Port: port}}
}

func split(addr string) (string, int) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return host, 0
	}
	return host, n
}

// OnCall sets how calls that come from now on are taken. Earlier calls that
// NextCall has not given yet are forgotten.
func (p *Phone) OnCall(s Script) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script = s
	for {
		select {
		case <-p.taken:
		default:
			return
		}
	}
}

// NextCall waits for the next call that came in.
func (p *Phone) NextCall(ctx context.Context) (*Call, error) {
	select {
	case c := <-p.taken:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a call at %s: %w", p.cfg.User, ctx.Err())
	}
}

// Invites counts the calls that came in so far, repeats not counted.
func (p *Phone) Invites() int {
	ids := make(map[string]bool)
	found, _ := p.wire.messages(func(m Message) bool { return !m.Sent && m.Status() == 0 && m.Method() == "INVITE" })
	for _, m := range found {
		ids[m.Header("Call-ID")] = true
	}
	return len(ids)
}

// Register registers at the server for an hour, with digest authentication.
func (p *Phone) Register(ctx context.Context) error { return p.register(ctx, 3600) }

// Unregister takes the registration back.
func (p *Phone) Unregister(ctx context.Context) error { return p.register(ctx, 0) }

func (p *Phone) register(ctx context.Context, expires int) error {
	req := p.registerRequest(expires)
	res, err := p.client.Do(ctx, req, sipgo.ClientRequestBuild)
	if err == nil && (res.StatusCode == 401 || res.StatusCode == 407) {
		p.mu.Lock()
		p.regSeq++ // the answer to the challenge is a request of its own
		p.mu.Unlock()
		res, err = p.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: p.cfg.User, Password: p.cfg.Password})
	}
	if err != nil {
		return fmt.Errorf("register %s@%s: %w", p.cfg.User, p.cfg.Domain, err)
	}
	if res.StatusCode != 200 {
		return fmt.Errorf("register %s@%s: %s", p.cfg.User, p.cfg.Domain, res.StartLine())
	}
	return nil
}

func (p *Phone) registerRequest(expires int) *sip.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.regSeq++
	req := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: p.cfg.Domain})
	req.SetDestination(p.cfg.Server)
	self := sip.Uri{Scheme: "sip", User: p.cfg.User, Host: p.cfg.Domain}
	from := sip.FromHeader{Address: self}
	from.Params.Add("tag", sip.GenerateTagN(12))
	contact := p.contact()
	id := p.regID
	req.AppendHeader(&from)
	req.AppendHeader(&sip.ToHeader{Address: self})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: p.regSeq, MethodName: sip.REGISTER})
	req.AppendHeader(&contact)
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(expires)))
	return req
}

// Close hangs nothing up and unregisters nothing: the phone is gone, as when
// it is unplugged. Audio stops.
func (p *Phone) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	calls := make([]*Call, 0, len(p.calls))
	for _, c := range p.calls {
		calls = append(calls, c)
	}
	p.mu.Unlock()
	for _, c := range calls {
		c.stop()
	}
	err := errors.Join(p.wire.Close(), p.ua.Close())
	<-p.served
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close phone %s: %w", p.cfg.User, err)
	}
	return nil
}
