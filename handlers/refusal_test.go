package handlers

import (
	"testing"

	"switchyard/dialplan"
	"switchyard/routing"
)

// What is not routed ends with the status and the cause documented for it.
func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		decision routing.Decision
		status   Status
		cause    dialplan.HangupCause
	}{
		{routing.Decision{Verdict: routing.UnknownNumber}, StatusUnknownNumber, dialplan.Unallocated},
		{routing.Decision{Verdict: routing.TenantSuspended}, StatusSuspended, dialplan.IncomingBarred},
		{routing.Decision{Verdict: routing.NoRoute}, StatusNoRoute, dialplan.ServiceUnavail},
		{routing.Decision{Verdict: routing.CallerBlocked}, StatusBlocked, dialplan.CallRejected},
		{routing.Decision{Verdict: routing.CallerBlocked, Block: &routing.Block{Cause: "USER_BUSY"}}, StatusBlocked, dialplan.UserBusy},
		{routing.Decision{Verdict: routing.CallDenied}, StatusDenied, dialplan.OutgoingBarred},
		{routing.Decision{Verdict: routing.TenantBroken}, StatusFailed, dialplan.TemporaryFailure},
	} {
		if status, cause := refusal(&c.decision); status != c.status || cause != c.cause {
			t.Errorf("%s: %s with %s, want %s with %s", c.decision.Verdict, status, cause, c.status, c.cause)
		}
	}
}
