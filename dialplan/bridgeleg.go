package dialplan

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Leg is one far side of a bridge.
type Leg struct {
	To DialString
	// Callee is how events and the list of legs name this leg; the zero value
	// leaves it to FreeSWITCH, which takes what a phone registered as.
	Callee OutsideNumber
	Delay  time.Duration // it is called so much later
	Ring   time.Duration // it may ring so long; 0: as long as the bridge
	// Progress is how long it may say nothing at all; 0: as long as it may ring.
	Progress time.Duration
	Confirm  Prompt // not zero: who answers hears it and presses 1 to accept
	// Announce, if not zero, is played to who answers before it is connected; not
	// beside Confirm.
	Announce Prompt
	// Diversion and Asserted are the numbers in these headers; zero leaves them
	// out. Asserted replaces whatever the switch would have put there.
	Diversion Diversion
	Asserted  Identity
	Private   bool // asks the carrier to keep the caller's number to itself
	// CallerNumber is the number this leg is shown instead of the caller's own,
	// Anonymous shows it none. NumberAsName says the same where the name is, which
	// stays that of CallerIDName otherwise, else the caller's own.
	CallerNumber OutsideNumber
	NumberAsName bool
	Anonymous    bool
}

func (l Leg) write(s *strings.Builder) {
	vars := slices.Clone(l.To.vars)
	add := func(name, value string) { vars = append(vars, name+"="+value) }
	if l.Callee != (OutsideNumber{}) {
		add("origination_callee_id_number", l.Callee.String())
	}
	l.addCaller(add)
	l.addTimes(add)
	if l.Confirm != (Prompt{}) {
		add("group_confirm_file", l.Confirm.repeated())
		add("group_confirm_key", "1")
		add("group_confirm_timeout", strconv.Itoa(wholeSeconds(ConfirmFor)))
	}
	if l.Announce != (Prompt{}) && l.Confirm == (Prompt{}) {
		add("group_confirm_file", "playback "+l.Announce.String())
		add("group_confirm_key", "exec")
		add("group_confirm_timeout", strconv.Itoa(wholeSeconds(AnnounceFor))) // else the limit of its ringing would end it (measured)
	}
	l.addHeaders(add)
	if len(vars) > 0 {
		s.WriteString("[" + strings.Join(vars, ",") + "]")
	}
	s.WriteString(l.To.String())
}

func (l Leg) addCaller(add func(name, value string)) {
	switch {
	case l.Anonymous:
		add("origination_caller_id_number", "anonymous")
		if l.NumberAsName {
			add("origination_caller_id_name", "Anonymous")
		}
	case l.CallerNumber != (OutsideNumber{}):
		add("origination_caller_id_number", l.CallerNumber.String())
		if l.NumberAsName {
			add("origination_caller_id_name", l.CallerNumber.String())
		}
	}
}

// addTimes: a leg's limits end up to a second late, so none is added.
func (l Leg) addTimes(add func(name, value string)) {
	for _, limit := range []struct {
		name string
		d    time.Duration
	}{{"leg_delay_start", l.Delay}, {"leg_timeout", l.Ring}, {"leg_progress_timeout", l.Progress}} {
		if limit.d > 0 {
			add(limit.name, strconv.Itoa(wholeSeconds(limit.d)))
		}
	}
}

func (l Leg) addHeaders(add func(name, value string)) {
	if l.Diversion != (Diversion{}) {
		add("sip_h_Diversion", l.Diversion.String())
	}
	if l.Asserted != (Identity{}) {
		add("sip_cid_type", "none")
		add("sip_h_P-Asserted-Identity", l.Asserted.String())
	}
	if l.Private {
		add("sip_h_Privacy", "id")
	}
}

func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}
