package dialplan

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bridge calls one or more far sides together and connects the first that
// answers.
type Bridge struct {
	Legs []Leg
	// Ring is how long it may ring in all. FreeSWITCH counts whole seconds of
	// its own clock and ends up to one second early, so one is added.
	Ring time.Duration
	// Call is the caller's channel. The legs carry it as CallMark; the zero
	// value leaves it out.
	Call ChannelID
	// Account is whom the legs are charged to, as the caller's channel is; the zero
	// value leaves it out.
	Account AccountCode
	// StopOnReject: a leg that rejects the call (busy, declined) ends the others.
	StopOnReject bool
	// ExitKey: the caller may end the ringing with the key of CancelKey.
	ExitKey bool
	// Distinctive is the ring tone asked of the phones; the zero value asks none.
	Distinctive RingTone
}

// ConfirmFor is how long who answered may take to press the key, AnnounceFor how
// long an announcement may last.
const (
	ConfirmFor  = 15 * time.Second
	AnnounceFor = 60 * time.Second
)

// Application implements Action.
func (Bridge) Application() string { return "bridge" }

// Argument implements Action. Early media of the far side is ignored, so that
// "bridged" always means "answered" and a busy after early media still takes
// its exit. A far side that answers 302 has failed: otherwise FreeSWITCH moves
// the caller to whatever number a phone names (measured).
func (b Bridge) Argument() string {
	var s strings.Builder
	s.WriteString("{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=")
	s.WriteString(strconv.Itoa(b.limit()))
	if b.StopOnReject {
		// FreeSWITCH looks for the name of a leg's cause in this text (measured):
		// a phone that is gone or not registered ends nothing.
		s.WriteString(",fail_on_single_reject=USER_BUSY|CALL_REJECTED")
	}
	if b.Distinctive != (RingTone{}) {
		s.WriteString(",sip_h_Alert-Info=" + b.Distinctive.String())
	}
	if b.Call != (ChannelID{}) {
		s.WriteString("," + CallMark + "=" + b.Call.String())
	}
	if b.Account != (AccountCode{}) {
		s.WriteString("," + accountVariable + "=" + b.Account.String())
	}
	s.WriteByte('}')
	for i, leg := range b.Legs {
		if i > 0 {
			s.WriteByte(',')
		}
		leg.Ring = b.ringOf(leg)
		leg.write(&s)
	}
	return s.String()
}
func (Bridge) sealed() {}

// limit is originate_timeout, which goes on counting while somebody decides
// (measured). With limits of the legs it must not come before theirs.
func (b Bridge) limit() int {
	seconds := wholeSeconds(b.Ring) + 1
	if b.limitsLegs() {
		seconds++
	}
	if b.confirms() {
		seconds += wholeSeconds(ConfirmFor)
	}
	if b.announces() {
		seconds += wholeSeconds(AnnounceFor)
	}
	return seconds
}

// limitsLegs tells whether each leg needs a limit of its own. While somebody
// decides whether to accept, the others must not ring on. A list of causes in
// fail_on_single_reject switches originate_timeout off. And a time-out that the
// leg does not die of itself looks like the caller's key (all measured).
func (b Bridge) limitsLegs() bool {
	return b.confirms() || b.announces() || b.StopOnReject || b.ExitKey
}

func (b Bridge) confirms() bool {
	return slices.ContainsFunc(b.Legs, func(l Leg) bool { return l.Confirm != (Prompt{}) })
}

func (b Bridge) announces() bool {
	return slices.ContainsFunc(b.Legs, func(l Leg) bool { return l.Announce != (Prompt{}) })
}

// ringOf is the limit written for a leg, 0 for none.
func (b Bridge) ringOf(l Leg) time.Duration {
	if !b.limitsLegs() {
		return l.Ring
	}
	left := max(b.Ring-l.Delay, time.Second)
	if l.Ring <= 0 || l.Ring > left {
		return left
	}
	return l.Ring
}
