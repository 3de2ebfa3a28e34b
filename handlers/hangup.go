package handlers

import (
	"context"

	"switchyard/dialplan"
	"switchyard/routing"
)

// hangup ends the call with the cause its tenant chose.
type hangup struct{}

// Run implements Handler; the target is a FreeSWITCH hangup cause.
func (hangup) Run(_ context.Context, _ *Call, at routing.Stop) Result {
	return Result{Outcome: routing.Ended, Cause: dialplan.HangupCause(at.Target)}
}
