package record

import (
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// Names of facts that other sources than the session add.
const (
	factSource      = "source"      // why there is a record that no session wrote
	factMessageLeft = "messageLeft" // the switch said so
	factBlocked     = "blockReason"
	factDenied      = "denyReason"
)

// closings are the last events of a call, in order, by its record as it is
// closed. Who closes it tells them, in the transaction that stores the record.
// recording.ready is behind call.ended and not before, as the others: a call
// that was closed without knowing of its recording must be able to tell of it
// later, see news.
func closings(c *Call) []happening {
	var last []happening
	if c.ForwardedTo != "" {
		last = append(last, forwardCompleted(c))
	}
	if _, missed := missedBy(c); missed {
		last = append(last, happening{kind: CallMissed, at: c.EndedAt})
	}
	last = append(last, happening{kind: CallEnded, at: c.EndedAt})
	if c.RecordingFile != "" {
		last = append(last, recordingReady(c))
	}
	return last
}

func recordingReady(c *Call) happening { return happening{kind: RecordingReady, at: c.EndedAt} }

// news are the events of a record that was closed before and knows more now.
// Who stores the better record tells them with it; a store takes them once.
func news(before, now *Call) []happening {
	if before.RecordingFile != "" || now.RecordingFile == "" {
		return nil
	}
	return []happening{recordingReady(now)}
}

// callerLeg gives the caller's leg, if its end is known.
func callerLeg(id routing.CallID, legs []Leg) (Leg, bool) {
	for _, l := range legs {
		if l.Side == "a" && l.LegID == string(id) && l.Complete && !l.EndedAt.IsZero() {
			return l, true
		}
	}
	return Leg{}, false
}

// closedBy gives the record as the caller's leg closes it.
func closedBy(c Call, leg *Leg) Call {
	c.EndedAt = later(c.StartedAt, leg.EndedAt)
	c.Steps = interrupted(c.Steps, c.EndedAt)
	if c.BridgedAt.IsZero() {
		c.BridgedAt = leg.BridgedAt
	}
	if leg.RecordingFile != "" {
		c.RecordingFile, c.RecordingSec = leg.RecordingFile, leg.RecordingSec
	}
	c.Status = statusOf(&c, leg)
	c.RingingAt = leg.RingingAt
	if c.AnsweredAt.IsZero() && c.Status == handlers.StatusCompleted {
		c.AnsweredAt = leg.AnsweredAt
	}
	created := leg.StartedAt
	if created.IsZero() {
		created = c.StartedAt
	}
	c.DurationSec, c.BillSec = wholeSeconds(created, c.EndedAt), wholeSeconds(leg.AnsweredAt, c.EndedAt)
	if !leg.RingingAt.IsZero() {
		c.PDDMs = max(0, int(leg.RingingAt.Sub(created).Milliseconds()))
	}
	c.HangupCause, c.Q850, c.SIPCode, c.HungUpBy = leg.Cause, leg.Q850, leg.SIPCode, leg.HungUpBy
	c.ReadCodec, c.WriteCodec = leg.ReadCodec, leg.WriteCodec
	c.Source, c.Complete = leg.Source, leg.Complete
	c.Owner, c.LeftAt = "", time.Time{}
	return c
}

// improvedBy gives a record that is over, but not complete, as the caller's leg
// completes it. What a session said the call came to stays: it knows better.
func improvedBy(c Call, leg *Leg) Call {
	better := closedBy(c, leg)
	if c.Source != SourceReconciled && c.Facts[factMessageLeft] == "" {
		better.Status = c.Status
	}
	return better
}

// closedByNobody gives the record of a call of which nothing was said but that
// it is gone. It ended at the last moment it is known to have lived: when the
// switch last had it, a session let go of it, or something happened in it. The
// cause is empty, because any would be made up.
func closedByNobody(o *Orphan) Call {
	c := o.Call
	c.EndedAt = lastKnown(o)
	c.Steps = interrupted(c.Steps, c.EndedAt)
	c.Status = statusOf(&c, nil)
	c.DurationSec, c.BillSec = wholeSeconds(c.StartedAt, c.EndedAt), wholeSeconds(c.AnsweredAt, c.EndedAt)
	c.HangupCause = ""
	c.Source, c.Complete = SourceReconciled, false
	c.Owner, c.LeftAt = "", time.Time{}
	return c
}

func lastKnown(o *Orphan) time.Time {
	at := later(o.Call.StartedAt, later(o.SeenAt, o.Call.LeftAt))
	at = later(at, o.Call.AnsweredAt)
	for _, s := range o.Call.Steps {
		at = later(at, later(s.From, s.To))
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// statusOf tells what a call came to that no session ended, from what its
// sessions noted and how the switch says the caller's leg ended (nil: it does
// not).
func statusOf(c *Call, leg *Leg) Status {
	var last Step
	if n := len(c.Steps); n > 0 {
		last = c.Steps[n-1]
	}
	switch {
	case c.Facts[factBlocked] != "":
		return handlers.StatusBlocked
	case c.Facts[factDenied] != "":
		return handlers.StatusDenied
	case c.Facts[factMessageLeft] != "" || last.Outcome == routing.MessageLeft:
		return handlers.StatusVoicemail
	case !c.AnsweredAt.IsZero():
		return handlers.StatusCompleted
	case last.Destination.Route == routing.RouteVoicemail:
		return handlers.StatusNoAnswer // what answered was the mailbox
	case leg == nil && last.Outcome == routing.CallerGone:
		return handlers.CallerGoneStatus(c.Steps)
	case leg == nil:
		return statusOfStep(last.Outcome)
	case throughMenu(c.Steps) && c.BridgedAt.IsZero():
		return statusBehindMenu(c, leg) // what answered, if anything did, was the menu
	case !leg.AnsweredAt.IsZero():
		return handlers.StatusCompleted
	case leg.Cause == string(dialplan.CallRejected) && len(c.Steps) == 0:
		return handlers.StatusBlocked // a step would have been the tenant's own refusal
	default:
		return statusOfCause(dialplan.HangupCause(leg.Cause), leg.HungUpBy, c.TenantID != "")
	}
}

func throughMenu(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.Destination.Route == routing.RouteIVR })
}

// statusBehindMenu is the status of a call that went through a menu and was
// connected to nobody. Whoever hung up counts; else how its last step ended,
// and what a step that leads on, or was broken off, does not say the cause does.
func statusBehindMenu(c *Call, leg *Leg) Status {
	last := c.Steps[len(c.Steps)-1].Outcome
	switch {
	case leg.HungUpBy == "caller" || last == routing.CallerGone:
		return handlers.CallerGoneStatus(c.Steps)
	case slices.Contains([]routing.Outcome{routing.LeftSession, routing.Chosen, routing.Open, routing.Closed, ""}, last):
		return statusOfCause(dialplan.HangupCause(leg.Cause), leg.HungUpBy, c.TenantID != "")
	default:
		return statusOfStep(last)
	}
}

// statusOfStep is what is known of a call whose end nobody saw.
func statusOfStep(o routing.Outcome) Status {
	switch o {
	case routing.Answered:
		return handlers.StatusCompleted
	case routing.MessageLeft:
		return handlers.StatusVoicemail
	case routing.NoAnswer, routing.NobodyAvailable, routing.ExitKey, routing.NoInput, routing.Invalid, routing.TooManyTries:
		return handlers.StatusNoAnswer
	case routing.Busy, routing.CallLimited:
		return handlers.StatusBusy
	case routing.CallerGone:
		return handlers.StatusCancelled
	case routing.Unregistered, routing.Forwarded, routing.Ended, routing.Failed, routing.LeftSession,
		routing.Chosen, routing.Open, routing.Closed:
	}
	return handlers.StatusFailed
}

// statusOfCause is the status of a call that was never answered. The causes
// are those this server refuses calls with, and FreeSWITCH's own.
func statusOfCause(cause dialplan.HangupCause, hungUpBy string, hasTenant bool) Status {
	switch cause {
	case dialplan.UserBusy:
		return handlers.StatusBusy
	case dialplan.NoAnswerCause, "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT", "PROGRESS_TIMEOUT":
		return handlers.StatusNoAnswer
	case dialplan.OriginatorCancel:
		return handlers.StatusCancelled
	case dialplan.NormalClearing:
		if hungUpBy == "caller" {
			return handlers.StatusCancelled
		}
		return handlers.StatusNoAnswer
	case dialplan.CallRejected, dialplan.OutgoingBarred:
		return handlers.StatusDenied
	case dialplan.IncomingBarred:
		return handlers.StatusSuspended
	case dialplan.ServiceUnavail:
		return handlers.StatusNoRoute
	case dialplan.Unallocated:
		if !hasTenant {
			return handlers.StatusUnknownNumber
		}
		return handlers.StatusFailed
	default:
		return handlers.StatusFailed
	}
}
