package dialplan

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Action is an application to run on a channel. The set is closed: every
// Action is made in this package and spells its own argument.
type Action interface {
	// Application is FreeSWITCH's name of it.
	Application() string
	// Argument is spelled from parsed parts only and holds no control bytes.
	Argument() string
	sealed()
}

// Answer answers the channel.
type Answer struct{}

// Application implements Action.
func (Answer) Application() string { return "answer" }

// Argument implements Action.
func (Answer) Argument() string { return "" }
func (Answer) sealed()          {}

// Voicemail lets the caller leave a message in a mailbox of mod_voicemail.
type Voicemail struct {
	Domain  Domain
	Mailbox User
}

// voicemailProfile is the profile FreeSWITCH ships; domains keep tenants apart.
const voicemailProfile = "default"

// Application implements Action.
func (Voicemail) Application() string { return "voicemail" }

// Argument implements Action.
func (v Voicemail) Argument() string {
	return voicemailProfile + " " + v.Domain.String() + " " + v.Mailbox.String()
}
func (Voicemail) sealed() {}

// Bridge calls a far side and connects it.
type Bridge struct {
	To DialString
	// Ring is how long it may ring in all. FreeSWITCH counts whole seconds of
	// its own clock and ends up to one second early, so one is added.
	Ring time.Duration
	// Call is the caller's channel. The legs carry it as CallMark; the zero
	// value leaves it out.
	Call ChannelID
}

// Application implements Action.
func (Bridge) Application() string { return "bridge" }

// Argument implements Action. Early media of the far side is ignored, so that
// "bridged" always means "answered" and a busy after early media still takes
// its exit. A far side that answers 302 has failed: otherwise FreeSWITCH moves
// the caller to whatever number a phone names (measured).
func (b Bridge) Argument() string {
	mark := ""
	if b.Call != (ChannelID{}) {
		mark = "," + CallMark + "=" + b.Call.String()
	}
	return "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=" + strconv.Itoa(wholeSeconds(b.Ring)+1) + mark + "}" + b.To.String()
}
func (Bridge) sealed() {}

func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}

// DialString is where a bridge goes, built from typed parts only; the zero
// value goes nowhere. There is no way to make one from a string.
type DialString struct{ s string }

func (d DialString) String() string { return d.s }

// DialUser rings every registered phone of a directory user.
func DialUser(u User, d Domain) DialString {
	return DialString{"user/" + u.String() + "@" + d.String()}
}

// DialGateway calls an outside number over a gateway.
func DialGateway(g Gateway, n OutsideNumber) DialString {
	return DialString{"sofia/gateway/" + g.String() + "/" + n.String()}
}

// CheckText refuses text that must never be sent to FreeSWITCH in a header or
// command: control bytes (they would end the header or start a command) and
// '$' (expanded by FreeSWITCH). Actions hold none by construction; the session
// checks again before anything leaves.
func CheckText(s string) error {
	if i := strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '$' }); i >= 0 {
		return fmt.Errorf("byte %d (%q) may not be sent to the switch", i, s[i])
	}
	return nil
}
