// Package scenario plays a call written down in a text file: the
// configuration, the call, how the phones behave, and what must come of it.
// The format is documented in docs/scenarios.md.
package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"

	"switchyard/internal/esl/esltest"
	"switchyard/routing"
)

// Scenario is one file, read.
type Scenario struct {
	Comment       string
	Configuration []routing.File
	Call          Call
	Phones        map[string][]Phone
	// OnCall are calls that extensions have already and that the server did not
	// route, by user@domain.
	OnCall map[string]int
	// Unwatched: the server has no connection to the switch's event socket.
	Unwatched bool
	// Files are those the switch has, with their length: absolute, or below the
	// tenant's folder of prompts.
	Files  map[string]Duration
	Speech Speech
	// Unwritable: the switch cannot write recordings. OverridesFail: what phones
	// set on schedules cannot be kept.
	Unwritable, OverridesFail bool
	// Expected are the sections a result is compared with, by name; a section
	// that is not in the file is not looked at.
	Expected map[string]string

	archive *txtar.Archive
}

// Call is the call as the file says it.
type Call struct {
	From       string            `yaml:"from"`
	Name       string            `yaml:"name"`
	To         string            `yaml:"to"`
	At         time.Time         `yaml:"at"`
	Phone      string            `yaml:"phone"` // user@domain FreeSWITCH authenticated
	Profile    string            `yaml:"profile"`
	Address    string            `yaml:"address"`
	HangsUp    Duration          `yaml:"hangsUp"`            // after the call began
	HangsUpAns Duration          `yaml:"hangsUpAfterAnswer"` // after it was answered
	Keys       []Key             `yaml:"keys"`
	Headers    map[string]string `yaml:"headers"`
	Variables  map[string]string `yaml:"variables"`
	Turn       int               `yaml:"turn"` // calls that ring groups have taken in turn before
}

// Phone is a phone's behaviour as the file says it.
type Phone struct {
	Unregistered bool     `yaml:"unregistered"`
	Down         bool     `yaml:"down"` // of a gateway
	Rings        Duration `yaml:"rings"`
	Answers      Duration `yaml:"answers"`
	HangsUp      Duration `yaml:"hangsUp"`
	NeverAnswers bool     `yaml:"neverAnswers"`
	EarlyMedia   bool     `yaml:"earlyMedia"`
	Busy         bool     `yaml:"busy"`
	Declines     bool     `yaml:"declines"`
	SIP          int      `yaml:"sip"`
	Redirects    string   `yaml:"redirects"` // 302 with this user
	Contact      string   `yaml:"contact"`   // what it has registered; default: something usual
	Keys         []Key    `yaml:"keys"`      // pressed after it has answered
}

// Key is a digit somebody presses, or several.
type Key struct {
	At     Duration `yaml:"at"`
	Digit  string   `yaml:"digit"`
	Digits string   `yaml:"digits"` // instead: one after the other
	Every  Duration `yaml:"every"`  // from one of Digits to the next; default 200ms
}

const keyEvery = 200 * time.Millisecond

// Duration is written 3s, 150ms, 2m.
type Duration time.Duration

// UnmarshalYAML reads a duration.
func (d *Duration) UnmarshalYAML(text []byte) error {
	v, err := time.ParseDuration(strings.Trim(string(text), `"' `+"\n"))
	*d = Duration(v)
	return err
}

// outputs are the sections a scenario may expect, in the order they are written.
var outputs = []string{"caller", "legs", "sent", "steps", "overrides", "record", "webhooks"}

// seldom are sections that are not added where they say nothing.
var seldom = map[string]bool{"overrides": true}

// Parse reads a scenario file.
func Parse(text []byte) (*Scenario, error) {
	s := &Scenario{Expected: map[string]string{}, archive: txtar.Parse(text)}
	s.Comment = strings.TrimSpace(string(s.archive.Comment))
	for _, f := range s.archive.Files {
		if err := s.section(f); err != nil {
			return nil, fmt.Errorf("section %s: %w", f.Name, err)
		}
	}
	if s.Call.To == "" && s.Call.From == "" {
		return nil, errors.New("there is no call section")
	}
	return s, nil
}

func (s *Scenario) section(f txtar.File) error {
	switch {
	case f.Name == "call":
		return yaml.UnmarshalWithOptions(f.Data, &s.Call, yaml.Strict())
	case f.Name == "phones":
		return yaml.UnmarshalWithOptions(f.Data, &s.Phones, yaml.Strict())
	case f.Name == "on call":
		return yaml.UnmarshalWithOptions(f.Data, &s.OnCall, yaml.Strict())
	case f.Name == "files":
		return yaml.UnmarshalWithOptions(f.Data, &s.Files, yaml.Strict())
	case f.Name == "speech":
		return yaml.UnmarshalWithOptions(f.Data, &s.Speech, yaml.Strict())
	case f.Name == "unwatched":
		s.Unwatched = true
		return nil
	case f.Name == "unwritable":
		s.Unwritable = true
		return nil
	case f.Name == "overrides fail":
		s.OverridesFail = true
		return nil
	case strings.HasSuffix(f.Name, ".yaml"):
		s.Configuration = append(s.Configuration, routing.File{Name: f.Name, Data: f.Data})
		return nil
	}
	for _, name := range outputs {
		if f.Name == name {
			s.Expected[name] = string(f.Data)
			return nil
		}
	}
	return fmt.Errorf("no such section; there are call, phones, on call, files, speech, unwatched, unwritable, overrides fail, NAME.yaml and %s", strings.Join(outputs, ", "))
}

// With gives the file with the expected sections replaced by got; sections
// that were not there are added.
func (s *Scenario) With(got map[string]string) []byte {
	out := &txtar.Archive{Comment: s.archive.Comment}
	for _, f := range s.archive.Files {
		if _, expected := s.Expected[f.Name]; !expected {
			out.Files = append(out.Files, f)
		}
	}
	for _, name := range outputs {
		if _, expected := s.Expected[name]; expected || got[name] != "" || !seldom[name] {
			out.Files = append(out.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	return txtar.Format(out)
}

// callID is the id of the call every scenario plays.
const callID = "5ce0a410-0000-4000-8000-000000000001"

func (s *Scenario) placed() esltest.Call {
	user, domain, _ := strings.Cut(s.Call.Phone, "@")
	c := esltest.Call{
		UUID: callID, From: s.Call.From, FromName: s.Call.Name, To: s.Call.To,
		Profile: s.Call.Profile, NetworkIP: s.Call.Address, AuthUser: user, AuthDomain: domain,
		Headers: s.Call.Headers, Variables: s.Call.Variables,
		HangupAfter: time.Duration(s.Call.HangsUp), HangupAfterAnswer: time.Duration(s.Call.HangsUpAns),
	}
	c.Presses = presses(s.Call.Keys)
	return c
}

func presses(keys []Key) []esltest.Key {
	var pressed []esltest.Key
	for _, k := range keys {
		at, every := time.Duration(k.At), cmp.Or(time.Duration(k.Every), keyEvery)
		for _, digit := range []byte(k.Digit + k.Digits) {
			pressed = append(pressed, esltest.Key{At: at, Digit: digit})
			at += every
		}
	}
	return pressed
}

func (s *Scenario) phones() map[string][]esltest.Phone {
	out := map[string][]esltest.Phone{}
	for target, phones := range s.Phones {
		out[target] = []esltest.Phone{}
		for _, p := range phones {
			out[target] = append(out[target], esltest.Phone{
				Registered: !p.Unregistered, Down: p.Down,
				RingAfter: time.Duration(p.Rings), AnswerAfter: time.Duration(p.Answers), HangupAfter: time.Duration(p.HangsUp),
				NeverAnswers: p.NeverAnswers, EarlyMedia: p.EarlyMedia, Busy: p.Busy, Decline: p.Declines, SIPCode: p.SIP,
				RedirectTo: p.Redirects, Contact: p.Contact, Presses: presses(p.Keys),
			})
		}
	}
	return out
}
