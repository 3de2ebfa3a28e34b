package handlers

import (
	"switchyard/dialplan"
	"switchyard/routing"
)

// Status is what a call came to, as its record and call.ended say it; a closed
// set.
type Status string

// The statuses. Active is a call that is not over and never appears in an
// event. Abandoned is a caller who gave up in a queue.
const (
	StatusActive        Status = "active"
	StatusCompleted     Status = "completed"
	StatusNoAnswer      Status = "no_answer"
	StatusBusy          Status = "busy"
	StatusCancelled     Status = "cancelled"
	StatusAbandoned     Status = "abandoned"
	StatusVoicemail     Status = "voicemail"
	StatusBlocked       Status = "blocked"
	StatusDenied        Status = "denied"
	StatusSuspended     Status = "suspended"
	StatusFailed        Status = "failed"
	StatusNoRoute       Status = "no_route"
	StatusUnknownNumber Status = "unknown_number"
)

// refusal gives the status of a call that is not routed, and the cause that
// makes FreeSWITCH give the caller the SIP answer documented for it: unknown
// number 404, suspended tenant 403, no route 480, denied 403, blocked 603 or
// what the entry of the blocklist says.
func refusal(d *routing.Decision) (Status, dialplan.HangupCause) {
	switch d.Verdict {
	case routing.UnknownNumber:
		return StatusUnknownNumber, dialplan.Unallocated
	case routing.TenantSuspended:
		return StatusSuspended, dialplan.IncomingBarred
	case routing.NoRoute:
		return StatusNoRoute, dialplan.ServiceUnavail
	case routing.CallerBlocked:
		if d.Block != nil && d.Block.Cause != "" {
			return StatusBlocked, dialplan.HangupCause(d.Block.Cause)
		}
		return StatusBlocked, dialplan.CallRejected
	case routing.CallDenied:
		return StatusDenied, dialplan.OutgoingBarred
	case routing.Routed:
	}
	return StatusFailed, dialplan.TemporaryFailure
}

// farewell gives the status of a call by how its last destination ended, and
// the cause to hang up with.
func farewell(last Result) (Status, dialplan.HangupCause) {
	switch last.Outcome {
	case routing.Answered:
		return StatusCompleted, dialplan.NormalClearing
	case routing.MessageLeft:
		return StatusVoicemail, dialplan.NormalClearing
	case routing.NoAnswer, routing.NobodyAvailable, routing.ExitKey:
		return StatusNoAnswer, dialplan.NoAnswerCause
	case routing.Forwarded: // and nowhere to go: a circle, or too many forwards
		return StatusFailed, dialplan.ExchangeRouting
	case routing.Busy, routing.CallLimited:
		return StatusBusy, dialplan.UserBusy
	case routing.Unregistered:
		return StatusFailed, dialplan.NotRegistered
	case routing.CallerGone:
		return StatusCancelled, dialplan.OriginatorCancel
	case routing.Ended:
		return endedStatus(last.Cause), last.Cause
	case routing.Failed, routing.LeftSession:
	}
	return StatusFailed, dialplan.TemporaryFailure
}

// endedStatus is the status of a call its tenant chose to hang up.
func endedStatus(cause dialplan.HangupCause) Status {
	switch cause {
	case dialplan.UserBusy:
		return StatusBusy
	case dialplan.NoAnswerCause:
		return StatusNoAnswer
	default:
		return StatusDenied
	}
}
