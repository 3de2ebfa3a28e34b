package handlers_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caller is a channel with a caller who presses keys at given times, in a time
// of its own: what is played lasts as long as it says. Phones answer nobody.
type caller struct {
	now    time.Time
	keys   []press // not pressed yet, in order
	files  map[string]time.Duration
	broken error // what happens to the channel at operation number `at`
	at     int

	uses  int      // operations so far
	after []string // operations behind that
	ended []string // how it was ended
}

type press struct {
	at  time.Time
	key byte
}

// use counts an operation on the channel, and tells when it breaks there.
func (c *caller) use(what string) error {
	c.uses++
	if c.broken == nil || c.uses < c.at {
		return nil
	}
	if c.uses > c.at {
		c.after = append(c.after, what)
	}
	return c.broken
}

func (c *caller) Set(vs ...dialplan.Variable) error {
	if len(vs) == 0 {
		return nil
	}
	return c.use("set " + vs[0].Name())
}

func (c *caller) Execute(_ context.Context, _ func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error) {
	last := actions[len(actions)-1]
	if err := c.use(last.Application()); err != nil {
		return nil, err
	}
	return reply{"originate_disposition": "NO_ANSWER"}, nil
}

func (c *caller) Listen(_ context.Context, cut bool, actions ...dialplan.Action) (string, dialplan.Variables, error) {
	a := actions[0]
	if err := c.use(a.Application()); err != nil {
		return "", nil, err
	}
	if a.Application() != "playback" {
		var keys string
		for len(c.keys) > 0 && c.keys[0].at.Before(c.now) {
			keys, c.keys = keys+string(c.keys[0].key), c.keys[1:]
		}
		return keys, reply{}, nil
	}
	length, there := c.length(a.Argument())
	if !there {
		return "", reply{"current_application_response": "FILE NOT FOUND"}, nil
	}
	end := c.now.Add(length)
	result := reply{"current_application_response": "FILE PLAYED"}
	if length > dialplan.PieceLength {
		end = c.now.Add(dialplan.PieceLength)
		result = reply{"current_application_response": "PLAYBACK ERROR", "playback_ms": "20480", "playback_samples": "163840"}
	}
	var keys string
	for len(c.keys) > 0 && c.keys[0].at.Before(end) {
		keys += string(c.keys[0].key)
		c.now, c.keys = c.keys[0].at, c.keys[1:]
		if cut {
			return keys, reply{"current_application_response": "FILE PLAYED"}, nil
		}
	}
	c.now = end
	return keys, result, nil
}

func (c *caller) length(what string) (time.Duration, bool) {
	if ms, ok := strings.CutPrefix(what, "silence_stream://"); ok {
		n, err := strconv.Atoi(ms)
		return time.Duration(n) * time.Millisecond, err == nil
	}
	if strings.HasPrefix(what, "tone_stream://") {
		return time.Second, true
	}
	length, ok := c.files[what[strings.LastIndexByte(what, '/')+1:]]
	return length, ok
}

func (c *caller) HasFile(context.Context, dialplan.Prompt) (bool, error) {
	return true, c.use("file_exists")
}

func (c *caller) Contacts(context.Context, dialplan.User, dialplan.Domain) ([]dialplan.DialString, error) {
	return nil, nil // what it says is no condition for ringing
}

func (c *caller) Hangup(dialplan.HangupCause) error {
	c.ended = append(c.ended, "hangup")
	return nil
}

func (c *caller) Finish(context.Context) dialplan.Ending {
	c.ended = append(c.ended, "finish")
	return dialplan.Ending{Complete: true}
}

func (c *caller) Watch(context.Context) dialplan.Ending {
	c.ended = append(c.ended, "watch")
	return dialplan.Ending{Complete: true}
}

func (c *caller) Release() error {
	c.ended = append(c.ended, "release")
	return nil
}

// reply is what an application left on the channel.
type reply map[string]string

func (r reply) Variable(name string) string { return r[name] }

// steps is a Recorder that keeps the steps of a call as they ended.
type steps struct {
	notes
	all []handlers.Step
}

func (s *steps) Stepped(id routing.CallID, step handlers.Step) {
	s.notes.Stepped(id, step)
	if step.Outcome != "" {
		s.all = append(s.all, step)
	}
}
