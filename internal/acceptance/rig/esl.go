package rig

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Event is one event: its headers, decoded, and its body.
type Event struct {
	Header map[string]string
	Body   string
	At     time.Time // when it was read
}

// Get gives a header, "" when it is absent.
func (e Event) Get(name string) string { return e.Header[name] }

// ESL is a connection to FreeSWITCH's inbound event socket. API may be called
// from several goroutines; Events has one reader.
type ESL struct {
	conn    net.Conn
	mu      sync.Mutex // one command at a time: replies carry no id
	replies chan Event
	events  chan Event
	done    chan struct{}
	err     error // set before done is closed
}

// eventBuffer holds the events nobody has read yet; when it is full the
// connection is given up rather than an event lost in silence.
const eventBuffer = 20000

// DialESL connects and authenticates.
func DialESL(ctx context.Context, addr, password string) (*ESL, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect to the event socket: %w", err)
	}
	e := &ESL{conn: conn, replies: make(chan Event), events: make(chan Event, eventBuffer), done: make(chan struct{})}
	go e.read()
	reply, err := e.command(ctx, "auth "+password)
	if err == nil && !strings.HasPrefix(reply.Get("Reply-Text"), "+OK") {
		err = fmt.Errorf("event socket: %s", reply.Get("Reply-Text"))
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// Subscribe asks for events, as the command "event plain" takes them.
func (e *ESL) Subscribe(ctx context.Context, events string) error {
	_, err := e.command(ctx, "event plain "+events)
	return err
}

// API runs a command and gives its answer.
func (e *ESL) API(ctx context.Context, command string) (string, error) {
	reply, err := e.command(ctx, "api "+command)
	if err != nil {
		return "", fmt.Errorf("api %s: %w", command, err)
	}
	return reply.Body, nil
}

// Events are the events subscribed to, in order. The channel is closed when
// the connection ends.
func (e *ESL) Events() <-chan Event { return e.events }

// Next waits for the first event for which match is true and drops those
// before it.
func (e *ESL) Next(ctx context.Context, match func(Event) bool) (Event, error) {
	for {
		select {
		case <-ctx.Done():
			return Event{}, fmt.Errorf("wait for an event: %w", ctx.Err())
		case ev, ok := <-e.events:
			if !ok {
				return Event{}, fmt.Errorf("wait for an event: %w", e.err)
			}
			if match(ev) {
				return ev, nil
			}
		}
	}
}

// Close ends the connection.
func (e *ESL) Close() {
	e.conn.Close()
	<-e.done
}

func (e *ESL) command(ctx context.Context, line string) (Event, error) {
	if strings.ContainsAny(line, "\r\n") {
		return Event{}, errors.New("a command has one line")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := io.WriteString(e.conn, line+"\n\n"); err != nil {
		return Event{}, err
	}
	select {
	case reply := <-e.replies:
		return reply, nil
	case <-e.done:
		return Event{}, e.err
	case <-ctx.Done():
		e.conn.Close() // the reply would be taken for the next command's
		return Event{}, ctx.Err()
	}
}

func (e *ESL) read() {
	defer close(e.events)
	defer close(e.done)
	r := bufio.NewReader(e.conn)
	for {
		frame, err := readFrame(r)
		if err != nil {
			e.err = err
			return
		}
		switch frame.Get("Content-Type") {
		case "command/reply", "api/response":
			select {
			case e.replies <- frame:
			case <-time.After(5 * time.Second): // its asker gave up
				e.err = errors.New("a reply nobody waited for")
				e.conn.Close()
				return
			}
		case "text/event-plain":
			ev, err := parsePlain(frame)
			if err != nil {
				e.err = err
				return
			}
			select {
			case e.events <- ev:
			default:
				e.err = errors.New("events were not read in time")
				e.conn.Close()
				return
			}
		}
	}
}

func readFrame(r *bufio.Reader) (Event, error) {
	head, err := textproto.NewReader(r).ReadMIMEHeader()
	if err != nil {
		return Event{}, err
	}
	ev := Event{Header: make(map[string]string, len(head)), At: time.Now()}
	for name := range head {
		ev.Header[name] = head.Get(name)
	}
	if n, _ := strconv.Atoi(head.Get("Content-Length")); n > 0 {
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return Event{}, err
		}
		ev.Body = string(body)
	}
	return ev, nil
}

// parsePlain reads the event inside a text/event-plain frame: headers with
// URL-encoded values, and for some events a body.
func parsePlain(frame Event) (Event, error) {
	ev := Event{Header: make(map[string]string), At: frame.At}
	head, body, _ := strings.Cut(frame.Body, "\n\n")
	ev.Body = body
	for line := range strings.Lines(head) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		if !ok {
			continue
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return Event{}, fmt.Errorf("event header %s: %w", name, err)
		}
		ev.Header[name] = decoded
	}
	return ev, nil
}

func password() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}
