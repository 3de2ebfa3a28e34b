package recording

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// message is one frame FreeSWITCH sent: the frame's headers, and those of the
// event inside it, decoded.
type message struct {
	frame map[string]string
	event map[string]string
}

func (m message) name() string { return m.event["Event-Name"] }

// conversation is one connection of FreeSWITCH to the recorder.
type conversation struct {
	conn   net.Conn
	scrub  *strings.Replacer
	start  time.Time
	frames chan message
	over   chan struct{}

	uuid string

	mu  sync.Mutex
	log bytes.Buffer
	n   int // event-uuids given
}

func converse(conn net.Conn, scrub *strings.Replacer) *conversation {
	c := &conversation{conn: conn, scrub: scrub, start: time.Now(), frames: make(chan message, 10000), over: make(chan struct{})}
	go c.read()
	return c
}

// open asks for the call's events, in one write, and takes the channel's id
// from the reply.
func (c *conversation) open(ctx context.Context, more ...string) error {
	return c.greet(ctx, append([]string{"connect", "linger 5", "myevents"}, more...)...)
}

func (c *conversation) greet(ctx context.Context, commands ...string) error {
	if err := c.send(commands...); err != nil {
		return err
	}
	m, err := c.until(ctx, func(m message) bool { return m.frame["Unique-ID"] != "" })
	if err != nil {
		return err
	}
	c.uuid = m.frame["Unique-ID"]
	return nil
}

// send writes commands together, each recorded as one.
func (c *conversation) send(commands ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, command := range commands {
		fmt.Fprintf(&c.log, "[%.4f] >>\n%s\n", time.Since(c.start).Seconds(), c.scrub.Replace(command))
		b.WriteString(command + "\n\n")
	}
	_, err := io.WriteString(c.conn, b.String())
	return err
}

// api sends an api command about the call; "UUID" in it is the call's id.
func (c *conversation) api(command string) error {
	return c.send("api " + strings.ReplaceAll(command, "UUID", c.uuid))
}

// execute is the message that runs an application, locked, with an event-uuid.
func (c *conversation) execute(app, arg string) (command, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	id = fmt.Sprintf("step-%d", c.n)
	command = "sendmsg\ncall-command: execute\nexecute-app-name: " + app
	if arg != "" {
		command += "\nexecute-app-arg: " + arg
	}
	return command + "\nevent-uuid: " + id + "\nevent-lock: true", id
}

// run executes an application and waits until it is done.
func (c *conversation) run(ctx context.Context, app, arg string, before ...string) (message, error) {
	command, id := c.execute(app, arg)
	if err := c.send(append(before, command)...); err != nil {
		return message{}, err
	}
	return c.done(ctx, id)
}

func (c *conversation) done(ctx context.Context, id string) (message, error) {
	return c.until(ctx, func(m message) bool {
		return m.name() == "CHANNEL_EXECUTE_COMPLETE" && m.event["Application-UUID"] == id
	})
}

// ended waits for the last event of the call.
func (c *conversation) ended(ctx context.Context) (message, error) {
	return c.until(ctx, func(m message) bool { return m.name() == "CHANNEL_HANGUP_COMPLETE" })
}

func (c *conversation) until(ctx context.Context, match func(message) bool) (message, error) {
	for {
		select {
		case m, ok := <-c.frames:
			if !ok {
				return message{}, fmt.Errorf("FreeSWITCH closed the connection")
			}
			if match(m) {
				return m, nil
			}
		case <-ctx.Done():
			return message{}, ctx.Err()
		}
	}
}

// finish says exit, if there is still somebody to hear it, and waits for the
// connection's end.
func (c *conversation) finish() {
	select {
	case <-c.over:
		return
	default:
	}
	_ = c.send("exit") // closed in this moment: the recording shows it
	select {
	case <-c.over:
	case <-time.After(2 * time.Second):
		c.conn.Close()
		<-c.over
	}
}

// drop closes the connection as a server does that is killed.
func (c *conversation) drop() {
	c.conn.Close()
	<-c.over
}

func (c *conversation) recording() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.log.Bytes())
}

func (c *conversation) read() {
	defer close(c.over)
	defer close(c.frames)
	r := bufio.NewReader(c.conn)
	for {
		head, body, err := readFrame(r)
		at := time.Since(c.start).Seconds()
		c.mu.Lock()
		if err != nil {
			fmt.Fprintf(&c.log, "[%.4f] EOF\n", at)
			c.mu.Unlock()
			return
		}
		fmt.Fprintf(&c.log, "[%.4f] <<\n%s", at, c.written(head, body))
		c.mu.Unlock()
		c.frames <- parse(head, body)
	}
}

// readFrame gives the header lines, without the empty one, and the body.
func readFrame(r *bufio.Reader) (head, body string, err error) {
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		if line == "\n" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(v)); err != nil {
				return "", "", err
			}
		}
		head += line
	}
	b := make([]byte, length)
	_, err = io.ReadFull(r, b)
	return head, string(b), err
}

// written is the frame as it is recorded: scrubbed, with the length of what is
// left.
func (c *conversation) written(head, body string) string {
	head, clean := c.scrub.Replace(head), c.scrub.Replace(body)
	if body == "" {
		return head
	}
	if len(clean) != len(body) {
		head = strings.Replace(head, fmt.Sprintf("Content-Length: %d\n", len(body)), fmt.Sprintf("Content-Length: %d\n", len(clean)), 1)
		clean = innerLength(body, clean)
	}
	return head + "\n" + clean + "\n"
}

// innerLength keeps an event's own Content-Length right; events with a body of
// their own do not come on a call's connection, so there is nothing to correct
// and a difference would be a surprise.
func innerLength(body, clean string) string {
	if strings.Contains(body, "\nContent-Length: ") {
		panic("an event with a body was scrubbed: its length would be wrong")
	}
	return clean
}

func parse(head, body string) message {
	return message{frame: headers(head), event: headers(body)}
}

func headers(text string) map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		if !ok {
			continue
		}
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		m[name] = value
	}
	return m
}
