package handlers

import (
	"context"

	"switchyard/dialplan"
)

// Channel is a live call as handlers see it. Its methods are called from the
// call's own goroutine only.
type Channel interface {
	// Set puts variables on the channel before whatever is executed next.
	Set(vs ...dialplan.Variable) error
	// Execute runs actions one after the other and waits for the last one; it
	// ends early with dialplan.ErrHungUp, ErrLeft, ErrLost or the context's error.
	// The variables are those of its completion, valid until the next use of the channel.
	// bridged, if not nil, is told when the channel is connected to another leg.
	Execute(ctx context.Context, bridged func(dialplan.Joined), actions ...dialplan.Action) (dialplan.Variables, error)
	// Listen is Execute that also gives the keys (0-9, * and #) the caller pressed
	// since the last Listen, at most 50. With cut the first one ends what is played,
	// and actions that did not begin because there were keys already are left out;
	// the variables are nil then. The channel needs the variables of
	// dialplan.Listening.
	Listen(ctx context.Context, cut bool, actions ...dialplan.Action) (keys string, v dialplan.Variables, err error)
	// HasFile asks the switch whether it has a file. It does not wait for the
	// channel.
	HasFile(ctx context.Context, p dialplan.Prompt) (bool, error)
	// Contacts asks the switch where the registered phones of a user are, one
	// DialString a phone; none: nothing. It does not wait for the channel.
	Contacts(ctx context.Context, u dialplan.User, d dialplan.Domain) ([]dialplan.DialString, error)
	// Hangup ends the call with a cause, whatever runs on it.
	Hangup(cause dialplan.HangupCause) error
	// Finish waits for the last word on a call that was hung up.
	Finish(ctx context.Context) dialplan.Ending
	// Watch waits for the end of a call that has left this session.
	Watch(ctx context.Context) dialplan.Ending
	// Release undoes what Set did, for a call that lives on without us.
	Release() error
}
