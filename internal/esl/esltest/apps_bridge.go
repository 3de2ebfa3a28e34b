package esltest

import (
	"strconv"
	"strings"
	"time"
)

// leadFrames is how long a bridge reads audio before it looks at messages.
const leadFrames = 10

// appBridge dials, and joins the caller with who answers until one of them
// goes.
func appBridge(c *call, arg string) {
	if arg == "" {
		return
	}
	won, cause := c.originate(parseDialString(arg))
	if won == nil {
		c.vars.set("originate_failed_cause", cause)
		c.handleCause(cause)
		return
	}
	c.join(won)
}

// join is switch_ivr_multi_threaded_bridge.
func (c *call) join(l *leg) {
	c.other = l
	c.vars.set("originate_disposition", "SUCCESS")
	c.vars.set("DIALSTATUS", "SUCCESS")
	c.vars.unset("originate_signal_bond")
	c.vars.set("signal_bond", l.uuid)
	c.times.bridged = time.Now()
	ids := []field{{"Bridge-A-Unique-ID", c.uuid}, {"Bridge-B-Unique-ID", l.uuid}}
	c.event("CHANNEL_BRIDGE", ids, nil)
	c.bridgeVariables(l)
	c.parseAll()
	began := time.Now()
	c.talk(l)
	c.recordTalk(time.Since(began))
	c.vars.unset("bridge_to")
	if !c.hungup && l.answeredAt.IsZero() && l.cause != "" {
		c.noteFailure(l)
	}
	c.endTalk(l)
	c.event("CHANNEL_UNBRIDGE", ids, nil)
	c.afterBridge(l)
}

func (c *call) bridgeVariables(l *leg) {
	for _, f := range []field{
		{"bridge_to", l.uuid}, {"last_bridge_to", l.uuid}, {"bridge_channel", l.name()}, {"bridge_uuid", l.uuid},
		{"signal_bond", l.uuid}, {"last_sent_callee_id_name", "Outbound Call"},
		{"last_sent_callee_id_number", l.callee}, {"last_bridge_role", "originator"},
	} {
		c.vars.set(f.name, f.value)
	}
}

// talk lets the two talk until one goes. Messages run in it, one a tick, once
// it has read some audio.
func (c *call) talk(l *leg) {
	for frames := 0; c.ready(); frames++ {
		c.tick()
		c.takeDTMF()
		if !c.ready() {
			return
		}
		now := time.Now()
		l.advance(now)
		switch {
		case l.cause != "":
			return
		case !l.answeredAt.IsZero():
			c.answer()
			if l.hungUp(now) {
				return
			}
		case l.killed != "":
			l.cause = l.killed
			return
		}
		if frames > leadFrames {
			c.parseNext()
		}
	}
}

// endTalk notes who ended it. What the other phone's end leaves on the
// caller's channel is there only if that phone went first.
func (c *call) endTalk(l *leg) {
	if l.cause == "" {
		l.cause = "NORMAL_CLEARING"
		if c.hungup {
			l.cause = c.cause
		}
		c.vars.set("bridge_hangup_cause", l.cause)
		return
	}
	if !l.answeredAt.IsZero() {
		c.vars.set("sip_hangup_phrase", "OK")
		c.vars.set("last_bridge_hangup_cause", l.cause)
		c.vars.set("last_bridge_proto_specific_hangup_cause", "sip:200")
	}
	c.vars.set("bridge_hangup_cause", l.cause)
}

func (c *call) afterBridge(l *leg) {
	if !c.ready() {
		return
	}
	if l.answeredAt.IsZero() {
		c.handleCause(l.cause)
		return
	}
	after := c.vars.get("hangup_after_bridge")
	if isTrue(after) || strings.EqualFold(after, "explicit") {
		c.hangup(l.cause)
	}
}

// handleCause is switch_channel_handle_cause: whether the caller's channel
// goes on after a bridge that failed.
func (c *call) handleCause(cause string) {
	if !c.ready() {
		return
	}
	goOn, stop := c.vars.get("continue_on_fail"), c.vars.get("failure_causes")
	if stop != "" && !listsCause(stop, cause) {
		return
	}
	if isTrue(goOn) || goOn != "" && listsCause(goOn, cause) {
		return
	}
	if goOn == "" && stop == "" {
		switch cause {
		case "NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL":
			return
		}
	}
	c.hangup(cause)
}

// listsCause tells whether a comma list names the cause or its number.
func listsCause(list, cause string) bool {
	for _, one := range strings.Split(list, ",") {
		if strings.EqualFold(one, cause) || one == strconv.Itoa(q850Of(cause)) && q850[cause] != 0 {
			return true
		}
	}
	return false
}
