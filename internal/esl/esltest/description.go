package esltest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Description says what the phones did while a capture was recorded, so that
// they can do it again on the stand-in.
type Description struct {
	Capture     string // name of the recording
	What        string
	HangupAfter Duration // of the caller
	Greeting    Duration // how long a mailbox's greeting is
	Presses     []DescribedKey
	Files       map[string]Duration
	Engines     []string
	ReadOnly    []string
	Phones      map[string][]DescribedPhone // by what is dialled
}

// Duration is written as Go writes it: "1.5s".
type Duration time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(b []byte) error {
	v, err := time.ParseDuration(strings.Trim(string(b), `"`))
	*d = Duration(v)
	return err
}

// DescribedKey is a key the caller presses.
type DescribedKey struct {
	At    Duration
	Digit string
}

// DescribedPhone is a Phone; its fields mean the same.
type DescribedPhone struct {
	RingAfter, AnswerAfter, HangupAfter                       Duration
	Registered, Down, NeverAnswers, EarlyMedia, Busy, Decline bool
	SIPCode                                                   int
	RedirectTo                                                string
	Presses                                                   []DescribedKey
}

// ParseDescriptions reads a JSON list of descriptions.
func ParseDescriptions(r io.Reader) ([]Description, error) {
	var all []Description
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("read descriptions of captures: %w", err)
	}
	return all, nil
}

func (p DescribedPhone) phone() Phone {
	return Phone{Presses: keys(p.Presses), Registered: p.Registered, Down: p.Down, RingAfter: time.Duration(p.RingAfter),
		AnswerAfter: time.Duration(p.AnswerAfter), HangupAfter: time.Duration(p.HangupAfter),
		NeverAnswers: p.NeverAnswers, EarlyMedia: p.EarlyMedia, Busy: p.Busy, Decline: p.Decline, SIPCode: p.SIPCode, RedirectTo: p.RedirectTo}
}

// Setting gives the switch and the call described.
func (d Description) Setting() (*Switch, Call) {
	sw := &Switch{Name: "vm", Greeting: time.Duration(d.Greeting), Engines: d.Engines, ReadOnly: d.ReadOnly, Phones: map[string][]Phone{}}
	for name, list := range d.Phones {
		sw.Phones[name] = []Phone{}
		for _, p := range list {
			sw.Phones[name] = append(sw.Phones[name], p.phone())
		}
	}
	if d.Files != nil {
		sw.Files = map[string]time.Duration{}
		for name, length := range d.Files {
			sw.Files[name] = time.Duration(length)
		}
	}
	return sw, Call{HangupAfter: time.Duration(d.HangupAfter), Presses: keys(d.Presses)}
}

func keys(described []DescribedKey) (keys []Key) {
	for _, k := range described {
		for _, digit := range []byte(k.Digit) {
			keys = append(keys, Key{time.Duration(k.At), digit})
		}
	}
	return keys
}
