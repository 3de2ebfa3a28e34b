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
	c       *call
	dial    dialString
	legs    []*leg // of the group that rings
	several bool   // the dial string has more than one target: FreeSWITCH forks
	start   int64  // epoch of the group's begin; limits are counted in the clock's seconds
	forced  string // the cause the application gives, whatever the legs died of

	timedOut bool
	ringback ringback
}

// originate rings until a leg is won or gives the cause of the failure. It
// keeps originate_disposition and its like as FreeSWITCH does.
func (c *call) originate(d dialString) (*leg, string) {
	a := &attempt{c: c, dial: d, several: len(d.groups) > 1 || len(d.groups) == 1 && len(d.groups[0]) > 1}
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
		a.recordCauses(won)
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
	if a.forced != "" {
		cause = a.forced
	}
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
		legs, why := c.dial(t, a.dial.vars, a.several)
		if why != "" {
			cause = why
			if a.rejectEnds(why) {
				a.timedOut = true
				break
			}
		}
		a.legs = append(a.legs, legs...)
	}
	c.legs = append(c.legs, a.legs...)
	for _, l := range a.legs {
		c.vars.set("originate_signal_bond", l.uuid)
		a.list(l)
		if l.user && a.several {
			a.list(l)
		}
	}
	if len(a.legs) == 0 {
		return nil, cause
	}
	if a.timedOut {
		a.endLegs(cause)
		return nil, cause
	}
	return a.wait()
}

// list names a leg in originated_legs. One of user/ comes twice, once from the
// originate inside the originate; if that is the only target and nobody
// answers, the outer one never hears of it.
func (a *attempt) list(l *leg) {
	a.c.vars.push("originated_legs", l.uuid+";Outbound Call;"+l.callee)
}

func (a *attempt) recordCauses(won *leg) {
	for _, l := range a.legs {
		cause := l.cause
		setDefault(&cause, "NONE")
		a.c.vars.push("originate_causes", l.uuid+";"+cause)
	}
	if won != nil && won.user && !a.several {
		a.list(won)
		a.c.vars.push("originate_causes", won.uuid+";NONE")
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
			c.callee = profile{name: "Outbound Call", number: won.callee}
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
		a.ringback.play(c)
		c.parseAll()
	}
}

// look brings the legs up to now, passes ringing on and gives the winner.
func (a *attempt) look() *leg {
	now := time.Now()
	a.limitLegs(now)
	for _, l := range a.legs {
		l.advance(now)
		if c := a.c; l.sentOn && c.transfer == nil {
			c.transfer = &transfer{extension: l.phone.RedirectTo}
			c.noteFailure(l)
			return nil
		}
		if l.killed != "" && l.cause == "" {
			l.cause = l.killed
		}
		if a.accepted(l, now) {
			return l
		}
		if l.cause != "" {
			a.c.noteFailure(l)
		}
		if !l.rangAt.IsZero() && a.ringback.rings(l) {
			a.c.ringReady()
		}
	}
	return nil
}

// accepted tells whether a leg has won: it answered and confirmed, or sends
// early media that is not ignored.
func (a *attempt) accepted(l *leg, now time.Time) bool {
	switch {
	case l.cause != "":
		return false
	case l.answeredAt.IsZero():
		return !l.earlyAt.IsZero() && !l.truthy("ignore_early_media")
	case l.vars["group_confirm_key"] == "":
		return true
	}
	return a.confirmed(l, now)
}

// given tells whether the group has failed, and of what.
func (a *attempt) given() (cause string, over bool) {
	up := 0
	timedOut := epoch()-a.start >= a.limit()
	for _, l := range a.legs {
		if l.cause == "" {
			up++
			continue
		}
		if a.rejectEnds(l.cause) {
			return a.end("NO_ANSWER"), true
		}
	}
	switch {
	case up == 0:
		return a.legs[0].cause, true
	case timedOut && !a.rejectList():
		return a.end("NO_ANSWER"), true
	case a.keyPressed():
		return a.cancel(), true
	}
	return "", false
}

// end gives up on all legs.
func (a *attempt) end(cause string) string {
	a.timedOut = true
	a.endLegs(cause)
	return cause
}

// cancel gives up because the caller pressed the key for it.
func (a *attempt) cancel() string {
	cause := "NO_ANSWER"
	if len(a.legs) > 1 {
		cause = "LOSE_RACE"
	}
	a.endLegs(cause)
	return a.legs[0].cause
}

// keyPressed takes a key the caller pressed, if one is waited for.
func (a *attempt) keyPressed() bool {
	key := a.c.vars.get("origination_cancel_key")
	if key == "" || !a.c.media {
		return false
	}
	digit, ok := a.c.takeDTMF()
	return ok && digit == key[0]
}

// rejectEnds is fail_on_single_reject: true, or a text in which the cause is
// looked for.
func (a *attempt) rejectEnds(cause string) bool {
	v := a.dial.vars["fail_on_single_reject"]
	return isTrue(v) || v != "" && strings.Contains(strings.ToUpper(v), cause)
}

// rejectList tells whether fail_on_single_reject is such a text, which switches
// originate_timeout off.
func (a *attempt) rejectList() bool {
	v := a.dial.vars["fail_on_single_reject"]
	return v != "" && !isTrue(v)
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

// phrases are the reason phrases of the failures phones give most.
var phrases = map[int]string{302: "Moved Temporarily", 404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here",
	503: "Service Unavailable", 603: "Decline"}

// noteFailure copies a failed leg's end to the caller's variables.
func (c *call) noteFailure(l *leg) {
	if l.noted {
		return
	}
	l.noted = true
	c.vars.set("last_bridge_hangup_cause", l.cause)
	if l.hungUpItself {
		c.vars.set("sip_hangup_phrase", "OK")
		c.vars.set("last_bridge_proto_specific_hangup_cause", "sip:200")
	}
	if l.sip == 0 {
		return
	}
	c.vars.set("last_bridge_proto_specific_hangup_cause", "sip:"+strconv.Itoa(l.sip))
	if l.sip == 302 {
		return
	}
	phrase := phrases[l.sip]
	setDefault(&phrase, "Rejected")
	c.vars.set("sip_invite_failure_status", strconv.Itoa(l.sip))
	c.vars.set("sip_invite_failure_phrase", phrase)
	c.vars.set("sip_hangup_phrase", phrase)
}
