package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"switchyard/dialplan"
	"switchyard/internal/esl"
	"switchyard/internal/record"
	"switchyard/routing"
)

// asking bounds one round of questions to one switch.
const asking = 10 * time.Second

// listFrom is how many calls make it worth to have all channels listed, at
// 800 bytes each, instead of asking for each call.
const listFrom = 50

// Alive tells which of the calls a switch still has; see record.Switches. It
// uses a connection of its own, so that questions and events never wait for
// each other.
func (s *Switches) Alive(ctx context.Context, switchName string, ids []routing.CallID) (map[routing.CallID]bool, error) {
	asked, err := s.named(switchName)
	if err != nil {
		return nil, err
	}
	alive := make(map[routing.CallID]bool, len(ids))
	for _, l := range asked {
		if err := l.ask(ctx, switchName, ids, alive); err != nil {
			return nil, l.unreachable(err)
		}
	}
	return alive, nil
}

// named gives the links to switches of a name: usually one, more if two
// switches were given the same name, and then all have to be asked.
func (s *Switches) named(name string) ([]*link, error) {
	var found []*link
	var unknown *link
	for _, l := range s.links {
		switch l.snapshot().Name {
		case "":
			unknown = l
		case name:
			found = append(found, l)
		}
	}
	switch {
	case name == "":
		return nil, record.ErrNoSuchSwitch
	case len(found) > 0:
		return found, nil
	case unknown != nil: // it may be this one
		return nil, unknown.unreachable(errors.New("a switch was not reached yet, its name is not known"))
	default:
		return nil, record.ErrNoSuchSwitch
	}
}

func (l *link) unreachable(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &record.Unreachable{Since: l.answered, Err: err}
}

// logIn makes a connection for questions, beside that for events.
func (l *link) logIn(ctx context.Context) (*esl.Client, error) {
	conn, err := l.opts.Dial(ctx, l.at.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to the event socket: %w", err)
	}
	return esl.LogIn(ctx, conn, l.at.Password)
}

// logInTo is logIn where a switch of a name is known to be; another one may be
// there by now.
func (l *link) logInTo(ctx context.Context, name string) (*esl.Client, error) {
	c, err := l.logIn(ctx)
	if err != nil {
		return nil, err
	}
	now, err := c.SwitchName(ctx)
	if now = record.SafeText(now); err == nil && now != name {
		err = fmt.Errorf("at %s there is %s now", l.at.Address, now)
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// ask adds to alive what this switch has.
func (l *link) ask(ctx context.Context, name string, ids []routing.CallID, alive map[routing.CallID]bool) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	c, err := l.logInTo(ctx, name)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := exist(ctx, c, ids, alive); err != nil {
		return err
	}
	l.mu.Lock()
	l.answered = l.opts.Now()
	l.mu.Unlock()
	return nil
}

// exist asks for each call, but first, if they are many, for those that the
// switch lists. That list lags behind the channels, so a call that is not in it
// is still asked for by itself.
func exist(ctx context.Context, c *esl.Client, ids []routing.CallID, alive map[routing.CallID]bool) error {
	var listed map[string]bool
	if len(ids) >= listFrom {
		var err error
		if listed, err = listChannels(ctx, c); err != nil {
			return err
		}
	}
	for _, id := range ids {
		channel, err := dialplan.ParseChannelID(string(id))
		switch {
		case alive[id]: // another switch of that name has it
		case err != nil:
			alive[id] = false // no switch can have a channel of such a name
		case has(listed, channel.String()):
			alive[id] = true
		default:
			if alive[id], err = exists(ctx, c, channel); err != nil {
				return err
			}
		}
	}
	return nil
}

func has(listed map[string]bool, id string) bool {
	_, ok := listed[id]
	return ok
}

func exists(ctx context.Context, c *esl.Client, channel dialplan.ChannelID) (bool, error) {
	answer, err := c.API(ctx, "uuid_exists", channel.String())
	if err != nil {
		return false, err
	}
	switch strings.TrimSpace(answer) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("uuid_exists answered %q", record.SafeText(answer))
	}
}
