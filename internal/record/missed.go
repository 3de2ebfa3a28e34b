package record

import (
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

// maxMissed bounds the extensions that call.missed names.
const maxMissed = 100

// missedReason says why an extension did not take a call; a closed set.
type missedReason string

const (
	missedNoAnswer     missedReason = "no-answer"
	missedBusy         missedReason = "busy" // or the call was refused at the phone
	missedUnregistered missedReason = "unregistered"
	missedDND          missedReason = "do-not-disturb"
	missedCallLimit    missedReason = "call-limit"
	missedOnCall       missedReason = "on-call"
	missedForwarded    missedReason = "forwarded" // and nobody answered there
	missedCallerGone   missedReason = "caller-hung-up"
	missedExitKey      missedReason = "exit-key" // the caller pressed it
	missedFailed       missedReason = "failed"
	missedUnknown      missedReason = "unknown" // the server was gone meanwhile
)

type missedData struct {
	CallUUID    routing.CallID    `json:"callUuid"`
	Direction   routing.Direction `json:"direction"`
	Caller      string            `json:"caller"`
	CallerName  *string           `json:"callerName"`
	Destination string            `json:"destination"`
	InboundDID  *string           `json:"inboundDid"`
	Extensions  []missedExtension `json:"extensions"`
	Voicemail   bool              `json:"voicemail"`
	Status      Status            `json:"status"`
	Timestamp   string            `json:"timestamp"`
}

type missedExtension struct {
	Extension string       `json:"extension"`
	Reason    missedReason `json:"reason"`

	skipped bool
}

func missedDataOf(c *Call, at time.Time) missedData {
	extensions, _ := missedBy(c)
	return missedData{
		CallUUID: c.ID, Direction: c.Direction, Caller: c.CallerNumber, CallerName: orNull(c.CallerName), Destination: c.Dialled,
		InboundDID: orNull(c.InboundDID), Extensions: append([]missedExtension{}, extensions...),
		Voicemail: c.Status == handlers.StatusVoicemail, Status: c.Status, Timestamp: stamp(at),
	}
}

// missedBy gives the extensions that a call was for and that did not take it,
// by its record as it is closed. It was not missed when it reached a person or
// an outside number, here or elsewhere, or none of the tenant's extensions was
// meant: a mailbox is no person, and a menu that leads nowhere is for nobody.
func missedBy(c *Call) (by []missedExtension, missed bool) {
	if c.Direction == routing.Outbound || !c.AnsweredAt.IsZero() || c.Status == handlers.StatusCompleted {
		return nil, false
	}
	m := missedCall{at: map[string]int{}}
	for i := range c.Steps {
		m.step(&c.Steps[i])
	}
	return m.by, len(m.by) > 0 || m.unseen
}

// missedCall collects the extensions of a call, each once.
type missedCall struct {
	by     []missedExtension
	at     map[string]int // in by
	unseen bool           // a ring group rang, and nobody was there to say whom
}

func (m *missedCall) step(s *Step) {
	switch s.Destination.Route {
	case routing.RouteExtension:
		if len(s.Attempts) == 0 {
			m.add(missedExtension{Extension: s.Destination.Target, Reason: reasonOf(s.Outcome)})
		}
	case routing.RouteRingGroup:
		m.unseen = m.unseen || len(s.Attempts) == 0 && s.Outcome == routing.LeftSession
	case routing.RouteForward, routing.RouteVoicemail, routing.RouteHangup,
		routing.RouteIVR, routing.RouteSchedule, routing.RouteOverride, routing.RouteBack, routing.RouteTop, routing.RouteRepeat:
	}
	for i := range s.Attempts {
		if e, ok := missedAttempt(&s.Attempts[i], s.Outcome); ok {
			m.add(e)
		}
	}
}

// add notes an extension. Why it was passed over says more than how it rang
// before or after; else the last time counts.
func (m *missedCall) add(e missedExtension) {
	at, known := m.at[e.Extension]
	switch {
	case !known && len(m.by) < maxMissed:
		m.at[e.Extension] = len(m.by)
		m.by = append(m.by, e)
	case known && (e.skipped || !m.by[at].skipped):
		m.by[at] = e
	}
}

// missedAttempt gives the extension that an attempt was for, if it was for one.
func missedAttempt(a *Attempt, of routing.Outcome) (missedExtension, bool) {
	e := missedExtension{Extension: a.Member, skipped: a.Skipped != ""}
	if a.Member == "" || isE164(a.Member) {
		return e, false
	}
	var meant bool
	switch e.Reason, meant = skippedFor(a.Skipped); {
	case !meant:
		return e, false
	case e.skipped:
	case a.Outcome != "":
		e.Reason = reasonOf(a.Outcome)
	default:
		e.Reason = reasonWithin(of)
	}
	return e, true
}

// skippedFor gives the reason of an extension that was passed over. Who calls is
// not somebody who missed the call.
func skippedFor(skip routing.SkipReason) (reason missedReason, meant bool) {
	switch skip {
	case routing.SkipSelf, routing.SkipDenied, routing.SkipUnsafe:
		return "", false
	case routing.SkipForwarded:
		return missedForwarded, true
	case routing.SkipDoNotDisturb:
		return missedDND, true
	case routing.SkipUnregistered:
		return missedUnregistered, true
	case routing.SkipCallLimit:
		return missedCallLimit, true
	case routing.SkipOnCall:
		return missedOnCall, true
	case routing.SkipUnknown:
	}
	return missedFailed, true
}

// reasonOf gives the reason of an extension that was tried by how that ended.
func reasonOf(o routing.Outcome) missedReason {
	switch o {
	case routing.NoAnswer:
		return missedNoAnswer
	case routing.Busy:
		return missedBusy
	case routing.Unregistered:
		return missedUnregistered
	case routing.CallLimited:
		return missedCallLimit
	case routing.Forwarded:
		return missedForwarded
	case routing.CallerGone:
		return missedCallerGone
	case routing.ExitKey:
		return missedExitKey
	case routing.Failed:
		return missedFailed
	case routing.Answered, routing.NobodyAvailable, routing.MessageLeft, routing.Ended, routing.LeftSession,
		routing.Chosen, routing.NoInput, routing.Invalid, routing.TooManyTries, routing.Open, routing.Closed:
	}
	return missedUnknown
}

// reasonWithin gives the reason of one that rang together with others and of
// which nothing is known but how the whole ended: it did not say that it is busy.
func reasonWithin(o routing.Outcome) missedReason {
	switch o {
	case routing.CallerGone, routing.ExitKey, routing.Failed, routing.LeftSession:
		return reasonOf(o)
	case routing.Answered, routing.NoAnswer, routing.Busy, routing.Unregistered, routing.CallLimited, routing.NobodyAvailable,
		routing.Forwarded, routing.MessageLeft, routing.Ended,
		routing.Chosen, routing.NoInput, routing.Invalid, routing.TooManyTries, routing.Open, routing.Closed:
	}
	return missedNoAnswer
}
