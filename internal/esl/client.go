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

// DialSwitch connects to an inbound event socket and logs in. The context
// bounds connecting and the login.
func DialSwitch(ctx context.Context, address, password string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to the event socket: %w", err)
	}
	c := &Client{conn: conn, fr: newFrameReader(conn, DefaultLimits)}
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
		return fmt.Errorf("%w: it said %q instead of asking for the password", ErrAuth, f.contentType)
	}
	f, err = c.ask(command.Auth{Password: password}, password)
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	if reply := (Event{f.head}).Header("Reply-Text"); !strings.HasPrefix(reply, "+OK") {
		return fmt.Errorf("%w: %s", ErrAuth, reply)
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

func (c *Client) ask(cmd command.Command, values ...string) (frame, error) {
	m, err := build(cmd, values...)
	if err != nil {
		return frame{}, err
	}
	if _, err := c.conn.Write([]byte(m)); err != nil {
		return frame{}, err
	}
	for {
		f, err := c.fr.next()
		if err != nil || f.contentType == eslgo.TypeReply || f.contentType == eslgo.TypeAPIResponse {
			return f, err
		}
	}
}

// bound makes reads and writes end with the context.
func (c *Client) bound(ctx context.Context) (release func()) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
