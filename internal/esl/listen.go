package esl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"switchyard/dialplan"
)

// mostKeys is how many keys are kept that nobody has asked for. A caller who
// presses more of them means nothing by it, and costs no memory.
const mostKeys = 50

// cutWithin is how soon a key ends what is played. A key that FreeSWITCH took a
// moment before a playback began ends none (measured), so we do then.
const cutWithin = 150 * time.Millisecond

// Listen runs actions like Execute and gives the keys (0-9, * and #) that were
// pressed since the last Listen, at most 50 of them. Keys of before the last
// Execute are forgotten: they were meant for whoever the caller spoke to.
//
// With cut the actions run one after the other, and the first key ends what is
// played: what did not begin because there are keys already is left out, and the
// variables, which are those of the last action, are nil then. The channel needs
// the variables of dialplan.Listening. After an error the keys wait for the next
// Listen.
func (s *Session) Listen(ctx context.Context, cut bool, actions ...dialplan.Action) (keys string, v dialplan.Variables, err error) {
	if len(actions) == 0 {
		return "", nil, errors.New("no action to listen to")
	}
	if cut {
		v, err = s.listenCut(ctx, actions)
	} else {
		v, err = s.execute(ctx, nil, actions...)
	}
	if err != nil {
		return "", nil, err
	}
	keys = string(s.keys)
	s.keys = s.keys[:0]
	return keys, v, nil
}

// listenCut runs actions until there is a key.
func (s *Session) listenCut(ctx context.Context, actions []dialplan.Action) (v dialplan.Variables, err error) {
	for _, a := range actions {
		if err := s.catchUp(); err != nil {
			return nil, err
		}
		if len(s.keys) > 0 {
			return nil, nil
		}
		if v, err = s.playCut(ctx, a); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// playCut runs one action, which the first key ends.
func (s *Session) playCut(ctx context.Context, a dialplan.Action) (dialplan.Variables, error) {
	id, err := s.start(ctx, a)
	if err != nil {
		return nil, err
	}
	var last Event
	complete := false
	look := func(e Event) (bool, error) {
		last = e
		complete, err = s.progress(e, id, nil)
		return complete, err
	}
	err = s.wait(ctx, 0, func(e Event) (bool, error) {
		done, err := look(e)
		return done || len(s.keys) > 0, err
	})
	if err == nil && !complete {
		err = s.wait(ctx, cutWithin, look)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			if err = s.cut(); err == nil {
				err = s.wait(ctx, 0, look)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return last, nil
}

// cut ends what is played. A break that comes when it has ended already is
// forgotten when the next action begins, which was sent later (measured).
func (s *Session) cut() error {
	m, err := apiMessage(dialplan.BreakCommand(s.channel))
	if err != nil {
		return err
	}
	return s.send(m)
}

// catchUp looks at the events that were read already, without waiting.
func (s *Session) catchUp() error {
	for len(s.queue) > 0 || s.fr.has() {
		var e Event
		var err error
		if len(s.queue) > 0 {
			e, err = s.next()
		} else if e, err = s.passing(); e.text == nil && err == nil {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := s.progress(e, "", nil); err != nil {
			return err
		}
	}
	return nil
}

// pressed keeps the key of a DTMF event, if it is one of a telephone.
func (s *Session) pressed(e Event) {
	if key := e.Header("DTMF-Digit"); len(key) == 1 && strings.Contains("0123456789*#", key) && len(s.keys) < mostKeys {
		s.keys = append(s.keys, key[0])
	}
}

// HasFile asks the switch whether it has a file. It does not wait for the
// channel.
func (s *Session) HasFile(ctx context.Context, p dialplan.Prompt) (bool, error) {
	name, argument := dialplan.FileCommand(p)
	answer, err := s.API(ctx, name, argument)
	if err != nil {
		return false, err
	}
	switch strings.TrimSpace(answer) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("ask the switch for a file: unexpected answer %.40q", answer)
	}
}
