package handlers

import (
	"context"

	"switchyard/dialplan"
	"switchyard/routing"
)

// hangup ends the call with the cause its tenant chose.
type hangup struct{}

// Run implements Handler; target is a FreeSWITCH hangup cause.
func (hangup) Run(_ context.Context, _ *Call, target string) Result {
	return Result{Outcome: routing.Ended, Cause: dialplan.HangupCause(target)}
}
