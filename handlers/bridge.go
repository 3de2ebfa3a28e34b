package handlers

import (
	"context"
	"errors"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// bridge calls a far side and reports how it went. A caller who hangs up after
// being connected has had an answer; before that, the caller is gone.
func bridge(ctx context.Context, c *Call, b dialplan.Bridge, called string) Result {
	if id, err := dialplan.ParseChannelID(string(c.Facts.ID)); err == nil {
		b.Call = id // without it the call goes on, only its legs' own records stay apart
	}
	connected := false
	v, err := c.Channel.Execute(ctx, func(at time.Time) {
		connected = true
		c.Connected(at, called)
	}, b)
	switch {
	case errors.Is(err, dialplan.ErrHungUp) && connected:
		return Result{Outcome: routing.Answered, Called: called}
	case err != nil:
		result := ended(err)
		result.Called = called
		return result
	}
	outcome, cause := dialplan.BridgeOutcome(v)
	return Result{Outcome: outcome, Cause: cause, Called: called}
}
