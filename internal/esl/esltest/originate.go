package esltest

import (
	"strconv"
	"strings"
	"time"
)

// defaultRing is FreeSWITCH's time limit when none is given.
const defaultRing = 60

// attempt is one originate: the groups of a dial string, tried in order.
type attempt struct {
	c     *call
	dial  dialString
	legs  []*leg // of the group that rings
	start int64  // epoch of the group's begin; limits are counted in the clock's seconds

	timedOut bool
}

// originate rings until a leg is won or gives the cause of the failure. It
// keeps originate_disposition and its like as FreeSWITCH does.
func (c *call) originate(d dialString) (*leg, string) {
	a := &attempt{c: c, dial: d}
	c.vars.unset("sip_invite_failure_status")
	c.vars.unset("sip_invite_failure_phrase")
	c.vars.set("originate_disposition", "failure")
	c.vars.set("DIALSTATUS", "INVALIDARGS")
	cause := "DESTINATION_OUT_OF_ORDER"
	for _, group := range d.groups {
		var won *leg
		won, cause = a.ringGroup(group)
		if won != nil {
			c.passAnswer(won) // its events are out before the causes are kept
		}
		a.recordCauses()
		if won != nil {
			return won, ""
		}
		if a.timedOut || !c.ready() {
			break
		}
	}
	if !c.ready() {
		cause = "ORIGINATOR_CANCEL" // hung up, transferred, or sent on by a 302
	}
	c.vars.set("originate_disposition", cause)
	c.vars.set("DIALSTATUS", dialStatus(cause))
	return nil, cause
}

// passAnswer gives the caller what the winner gave: an answer or early media.
func (c *call) passAnswer(l *leg) {
	if l.answeredAt.IsZero() {
		c.preAnswer()
	} else {
		c.answer()
	}
}

// ringGroup rings the targets of one group together.
func (a *attempt) ringGroup(group []dialTarget) (*leg, string) {
	c := a.c
	a.legs, a.start = nil, epoch()
	cause := "DESTINATION_OUT_OF_ORDER"
	for _, t := range group {
		legs, why := c.dial(t, a.dial.vars)
		if why != "" {
			cause = why
		}
		a.legs = append(a.legs, legs...)
	}
	c.legs = append(c.legs, a.legs...)
	for _, l := range a.legs {
		c.vars.set("originate_signal_bond", l.uuid)
		a.push("originated_legs", l, ";Outbound Call;"+l.number)
	}
	if len(a.legs) == 0 {
		return nil, cause
	}
	return a.wait()
}

func (a *attempt) push(variable string, l *leg, suffix string) {
	a.c.vars.push(variable, l.uuid+suffix)
	if l.user {
		a.c.vars.push(variable, l.uuid+suffix)
	}
}

func (a *attempt) wait() (*leg, string) {
	c := a.c
	for {
		c.tick()
		if !c.ready() {
			a.endLegs("ORIGINATOR_CANCEL")
			return nil, "ORIGINATOR_CANCEL"
		}
		if won := a.look(); won != nil {
			c.callee = profile{name: "Outbound Call", number: won.number}
			a.endLosers(won)
			return won, ""
		}
		if !c.ready() {
			a.endLegs("ORIGINATOR_CANCEL")
			return nil, "ORIGINATOR_CANCEL"
		}
		if cause, over := a.given(); over {
			return nil, cause
		}
		c.parseAll()
	}
}

// look brings the legs up to now, passes ringing on and gives the winner.
func (a *attempt) look() *leg {
	now := time.Now()
	for _, l := range a.legs {
		a.startDelayed(l, now)
		l.advance(now)
		if c := a.c; l.sentOn && c.transfer == nil {
			c.transfer = &transfer{extension: l.phone.RedirectTo}
			c.noteFailure(l)
			return nil
		}
		a.limitLeg(l)
		if l.killed != "" && l.cause == "" {
			l.cause = l.killed
		}
		if l.cause != "" {
			a.c.noteFailure(l)
		}
		if !l.rangAt.IsZero() {
			a.c.ringReady()
		}
		if l.cause != "" {
			continue
		}
		if a.accepted(l, now) {
			return l
		}
	}
	return nil
}

// startDelayed sends the INVITE of a leg with leg_delay_start: later than
// that many seconds, or when nobody else is left.
func (a *attempt) startDelayed(l *leg, now time.Time) {
	if l.begun.IsZero() && l.cause == "" && (epoch()-a.start > l.seconds("leg_delay_start") || !a.othersUp(l)) {
		l.begun = now
	}
}

func (a *attempt) othersUp(l *leg) bool {
	for _, other := range a.legs {
		if other != l && other.cause == "" && !other.begun.IsZero() {
			return true
		}
	}
	return false
}

// limitLeg applies leg_timeout, which counts from the leg's own begin.
func (a *attempt) limitLeg(l *leg) {
	limit := l.seconds("leg_timeout")
	if limit <= 0 || l.cause != "" || !l.answeredAt.IsZero() {
		return
	}
	if epoch()-a.start > limit+l.seconds("leg_delay_start") {
		l.cause = "ALLOTTED_TIMEOUT"
	}
}

// accepted tells whether a leg has won: it answered and confirmed, or sends
// early media that is not ignored.
func (a *attempt) accepted(l *leg, now time.Time) bool {
	if l.answeredAt.IsZero() {
		return !l.earlyAt.IsZero() && !l.truthy("ignore_early_media")
	}
	key := l.vars["group_confirm_key"]
	if key == "" || l.vars["group_confirm_file"] == "" {
		return true
	}
	if l.hungUp(now) {
		return false
	}
	l.confirmed = l.confirmed || key == "exec" || l.pressed(key, now)
	return l.confirmed
}

// given tells whether the group has failed, and of what.
func (a *attempt) given() (cause string, over bool) {
	up := 0
	for _, l := range a.legs {
		if l.cause == "" {
			up++
			continue
		}
		cause = l.cause
		if a.rejectEnds(l) {
			a.timedOut = true
			a.endLegs("NO_ANSWER")
			return "NO_ANSWER", true
		}
	}
	if up == 0 {
		return cause, true
	}
	if epoch()-a.start >= a.limit() {
		a.timedOut = true
		a.endLegs("NO_ANSWER")
		return "NO_ANSWER", true
	}
	return "", false
}

// rejectEnds is fail_on_single_reject: true, or a list of causes.
func (a *attempt) rejectEnds(l *leg) bool {
	v := a.dial.vars["fail_on_single_reject"]
	return isTrue(v) || v != "" && strings.Contains(strings.ToUpper(v), l.cause)
}

// limit is originate_timeout of the dial string, else call_timeout of the
// caller, in seconds.
func (a *attempt) limit() int64 {
	for _, v := range []string{a.dial.vars["originate_timeout"], a.c.vars.get("call_timeout")} {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 0 {
			return n
		}
	}
	return defaultRing
}

func (a *attempt) endLegs(cause string) {
	for _, l := range a.legs {
		if l.cause == "" {
			l.cause = cause
		}
	}
	if len(a.legs) > 0 && a.c.ready() {
		a.c.vars.set("last_bridge_hangup_cause", cause)
	}
}

func (a *attempt) endLosers(won *leg) {
	for _, l := range a.legs {
		if l != won && l.cause == "" {
			l.cause = "LOSE_RACE"
			a.c.vars.set("last_bridge_hangup_cause", "LOSE_RACE")
		}
	}
}

func (a *attempt) recordCauses() {
	for _, l := range a.legs {
		cause := l.cause
		setDefault(&cause, "NONE")
		a.push("originate_causes", l, ";"+cause)
	}
}

// phrases are the reason phrases of the failures phones give most.
var phrases = map[int]string{302: "Moved Temporarily", 404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here",
	503: "Service Unavailable", 603: "Decline"}

// noteFailure copies a failed leg's end to the caller's variables.
func (c *call) noteFailure(l *leg) {
	if l.noted {
		return
	}
	l.noted = true
	if l.sip != 0 {
		phrase := phrases[l.sip]
		setDefault(&phrase, "Rejected")
		c.vars.set("sip_invite_failure_status", strconv.Itoa(l.sip))
		c.vars.set("sip_invite_failure_phrase", phrase)
		c.vars.set("sip_hangup_phrase", phrase)
	}
	c.vars.set("last_bridge_hangup_cause", l.cause)
	if l.sip != 0 {
		c.vars.set("last_bridge_proto_specific_hangup_cause", "sip:"+strconv.Itoa(l.sip))
	}
}
