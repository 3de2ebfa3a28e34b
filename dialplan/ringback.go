package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Ringback is what a caller hears while others ring. The zero value is the
// ring tone "ring".
type Ringback struct{ s string }

// String gives it as ParseRingback reads it.
func (r Ringback) String() string {
	if r.s == "" {
		return plainRing
	}
	return r.s
}

const (
	plainRing   = "ring"
	musicPrefix = "music:"
)

// ringTones are ringing tones as ITU-T E.180 supplement 2 lists them, in
// FreeSWITCH's tone language: milliseconds on, milliseconds off, then the
// frequencies in Hz; two pairs follow each other. A modulated frequency is
// given as its two sidebands. The language's own ';' cannot stand in a Variable.
var ringTones = map[string]string{
	plainRing: "%(2000,4000,440,480)",
	"us":      "%(2000,4000,440,480)",
	"uk":      "%(400,200,400,450)%(400,2000,400,450)",
	"de":      "%(1000,4000,425)",
	"fr":      "%(1500,3500,440)",
	"au":      "%(400,200,413,438)%(400,2000,413,438)",
	"jp":      "%(1000,2000,384,416)",
	"it":      "%(1000,4000,425)",
	"es":      "%(1500,3000,425)",
}

// RingTones are the names of ring tones ParseRingback accepts, in order.
func RingTones() []string { return slices.Sorted(maps.Keys(ringTones)) }

// ParseRingback accepts the name of a ring tone (see RingTones) or "music:" and
// the name of a local stream: 1 to 40 letters, digits, '.', '_' and '-'. Empty
// is the ring tone "ring".
func ParseRingback(text string) (Ringback, error) {
	if name, ok := strings.CutPrefix(text, musicPrefix); ok {
		if err := allowed("music", name, 40, isNameByte); err != nil {
			return Ringback{}, err
		}
		return Ringback{text}, nil
	}
	if _, known := ringTones[text]; !known && text != "" {
		return Ringback{}, fmt.Errorf("ringback %q is neither a ring tone (%s) nor %sNAME", text, strings.Join(RingTones(), ", "), musicPrefix)
	}
	return Ringback{text}, nil
}

func (r Ringback) sound() string {
	if name, ok := strings.CutPrefix(r.s, musicPrefix); ok {
		return "local_stream://" + name
	}
	return ringTones[r.String()]
}

// RingbackOf gives the variables that let the caller hear r from the moment
// others are called, whether the caller was answered before or not. They must
// be set on the caller's channel: in a dial string FreeSWITCH ignores them
// (measured).
func RingbackOf(r Ringback) []Variable {
	return []Variable{{"ringback", r.sound()}, {"transfer_ringback", r.sound()}, {"instant_ringback", "true"}}
}
