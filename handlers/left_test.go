package handlers_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// ending is a channel whose first application ends in some way.
type ending struct {
	executed error
	watched  dialplan.Ending
	panics   bool
	sent     []string
}

func (e *ending) Set(...dialplan.Variable) error {
	if e.panics {
		panic("a mistake")
	}
	return nil
}

func (e *ending) Execute(_ context.Context, _ func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error) {
	for _, a := range actions {
		e.sent = append(e.sent, a.Application()+" "+a.Argument())
	}
	return nil, e.executed
}

func (e *ending) Listen(ctx context.Context, _ bool, actions ...dialplan.Action) (string, dialplan.Variables, error) {
	v, err := e.Execute(ctx, nil, actions...)
	return "", v, err
}

func (e *ending) HasFile(context.Context, dialplan.Prompt) (bool, error) { return false, e.executed }

func (e *ending) Contacts(context.Context, dialplan.User, dialplan.Domain) ([]dialplan.DialString, error) {
	return nil, nil
}

func (e *ending) Hangup(dialplan.HangupCause) error      { return nil }
func (e *ending) Finish(context.Context) dialplan.Ending { return dialplan.Ending{} }
func (e *ending) Watch(context.Context) dialplan.Ending  { return e.watched }
func (e *ending) Release() error                         { return nil }

// A call that goes on without its session is left to whoever has it next; one
// that was moved is watched, and left only if its end was not seen.
func TestWhoeverHasTheCallNextIsTold(t *testing.T) {
	step := []string{"started routed", "step 1 extension 1001: ", "step 1 extension 1001: left-session"}
	over := dialplan.Ending{Cause: dialplan.NormalClearing, Complete: true}
	for name, tt := range map[string]struct {
		channel *ending
		want    string
	}{
		"lost":                   {&ending{executed: dialplan.ErrLost}, "left"},
		"server stops":           {&ending{executed: context.Canceled}, "left"},
		"moved, end seen":        {&ending{executed: dialplan.ErrLeft, watched: over}, "ended completed NORMAL_CLEARING complete=true"},
		"moved, end not seen":    {&ending{executed: dialplan.ErrLeft}, "left"},
		"moved, lost at the end": {&ending{executed: dialplan.ErrLeft, watched: dialplan.Ending{Cause: dialplan.NormalClearing}}, "left"},
	} {
		d, told := directory(t, operator, acme), &notes{}
		router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: told, Now: time.Now, Log: zerolog.Nop()}
		router.Serve(t.Context(), tt.channel, inbound)
		if diff := cmp.Diff(append(step[:3:3], tt.want), told.list); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

var inbound = routing.Call{ID: "50648892-aa42-4a00-a7a0-f8a12c769513", CallerNumber: "+13055550111", Dialled: "+13055550100"}

// A mistake of ours in a session does not leave its record open for ever.
func TestAPanicLeavesTheCall(t *testing.T) {
	d, told := directory(t, operator, acme), &notes{}
	router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: told, Now: time.Now, Log: zerolog.Nop()}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		router.Serve(t.Context(), &ending{panics: true}, inbound)
	}()
	if diff := cmp.Diff([]string{"started routed", "left"}, told.list); diff != "" {
		t.Error(diff)
	}
}

// The legs called for a call carry its id; an id that cannot stand in a dial
// string is left out, and the call goes on.
func TestLegsCarryTheirCall(t *testing.T) {
	for id, want := range map[routing.CallID]string{
		inbound.ID:       ",switchyard_call=50648892-aa42-4a00-a7a0-f8a12c769513}user/1001@acme.example",
		"a,b}":           "originate_timeout=26}user/1001@acme.example",
		"${system date}": "originate_timeout=26}user/1001@acme.example",
	} {
		d, channel := directory(t, operator, acme), &ending{executed: dialplan.ErrLost}
		router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: &notes{}, Now: time.Now, Log: zerolog.Nop()}
		call := inbound
		call.ID = id
		router.Serve(t.Context(), channel, call)
		if len(channel.sent) != 1 || len(channel.sent[0]) < len(want) || channel.sent[0][len(channel.sent[0])-len(want):] != want {
			t.Errorf("%s: sent %q", id, channel.sent)
		}
	}
}
