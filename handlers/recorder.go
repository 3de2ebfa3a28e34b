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
	Cause       string              `json:"cause,omitempty"`  // FreeSWITCH's, where there is one
	Called      string              `json:"called,omitempty"` // the outside number that was called
	ForwardType string              `json:"forwardType,omitempty"`
	From        time.Time           `json:"from"`
	To          time.Time           `json:"to,omitzero"`
}

// Answer is the first connection of a call to a person or an outside number.
type Answer struct {
	At          time.Time
	Destination routing.Destination
	ForwardedTo string // the outside number, if the call was forwarded there
	ForwardType string // always, no-answer, busy
}
