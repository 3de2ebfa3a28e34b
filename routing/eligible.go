package routing

import "time"

// PhoneState is what the switches say of an extension's phones at a moment.
type PhoneState struct {
	// Known is false when no switch was ever asked; then nothing else says
	// anything, and FreeSWITCH finds out by ringing.
	Known    bool
	AsOf     time.Time // when the switches last told it
	Stale    bool      // a switch is not connected: this is the last that was known
	Contacts int       // registered phones; -1: not known, only Calls is
	Calls    int       // calls they have, those that ring included, whoever routed them
}

// Ask is what a call wants to know of an extension before it rings it.
type Ask struct {
	Caller         string // the extension that calls; "" for a call from outside
	SkipOnCall     bool   // an extension that is on a call is not rung
	IgnoreForwards bool
	Phone          PhoneState
}

// SkipReason says why somebody is not rung; a closed set. It is kept with the
// call.
type SkipReason string

// The reasons.
const (
	SkipUnknown      SkipReason = "unknown"        // no such extension (any more)
	SkipSelf         SkipReason = "calling-itself" // it is the caller
	SkipForwarded    SkipReason = "forwarded"      // all its calls are forwarded
	SkipDoNotDisturb SkipReason = "do-not-disturb"
	SkipUnregistered SkipReason = "unregistered"
	SkipCallLimit    SkipReason = "call-limit" // it has as many calls as it may have
	SkipOnCall       SkipReason = "on-call"
	SkipDenied       SkipReason = "outside-denied" // the tenant may not call the outside number
	SkipUnsafe       SkipReason = "unsafe-contact" // a phone of it registered something that would call somebody else
)

// Eligibility says whether an extension is rung, and if not, why and what that
// means.
type Eligibility struct {
	Reason SkipReason // "": it is rung
	// Outcome is how a call to the extension alone ends for the reason.
	Outcome Outcome
	// Forward is its forward that answers for the reason, "" if none does.
	Forward ForwardType
}

// Eligible is the one place that decides whether an extension may be rung, for
// every destination that rings extensions.
func (p *Plan) Eligible(extension string, ask Ask) Eligibility {
	e, ok := p.extensions[extension]
	if !ok {
		return Eligibility{Reason: SkipUnknown, Outcome: Failed}
	}
	phone := ask.Phone
	switch {
	case ask.Caller == e.Extension:
		return Eligibility{Reason: SkipSelf, Outcome: Busy}
	case !ask.IgnoreForwards && p.hasForward(e, ForwardAlways):
		return Eligibility{Reason: SkipForwarded, Outcome: Forwarded, Forward: ForwardAlways}
	case e.DoNotDisturb:
		return p.skip(e, SkipDoNotDisturb, Busy)
	case phone.Known && phone.Contacts == 0 && !p.ringsElsewhere(e):
		return p.skip(e, SkipUnregistered, Unregistered)
	case phone.Known && e.CallLimit > 0 && phone.Calls >= e.CallLimit:
		return p.skip(e, SkipCallLimit, CallLimited)
	case phone.Known && ask.SkipOnCall && phone.Calls > 0:
		return p.skip(e, SkipOnCall, Busy)
	}
	return Eligibility{}
}

// ringsElsewhere tells that an extension has other numbers beside its phones.
func (p *Plan) ringsElsewhere(e *Extension) bool { return len(e.FollowMe) > 0 }

func (p *Plan) skip(e *Extension, reason SkipReason, out Outcome) Eligibility {
	el := Eligibility{Reason: reason, Outcome: out}
	for _, t := range forwardTypes(e, out) {
		if p.hasForward(e, t) {
			el.Forward = t
			break
		}
	}
	return el
}
