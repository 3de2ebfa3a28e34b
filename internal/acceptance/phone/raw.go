package phone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// RawInvite is a call whose headers are written as given, byte for byte, as a
// caller would who means harm.
type RawInvite struct {
	Server string // host:port
	User   string // of the request line and To
	From   string // the whole header value without tag: "name" <sip:…>
	// Headers are further lines, each ended by CRLF.
	Headers string
}

// DialRaw places the call and gives its final status. An answered call is then
// kept until the other side hangs up. Nothing is sent as audio.
func DialRaw(ctx context.Context, inv RawInvite) (status int, err error) {
	w, err := newWire()
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.Close() }()
	server, err := net.ResolveUDPAddr("udp4", inv.Server)
	if err != nil {
		return 0, fmt.Errorf("raw call: %w", err)
	}
	r := rawCall{wire: w, server: server, inv: inv, branch: sip.GenerateBranch(), id: sip.GenerateTagN(20), tag: sip.GenerateTagN(10)}
	defer context.AfterFunc(ctx, func() { _ = w.Close() })()
	status, err = r.run()
	if ctx.Err() != nil {
		return status, fmt.Errorf("raw call: %w; seen: %s", ctx.Err(), w.lines())
	}
	return status, err
}

type rawCall struct {
	wire            *wire
	server          *net.UDPAddr
	inv             RawInvite
	branch, id, tag string
}

func (r rawCall) run() (status int, err error) {
	invite := r.request("INVITE", "sip:"+r.inv.User+"@"+r.inv.Server, r.branch, "<sip:"+r.inv.User+"@"+r.inv.Server+">",
		r.inv.Headers+"Contact: <sip:raw@"+r.wire.LocalAddr().String()+">\r\nContent-Type: application/sdp\r\n", r.sdp())
	heard := false
	for {
		if !heard {
			if _, err := r.wire.WriteTo(invite, r.server); err != nil {
				return 0, err
			}
		}
		m, err := r.next(!heard)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue // nothing came: the INVITE is sent again
		}
		if err != nil {
			return status, err
		}
		heard = true
		over, err := r.take(m, &status)
		if over || err != nil {
			return status, err
		}
	}
}

// take answers one message; over when nothing more is to come.
func (r rawCall) take(m Message, status *int) (over bool, err error) {
	switch code := m.Status(); {
	case code == 0 && m.Method() == "BYE":
		_, err = r.wire.WriteTo(response(m), r.server)
		return true, err
	case code < 200 || m.Method() != "INVITE":
		return false, nil
	case code < 300:
		*status = code
		_, err = r.wire.WriteTo(r.request("ACK", target(m), sip.GenerateBranch(), m.Header("To"), "", nil), r.server)
		return false, err
	default:
		*status = code
		_, err = r.wire.WriteTo(r.request("ACK", "sip:"+r.inv.User+"@"+r.inv.Server, r.branch, m.Header("To"), "", nil), r.server)
		return true, err
	}
}

func (r rawCall) next(impatient bool) (Message, error) {
	var deadline time.Time
	if impatient {
		deadline = time.Now().Add(500 * time.Millisecond)
	}
	if err := r.wire.SetReadDeadline(deadline); err != nil {
		return Message{}, err
	}
	b := make([]byte, 65535)
	n, _, err := r.wire.ReadFrom(b)
	return Message{At: time.Now(), Raw: b[:n]}, err
}

func (r rawCall) request(method, uri, branch, to, headers string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\n", method, uri)
	fmt.Fprintf(&b, "Via: SIP/2.0/UDP %s;branch=%s\r\n", r.wire.LocalAddr(), branch)
	fmt.Fprintf(&b, "From: %s;tag=%s\r\nTo: %s\r\n", r.inv.From, r.tag, to)
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\n", r.id, method)
	fmt.Fprintf(&b, "%sContent-Length: %d\r\n\r\n%s", headers, len(body), body)
	return b.Bytes()
}

func (r rawCall) sdp() []byte {
	port := r.wire.LocalAddr().(*net.UDPAddr).Port
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port+1)
}

func target(m Message) string {
	_, rest, _ := strings.Cut(m.Header("Contact"), "<")
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}

// response says 200 to a request: the headers that identify it come back as
// they are, folded lines included.
func response(m Message) []byte {
	var b bytes.Buffer
	b.WriteString("SIP/2.0 200 OK\r\n")
	head, _, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	_, head, _ = strings.Cut(head, "\r\n")
	keep := false
	for line := range strings.SplitSeq(head, "\r\n") {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			name, _, _ := strings.Cut(line, ":")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "via", "from", "to", "call-id", "cseq":
				keep = true
			default:
				keep = false
			}
		}
		if keep {
			b.WriteString(line + "\r\n")
		}
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.Bytes()
}
