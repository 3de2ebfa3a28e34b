package dialplan

import (
	"slices"
	"strings"

	"switchyard/routing"
)

// BridgeResult is how a bridge ended.
type BridgeResult struct {
	Outcome routing.Outcome
	// Cause is FreeSWITCH's disposition of the whole bridge, "SUCCESS" if
	// somebody answered, else mostly that of the first leg.
	Cause HangupCause
	// Legs that were called, in the order of the bridge, each once. Somebody
	// without a registered phone or behind a gateway that is down has none.
	Legs []LegEnd
	// SIP is the failure the far side answered last, 0 if none is known. It is
	// this bridge's only if ForgetFarAnswer was set before.
	SIP int
	// Redirected: whoever was called sent the call elsewhere (302), or may have:
	// the leg's own end says for certain.
	Redirected bool
	// KeyPressed: the caller ended the ringing with the key of CancelKey. For a
	// bridge with one leg it is known only with Bridge.ExitKey and
	// ForgetFarAnswer.
	KeyPressed bool
}

// LegEnd is how one leg of a bridge ended.
type LegEnd struct {
	ID      string
	Callee  string // see Leg.Callee; as hostile as what a phone registers
	Cause   HangupCause
	Outcome routing.Outcome
}

// ReadBridge reads how a bridge ended from the variables of its completion
// event. FreeSWITCH writes the disposition anew for every bridge, but goes on
// listing the legs of those before it: these are given in before and left out.
func ReadBridge(v Variables, before ...LegEnd) BridgeResult {
	disposition := HangupCause(strings.ToUpper(v.Variable("originate_disposition")))
	r := BridgeResult{Outcome: outcomeOf(disposition), Cause: disposition, Legs: legEnds(v, before)}
	code, _ := strings.CutPrefix(v.Variable(farAnswer), "sip:")
	r.SIP = count(code, maxSIP)
	// The bridge can be complete before the 302 has reached the caller's channel
	// (measured: 6 of 522); the leg's own end says whether it was one.
	r.Redirected = disposition == redirected && (r.SIP == 302 || r.SIP == 0)
	r.KeyPressed = v.Variable(cancelKey) != "" && r.cancelled()
	if disposition == OriginatorCancel && r.SIP == 487 {
		// A far side may say "487 Request Terminated" though nobody cancelled.
		r.Outcome = routing.Failed
	}
	return r
}

const (
	maxSIP     = 699
	redirected = HangupCause("REQUESTED_CHAN_UNAVAIL") // a 302 with outbound_redirect_fatal
)

// LoseRace ends a leg because another one has answered, or because the caller
// pressed the key of CancelKey while several rang.
const LoseRace = HangupCause("LOSE_RACE")

// cancelled tells how the caller's key ends legs: several as if another had
// answered, though none has; a single one with NO_ANSWER, which neither its own
// limit gives (ALLOTTED_TIMEOUT) nor, without an answer, the far side.
func (r BridgeResult) cancelled() bool {
	if r.Outcome == routing.Answered {
		return false
	}
	if slices.ContainsFunc(r.Legs, func(l LegEnd) bool { return l.Cause == LoseRace }) {
		return true
	}
	return len(r.Legs) == 1 && r.Legs[0].Cause == NoAnswerCause && r.SIP == 0
}

func legEnds(v Variables, before []LegEnd) []LegEnd {
	callees := legCallees(v.Variable("originated_legs"))
	var legs []LegEnd
	for _, leg := range legAttempts(v.Variable("originate_causes")) {
		if slices.ContainsFunc(before, func(b LegEnd) bool { return b.ID == leg.ID }) {
			continue
		}
		end := LegEnd{ID: leg.ID, Callee: callees[leg.ID], Cause: leg.Cause, Outcome: outcomeOf(leg.Cause)}
		if leg.Cause == NoCause {
			end.Outcome = routing.Answered
		}
		legs = append(legs, end)
	}
	return legs
}

// legCallees gives each leg's number from "ARRAY::uuid;name;number|:…".
func legCallees(s string) map[string]string {
	callees := map[string]string{}
	for entry := range strings.SplitSeq(strings.TrimPrefix(s, "ARRAY::"), "|:") {
		id, rest, _ := strings.Cut(entry, ";")
		if i := strings.LastIndexByte(rest, ';'); i >= 0 {
			callees[id] = rest[i+1:]
		}
	}
	return callees
}

// outcomeOf maps a disposition of originate, or the cause of one leg's end, to
// an outcome.
func outcomeOf(disposition HangupCause) routing.Outcome {
	switch disposition {
	case "SUCCESS":
		return routing.Answered
	case UserBusy, CallRejected, "DECLINE":
		return routing.Busy
	case NoAnswerCause, "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT", "PROGRESS_TIMEOUT",
		LoseRace,       // another one answered first
		NormalClearing: // answered, but hung up instead of accepting
		return routing.NoAnswer
	case NotRegistered, "SUBSCRIBER_ABSENT":
		return routing.Unregistered
	case OriginatorCancel:
		return routing.CallerGone
	default:
		return routing.Failed
	}
}

// VoicemailOutcome reads whether a message was left in mailbox. mod_voicemail
// writes these variables when it has delivered a message and says nothing at
// all when it could not work (no such mailbox, no prompts, too short).
func VoicemailOutcome(v Variables, domain Domain, mailbox User) routing.Outcome {
	if messageLeft(v) && v.Variable("voicemail_account") == mailbox.String() && v.Variable("voicemail_domain") == domain.String() {
		return routing.MessageLeft
	}
	return routing.Failed
}

func messageLeft(v Variables) bool { return v.Variable("voicemail_message_len") != "" }
