package esl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/percipia/eslgo"
	"github.com/percipia/eslgo/command"
)

// ErrAuth means that FreeSWITCH refused the event socket's password, or that
// its access list refuses this machine.
var ErrAuth = errors.New("the event socket refused us")

// Client is a connection to FreeSWITCH's inbound event socket, for questions
// about the switch. Not safe for concurrent use.
type Client struct {
	conn net.Conn
	fr   *frameReader
}

// answerLimits bound what a switch may say to a question: the list of its
// channels takes 800 bytes for each.
var answerLimits = Limits{HeaderBytes: 256 << 10, BodyBytes: 16 << 20}

// DialSwitch connects to an inbound event socket and logs in. The context
// bounds connecting and the login.
func DialSwitch(ctx context.Context, address, password string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to the event socket: %w", err)
	}
	return LogIn(ctx, conn, password)
}

// LogIn makes a client of a connection to an inbound event socket. The context
// bounds the login. The connection is closed if that fails.
func LogIn(ctx context.Context, conn net.Conn, password string) (*Client, error) {
	c := &Client{conn: conn, fr: newFrameReader(conn, answerLimits)}
	if err := c.login(ctx, password); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) login(ctx context.Context, password string) error {
	defer c.bound(ctx)()
	f, err := c.fr.next()
	if err != nil {
		return fmt.Errorf("wait for the event socket's greeting: %w", err)
	}
	if f.contentType != eslgo.TypeAuthRequest {
		return fmt.Errorf("%w: it said %q instead of asking for the password", ErrAuth, clip([]byte(f.contentType)))
	}
	f, err = c.ask(command.Auth{Password: password}, password)
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	if reply := (Event{f.head}).Header("Reply-Text"); !strings.HasPrefix(reply, "+OK") {
		return fmt.Errorf("%w: %s", ErrAuth, clip([]byte(reply)))
	}
	return nil
}

// API runs an API command and gives its answer as FreeSWITCH wrote it; an
// answer that begins with -ERR is an answer, not an error of this call.
func (c *Client) API(ctx context.Context, name, argument string) (string, error) {
	defer c.bound(ctx)()
	f, err := c.ask(command.API{Command: name, Arguments: argument}, name, argument)
	if err != nil {
		return "", fmt.Errorf("api %s: %w", name, err)
	}
	return string(f.body), nil
}

// SwitchName asks for the name that the switch puts into its events.
func (c *Client) SwitchName(ctx context.Context) (string, error) {
	answer, err := c.API(ctx, "switchname", "")
	if err != nil {
		return "", err
	}
	name := strings.TrimSpace(answer)
	if name == "" || len(name) > maxSwitchName || strings.HasPrefix(name, "-") {
		return "", fmt.Errorf("%w: it gave %q as its name", errFrame, clip([]byte(name)))
	}
	return name, nil
}

// maxSwitchName is longer than any name FreeSWITCH takes from its settings.
const maxSwitchName = 256

func (c *Client) ask(cmd command.Command, values ...string) (frame, error) {
	m, err := build(cmd, values...)
	if err != nil {
		return frame{}, err
	}
	if _, err := c.conn.Write([]byte(m)); err != nil {
		return frame{}, err
	}
	for range unasked {
		f, err := c.fr.next()
		if err != nil || f.contentType == eslgo.TypeReply || f.contentType == eslgo.TypeAPIResponse {
			return f, err
		}
	}
	return frame{}, fmt.Errorf("%w: no answer among %d frames", errFrame, unasked)
}

// unasked is how many frames may come before an answer.
const unasked = 1000

// bound makes reads and writes end with the context.
func (c *Client) bound(ctx context.Context) (release func()) {
	_ = c.conn.SetDeadline(time.Time{}) // of a closed connection, which reading will tell
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = c.conn.SetDeadline(time.Unix(1, 0))
	})
	return func() {
		if !stop() {
			<-ended // not after the next wait has begun
		}
	}
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
