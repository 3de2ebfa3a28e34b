// Package record turns what happens to a live call into its record and its
// events: one pipeline from the call's goroutine to the store, which keeps
// both in one transaction.
package record

import (
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

// Status, Step, Answer and Started are told by whoever drives the call.
type (
	Status  = handlers.Status
	Step    = handlers.Step
	Answer  = handlers.Answer
	Started = handlers.Started
)

// Call is the record of one call: one row.
type Call struct {
	ID        routing.CallID
	TenantID  routing.TenantID // empty: unknown number, kept for the operator
	Switch    string
	SIPCallID string
	Direction routing.Direction
	Source    string // "live": from the session that drove the call

	CallerNumber     string // E.164 where it could be read, else made safe
	CallerName       string // made safe: valid UTF-8, no control characters
	CallerRaw        string // number as received, made safe
	Dialled          string // E.164 or extension number
	DialledRaw       string
	InboundDID       string
	Destination      string // what was reached last: extension, number, mailbox
	DestinationRoute routing.Route
	OriginalDest     string // extension first hit
	ForwardedTo      string
	ForwardType      string // always, no-answer, busy

	Revision int    // of the tenant's configuration
	Rule     string // the rule that decided, "" if none
	Tags     []string

	StartedAt   time.Time
	RingingAt   time.Time // zero: never
	AnsweredAt  time.Time // answered by a person or outside number; zero: never
	EndedAt     time.Time // zero: not over
	DurationSec int       // creation to end
	BillSec     int       // answer of the channel to end
	PDDMs       int       // post-dial delay: creation to first ringing

	Status        Status
	HangupCause   string
	SIPCode       int
	HungUpBy      string
	RecordingFile string
	ReadCodec     string
	WriteCodec    string
	Complete      bool // false: some value is not known (connection lost)

	Steps []Step
	Facts map[string]string // what the decision went by
}

// Leg is one B-leg that was tried for a call; the A-leg is the call itself,
// with Side "a".
type Leg struct {
	CallID routing.CallID
	LegID  string
	Side   string // "a", "b"
	Cause  string
}

// Event is something that happened to a call and is told to webhooks. Body is
// the exact bytes sent and signed.
type Event struct {
	ID        string // msg_<uuid v7>
	TenantID  routing.TenantID
	CallID    routing.CallID
	Type      string // call.started …
	At        time.Time
	Body      []byte
	Endpoints []string // ids of the webhooks subscribed when it happened
}

// Change is what is stored in one transaction: the record as it is now, the
// legs known so far, and the events the change causes.
type Change struct {
	Call   Call
	Legs   []Leg
	Events []Event
}
