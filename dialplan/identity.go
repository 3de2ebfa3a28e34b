package dialplan

import (
	"fmt"
	"strings"
)

// Identity is a number of ours in a SIP header: <sip:+13055550100@acme.example>.
type Identity struct{ s string }

func (i Identity) String() string { return i.s }

// NewIdentity makes the identity of a number at a domain.
func NewIdentity(n OutsideNumber, d Domain) Identity {
	return Identity{"<sip:" + n.String() + "@" + d.String() + ">"}
}

// Diversion is who sent a call elsewhere, and why (RFC 5806).
type Diversion struct{ s string }

func (d Diversion) String() string { return d.s }

// DiversionReason is RFC 5806's; a closed set.
type DiversionReason string

// The reasons.
const (
	DivertedAlways      DiversionReason = "unconditional"
	DivertedBusy        DiversionReason = "user-busy"
	DivertedNoAnswer    DiversionReason = "no-answer"
	DivertedUnavailable DiversionReason = "unavailable"
	DivertedFollowMe    DiversionReason = "follow-me"
	DivertedUnknown     DiversionReason = "unknown"
)

// NewDiversion makes the header's value.
func NewDiversion(i Identity, reason DiversionReason) Diversion {
	return Diversion{i.s + ";reason=" + string(reason) + ";counter=1"}
}

// RingTone asks a phone for a ring tone by name, in the form most phones
// read in Alert-Info.
type RingTone struct{ s string }

func (r RingTone) String() string { return "<http://ring.invalid>;info=" + r.s }

// ParseRingTone accepts 1 to 40 letters, digits, '.', '_' and '-'.
func ParseRingTone(s string) (RingTone, error) {
	if err := allowed("ring tone", s, 40, isNameByte); err != nil {
		return RingTone{}, err
	}
	return RingTone{s}, nil
}

// Prompt is a sound file on the switch: absolute, or below its sound folder.
type Prompt struct{ s string }

func (p Prompt) String() string { return p.s }

// ParsePrompt accepts 1 to 200 letters, digits, '.', '_', '-' and '/', without
// "..".
func ParsePrompt(s string) (Prompt, error) {
	if err := allowed("prompt", s, 200, func(c byte) bool { return isNameByte(c) || c == '/' }); err != nil {
		return Prompt{}, err
	}
	if strings.Contains(s, "..") {
		return Prompt{}, fmt.Errorf("prompt %q leads out of its folder", s)
	}
	return Prompt{s}, nil
}

// repeated plays the prompt three times with pauses: FreeSWITCH itself plays it
// once and then says nothing (measured).
func (p Prompt) repeated() string {
	const pause = "!silence_stream://1500!"
	return "file_string://" + p.s + pause + p.s + pause + p.s
}
