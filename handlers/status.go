package handlers

import (
	"slices"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Status is what a call came to, as its record and call.ended say it; a closed
// set.
type Status string

// The statuses. Active is a call that is not over and never appears in an
// event. Abandoned is a caller who gave up in a menu or a queue.
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
	case routing.TenantBroken, routing.Routed:
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
	case routing.NoInput, routing.Invalid, routing.TooManyTries: // the menu said so, the line may be answered
		return StatusNoAnswer, dialplan.NormalClearing
	case routing.Open, routing.Closed: // and nowhere to go then
		return StatusNoRoute, dialplan.ServiceUnavail
	case routing.Forwarded: // and nowhere to go: a circle, or too many forwards
		return StatusFailed, dialplan.ExchangeRouting
	case routing.Busy, routing.CallLimited:
		return StatusBusy, dialplan.UserBusy
	case routing.Unregistered:
		return StatusFailed, dialplan.NotRegistered
	case routing.CallerGone:
		return StatusCancelled, dialplan.OriginatorCancel
	case routing.Ended:
		return endedStatus(last), last.Cause
	case routing.Failed, routing.LeftSession, routing.Chosen:
	}
	return StatusFailed, dialplan.TemporaryFailure
}

// CallerGoneStatus is the status of a call whose caller hung up before anybody
// was connected, by the steps it went through: abandoned if it went through a
// menu and nobody was rung, neither before it nor where it led; else cancelled.
// A caller who went away in a mailbox is another matter, see Router.
func CallerGoneStatus(steps []Step) Status {
	inMenu := false
	for i := range steps {
		inMenu = inMenu || steps[i].Destination.Route == routing.RouteIVR
		if rang(&steps[i]) {
			return StatusCancelled
		}
	}
	if inMenu {
		return StatusAbandoned
	}
	return StatusCancelled
}

// rang tells whether a step rang somebody, or reached a mailbox.
func rang(s *Step) bool {
	switch s.Destination.Route {
	case routing.RouteIVR, routing.RouteSchedule, routing.RouteOverride, routing.RouteHangup,
		routing.RouteBack, routing.RouteTop, routing.RouteRepeat:
		return false
	case routing.RouteVoicemail:
		return true
	case routing.RouteExtension, routing.RouteRingGroup, routing.RouteForward:
	}
	if len(s.Attempts) > 0 {
		return slices.ContainsFunc(s.Attempts, func(a Attempt) bool { return a.Skipped == "" })
	}
	switch s.Outcome {
	case routing.Unregistered, routing.CallLimited, routing.NobodyAvailable, routing.Forwarded, routing.Failed:
		return false
	case routing.Answered, routing.NoAnswer, routing.Busy, routing.ExitKey, routing.MessageLeft, routing.Ended, routing.CallerGone, routing.LeftSession,
		routing.Chosen, routing.NoInput, routing.Invalid, routing.TooManyTries, routing.Open, routing.Closed:
	}
	return true // also while it rings
}

// endedStatus is the status of a call that its destination ended: a feature
// code, or that its tenant chose to hang up.
func endedStatus(last Result) Status {
	switch {
	case last.done:
		return StatusCompleted
	case last.Err != nil:
		return StatusFailed
	case last.Cause == dialplan.UserBusy:
		return StatusBusy
	case last.Cause == dialplan.NoAnswerCause:
		return StatusNoAnswer
	default:
		return StatusDenied
	}
}
