package phone

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Message is one SIP message as it was on the wire.
type Message struct {
	At   time.Time
	Sent bool // by this phone
	Raw  []byte
}

// FirstLine is the request line or status line.
func (m Message) FirstLine() string {
	line, _, _ := bytes.Cut(m.Raw, []byte("\r\n"))
	return string(line)
}

// Status is the status code of a response, 0 of a request.
func (m Message) Status() int {
	rest, ok := strings.CutPrefix(m.FirstLine(), "SIP/2.0 ")
	if !ok || len(rest) < 3 {
		return 0
	}
	code, err := strconv.Atoi(rest[:3])
	if err != nil {
		return 0
	}
	return code
}

// Method is the method of a request, or the one a response answers.
func (m Message) Method() string {
	if m.Status() == 0 {
		method, _, _ := strings.Cut(m.FirstLine(), " ")
		return method
	}
	_, method, _ := strings.Cut(m.Header("CSeq"), " ")
	return method
}

// Header gives the first header of that name, "" when it is absent. Folded
// lines are given as they came.
func (m Message) Header(name string) string {
	if all := m.Headers(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Headers gives all headers of that name, in order.
func (m Message) Headers(name string) []string {
	var all []string
	head, _, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			all = append(all, strings.TrimSpace(value))
		}
	}
	return all
}

// wire is the UDP socket of a phone and keeps all that passes.
type wire struct {
	net.PacketConn
	reading   chan struct{} // closed when somebody reads
	readingOn sync.Once

	mu      sync.Mutex
	seen    []Message
	changed chan struct{} // closed and replaced at each message
}

func newWire() (*wire, error) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a SIP port: %w", err)
	}
	return &wire{PacketConn: conn, reading: make(chan struct{}), changed: make(chan struct{})}, nil
}

// ReadFrom keeps the datagram it gives.
func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	w.readingOn.Do(func() { close(w.reading) })
	n, addr, err := w.PacketConn.ReadFrom(b)
	if err == nil {
		w.keep(Message{At: time.Now(), Raw: bytes.Clone(b[:n])})
	}
	return n, addr, err
}

// WriteTo keeps the datagram it sends.
func (w *wire) WriteTo(b []byte, addr net.Addr) (int, error) {
	w.keep(Message{At: time.Now(), Sent: true, Raw: bytes.Clone(b)})
	return w.PacketConn.WriteTo(b, addr)
}

func (w *wire) keep(m Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, m)
	close(w.changed)
	w.changed = make(chan struct{})
}

// messages gives those for which match is true, and a channel that is closed
// when there is more to see.
func (w *wire) messages(match func(Message) bool) ([]Message, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []Message
	for _, m := range w.seen {
		if match(m) {
			found = append(found, m)
		}
	}
	return found, w.changed
}

// wait gives the first message for which match is true, seen already or not.
func (w *wire) wait(ctx context.Context, what string, match func(Message) bool) (Message, error) {
	for {
		found, changed := w.messages(match)
		if len(found) > 0 {
			return found[0], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("wait for %s: %w; seen: %s", what, ctx.Err(), w.lines())
		}
	}
}

func (w *wire) lines() string {
	all, _ := w.messages(func(Message) bool { return true })
	all = slices.DeleteFunc(all, func(m Message) bool { return m.Method() == "REGISTER" })
	var b strings.Builder
	for _, m := range all[max(0, len(all)-12):] {
		mark := "<"
		if m.Sent {
			mark = ">"
		}
		fmt.Fprintf(&b, "%s %s; ", mark, m.FirstLine())
	}
	return b.String()
}
