package esltest

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// deed is something the caller's phone does at a time.
type deed struct {
	at     time.Time
	hangup bool
	digit  byte // pressed, if it is not the hang-up
}

func (c *call) planDeeds() {
	for _, k := range c.in.Presses {
		c.addDeed(deed{at: c.start.Add(k.At), digit: k.Digit})
	}
	if c.in.HangupAfter > 0 {
		c.addDeed(deed{at: c.start.Add(c.in.HangupAfter), hangup: true})
	}
	c.typing, c.typed = c.in.Types, c.start
	c.typeAhead()
}

// betweenKeys is how long after one another keys are pressed.
const betweenKeys = 200 * time.Millisecond

// hear notes what is played to the caller, and lets him react to it.
func (c *call) hear(what string) {
	c.res.Heard = append(c.res.Heard, what)
	if now := time.Now(); len(c.typing) > 0 && !now.Before(c.typed) && strings.Contains(what, c.typing[0].Hearing) {
		c.typed = now
		c.typeNext()
		c.typeAhead()
	}
}

// typeAhead plans the keys that wait for nothing but those before them.
func (c *call) typeAhead() {
	for len(c.typing) > 0 && c.typing[0].Hearing == "" {
		c.typeNext()
	}
}

func (c *call) typeNext() {
	next := c.typing[0]
	c.typing = c.typing[1:]
	c.typed = c.typed.Add(next.After)
	for i, key := range []byte(next.Keys) {
		if i > 0 {
			c.typed = c.typed.Add(betweenKeys)
		}
		c.addDeed(deed{at: c.typed, digit: key})
	}
}

func (c *call) addDeed(d deed) {
	c.deeds = append(c.deeds, d)
	sort.SliceStable(c.deeds, func(i, j int) bool { return c.deeds[i].at.Before(c.deeds[j].at) })
}

// act lets the caller's phone do what is next, as FreeSWITCH's SIP thread
// would carry it out: at once, whatever the session is doing.
func (c *call) act() {
	d := c.deeds[0]
	c.deeds = c.deeds[1:]
	switch {
	case c.hungup:
	case d.hangup:
		c.callerHangsUp()
	default:
		c.dtmf = append(c.dtmf, dtmf{d.digit, "RTP"})
	}
}

func (c *call) callerHangsUp() {
	if c.answered {
		c.vars.set("sip_term_status", "200")
		c.vars.set("proto_specific_hangup_cause", "sip:200")
		c.vars.set("sip_term_cause", "16")
		c.hangup("NORMAL_CLEARING")
		c.vars.set("sip_hangup_disposition", "recv_bye")
		return
	}
	c.vars.set("sip_hangup_disposition", "recv_cancel")
	c.vars.set("sip_invite_failure_status", "487")
	c.vars.set("sip_invite_failure_phrase", "CANCEL")
	c.vars.set("sip_term_status", "487")
	c.vars.set("proto_specific_hangup_cause", "sip:487")
	c.vars.set("sip_term_cause", "487")
	c.hangup("ORIGINATOR_CANCEL")
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
