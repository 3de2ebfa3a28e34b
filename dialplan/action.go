package dialplan

import (
	"fmt"
	"strings"
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

// DialString is where a bridge goes, built from typed parts only; the zero
// value goes nowhere. There is no way to make one from a string.
type DialString struct {
	s    string
	vars []string // name=value, for the leg that it makes
}

// String gives it without the variables of its leg.
func (d DialString) String() string { return d.s }

// DialUser rings every registered phone of a directory user. It does so only as
// the one leg of a bridge: of several legs, each such one rings only the phone
// that registered first (measured; FreeSWITCH returns from the inner originate
// with its first leg). See ParseContacts.
func DialUser(u User, d Domain) DialString {
	return DialString{s: "user/" + u.String() + "@" + d.String()}
}

// DialGateway calls an outside number over a gateway.
func DialGateway(g Gateway, n OutsideNumber) DialString {
	return DialString{s: "sofia/gateway/" + g.String() + "/" + n.String()}
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
