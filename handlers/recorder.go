package handlers

import (
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// Recorder is told what happens to calls, in order for each call, from the
// call's own goroutine. It must not block on a store: a phone is ringing.
type Recorder interface {
	Started(Started)
	Stepped(routing.CallID, Step)
	Answered(routing.CallID, Answer)
	// Adopted tells what was set on a call after it began, by a menu: tags are
	// added, of anything else the later value counts.
	Adopted(routing.CallID, routing.RuleSet)
	Ended(routing.CallID, dialplan.Ending, Status)
	// Left says that the call goes on without this session: its connection was
	// lost, or this server stops.
	Left(routing.CallID, time.Time)
}

// Started is a call that was handed over and decided.
type Started struct {
	Call     routing.Call
	Decision routing.Decision
	At       time.Time
}

// Step is one destination a call goes through, told when it begins (no
// Outcome) and again, with the same N, when it ends.
type Step struct {
	N           int                 `json:"n"` // from 1
	Destination routing.Destination `json:"destination"`
	Outcome     routing.Outcome     `json:"outcome,omitempty"`
	Cause       string              `json:"cause,omitempty"` // FreeSWITCH's, where there is one
	// Called is whom the call is forwarded to or calls outside: an outside
	// number, or the extension a forward names. Known when the step begins.
	Called      string    `json:"called,omitempty"`
	ForwardType string    `json:"forwardType,omitempty"` // always, busy, no-answer; "": no forward
	ForwardedBy string    `json:"forwardedBy,omitempty"` // the extension whose forward it is
	AnsweredBy  string    `json:"answeredBy,omitempty"`  // extension or outside number
	Attempts    []Attempt `json:"attempts,omitempty"`    // whom it rang or passed over, in order
	// Digits are the entries a caller made in a menu, in order, the last one that
	// led on included; nil of a sensitive menu.
	Digits []string  `json:"digits,omitempty"`
	Note   string    `json:"note,omitempty"` // for people: the holiday, the prompt that was missing
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"`
}

// Attempt is somebody a step rang, or did not.
type Attempt struct {
	Member  string             `json:"member"`            // extension or outside number
	For     string             `json:"for,omitempty"`     // the extension whose forward or follow-me it is
	Round   int                `json:"round,omitempty"`   // of a ring group, from 1
	Trunk   string             `json:"trunk,omitempty"`   // of an outside number
	Skipped routing.SkipReason `json:"skipped,omitempty"` // why it was not rung
	Outcome routing.Outcome    `json:"outcome,omitempty"` // no-answer with cause LOSE_RACE: somebody else answered first; "": not known
	Cause   string             `json:"cause,omitempty"`   // FreeSWITCH's
	Note    string             `json:"note,omitempty"`    // for people
	// AsOf is set when what it went by was not fresh: a switch was not connected.
	AsOf time.Time `json:"asOf,omitzero"`
}

// Answer is the first connection of a call to a person or an outside number.
type Answer struct {
	At          time.Time
	Destination routing.Destination
	By          string // extension or outside number
	ForwardedTo string // whom it was forwarded to, if it was
	ForwardType string // always, no-answer, busy
}
