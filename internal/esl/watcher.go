package esl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/percipia/eslgo"
	"github.com/percipia/eslgo/command"
)

// Watcher receives events of all channels of a switch over its inbound event
// socket. Not safe for concurrent use.
//
// FreeSWITCH ends a listener that has lost 500 events: whoever calls Next must
// not do anything that takes long in between.
type Watcher struct {
	client *Client
	name   string
}

// ErrDisconnected means that the switch ended the connection by itself.
var ErrDisconnected = errors.New("the switch ended the connection")

// quiet is how long a connection may be silent before the switch is asked
// whether it is still there, and then again until it counts as gone.
const quiet = 30 * time.Second

// Watch logs in on a connection to an inbound event socket, asks the switch
// for its name and subscribes to events, e.g. CHANNEL_HANGUP_COMPLETE, and to
// no others. The context bounds all of that. The connection is closed if it
// fails.
func Watch(ctx context.Context, conn net.Conn, password string, events ...string) (*Watcher, error) {
	c, err := LogIn(ctx, conn, password)
	if err != nil {
		return nil, err
	}
	c.fr.limits = DefaultLimits
	w := &Watcher{client: c}
	if err := w.begin(ctx, events); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return w, nil
}

func (w *Watcher) begin(ctx context.Context, events []string) error {
	name, err := w.client.SwitchName(ctx)
	if err != nil {
		return fmt.Errorf("ask the switch for its name: %w", err)
	}
	w.name = name
	defer w.client.bound(ctx)()
	f, err := w.client.ask(command.Event{Format: "plain", Listen: events}, events...)
	if err != nil {
		return fmt.Errorf("subscribe to events: %w", err)
	}
	if reply := (Event{f.head}).Header("Reply-Text"); !strings.HasPrefix(reply, "+OK") {
		return fmt.Errorf("subscribe to events: %w: %s", errFrame, clip([]byte(reply)))
	}
	return nil
}

// SwitchName is the name that the switch puts into its events.
func (w *Watcher) SwitchName() string { return w.name }

// Next waits for an event; it is valid until the next call. It ends with the
// context's error, with ErrDisconnected, and with an error when the switch says
// nothing at all for a minute, although it was asked. After an error the
// watcher is of no more use.
func (w *Watcher) Next(ctx context.Context) (Event, error) {
	for {
		f, err := w.frame(ctx)
		if err != nil {
			return Event{}, err
		}
		switch f.contentType {
		case eslgo.TypeEventPlain:
			return Event{f.body}, nil
		case eslgo.TypeReply, eslgo.TypeAPIResponse:
			// The answer to whether it is still there.
		case eslgo.TypeDisconnect:
			return Event{}, ErrDisconnected
		default:
			return Event{}, fmt.Errorf("%w: content type %q", errFrame, clip([]byte(f.contentType)))
		}
	}
}

// frame reads a frame, asking for one when none comes.
func (w *Watcher) frame(ctx context.Context) (frame, error) {
	f, err := w.read(ctx)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return f, err
	}
	if ctx.Err() != nil {
		return frame{}, ctx.Err()
	}
	if err := w.poke(ctx); err != nil {
		return frame{}, cmp.Or(ctx.Err(), fmt.Errorf("ask whether the switch is there: %w", err))
	}
	f, err = w.read(ctx)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = cmp.Or(ctx.Err(), fmt.Errorf("the switch says nothing: %w", err))
	}
	return f, err
}

// read reads a frame, waiting for quiet at most.
func (w *Watcher) read(ctx context.Context) (frame, error) {
	ctx, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	defer w.client.bound(ctx)()
	return w.client.fr.next()
}

func (w *Watcher) poke(ctx context.Context) error {
	m, err := apiMessage("switchname", "")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	defer w.client.bound(ctx)()
	_, err = w.client.conn.Write([]byte(m))
	return err
}

// Close ends the connection.
func (w *Watcher) Close() error { return w.client.Close() }
