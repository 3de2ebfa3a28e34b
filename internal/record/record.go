// Package record turns what happens to a live call into its record and its
// events: one pipeline from the call's goroutine to the store, which keeps
// both in one transaction.
package record

import (
	"time"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/routing"
)

// Status, Step, Attempt, Answer and Started are told by whoever drives the call.
type (
	Status  = handlers.Status
	Step    = handlers.Step
	Answer  = handlers.Answer
	Attempt = handlers.Attempt
	Started = handlers.Started
)

// Call is the record of one call: one row.
type Call struct {
	ID        routing.CallID
	TenantID  routing.TenantID // empty: unknown number, kept for the operator
	Switch    string
	SIPCallID string
	Direction routing.Direction
	Source    Source    // who said how it ended
	Owner     string    // the server whose session drives the call; "" when none does
	LeftAt    time.Time // since when none does, of a call that is not over

	CallerNumber string // E.164 where it could be read, else made safe
	CallerName   string // made safe: valid UTF-8, no control characters
	CallerRaw    string // number as received, made safe
	Dialled      string // E.164 or extension number
	DialledRaw   string
	InboundDID   string
	// Destination is what was reached last: extension, number, mailbox, ring
	// group nobody has answered. A forward leaves the extension it is for.
	Destination      string
	DestinationRoute routing.Route
	OriginalDest     string // extension first hit; of a ring group, the one that answered
	ForwardedTo      string // the last forward that was tried: an outside number or an extension
	ForwardType      string // always, no-answer, busy

	Revision int    // of the tenant's configuration
	Rule     string // the rule that decided, "" if none
	Tags     []string

	StartedAt   time.Time
	RingingAt   time.Time // zero: never
	AnsweredAt  time.Time // answered by a person or outside number; zero: never
	BridgedAt   time.Time // first connected to another leg, as the switch saw it
	EndedAt     time.Time // zero: not over
	DurationSec int       // creation to end
	BillSec     int       // answer of the channel to end
	PDDMs       int       // post-dial delay: creation to first ringing

	Status        Status
	HangupCause   string
	Q850          int // number of the cause
	SIPCode       int
	HungUpBy      string
	RecordingFile string // on the switch; "": the call was not recorded, or nobody was heard
	RecordingSec  int
	ReadCodec     string
	WriteCodec    string
	Complete      bool // false: some value is not known (connection lost)

	Steps []Step
	Facts map[string]string // what the decision went by
}

// Source says who told what a record has.
type Source string

// The sources. Where two say the same thing of a leg, the later one in this
// list counts, except that nothing complete is replaced by something that is not.
const (
	SourceReconciled Source = "reconciled" // nobody said it: the switch has the call no more
	SourceLive       Source = "live"       // the session that drove the call
	SourceESL        Source = "esl"        // events on an inbound event socket
	SourceJSON       Source = "json_cdr"   // a record that mod_json_cdr posted or left in its folder
)

// Leg is one channel of a call: the caller's, with Side "a" and the call's id,
// or one that was tried for it.
type Leg struct {
	CallID    routing.CallID
	LegID     string
	Side      string // "a", "b"
	Number    string // the caller's (a), or what was dialled (b); made safe
	SIPCallID string

	StartedAt   time.Time // zero: not known, as for all times
	RingingAt   time.Time
	AnsweredAt  time.Time
	BridgedAt   time.Time // first connected to another leg
	EndedAt     time.Time
	DurationSec int
	BillSec     int

	RecordingFile string // of the call, told by the caller's leg
	RecordingSec  int

	Cause      string
	Q850       int
	SIPCode    int
	HungUpBy   string
	ReadCodec  string
	WriteCodec string
	Media      *dialplan.Media // nil: not known

	Source   Source
	Complete bool // its end was seen by the source
}

// Report is what a switch says of a channel that is over, to somebody who is
// not the session that drove the call.
type Report struct {
	Leg    Leg
	Ending dialplan.Ending
	Switch string
	// Ours: the channel carries our mark, so some server of ours had the call.
	Ours bool
	// Call is the call as the switch saw it begin, of an A-leg.
	Call routing.Call
}

// Event is something that happened to a call and is told to webhooks. Body is
// the exact bytes sent and signed.
type Event struct {
	ID        string // msg_<uuid v7>
	TenantID  routing.TenantID
	CallID    routing.CallID
	Type      string // call.started …
	Stage     string // of call.forwarded, which happens once a call at each; not read back
	At        time.Time
	Body      []byte
	Endpoints []string // ids of the webhooks subscribed when it happened
	Unordered []string // those of them that want it at once, whatever came before; not read back
}

// Change is what is stored in one transaction: the record as it is now, the
// legs known so far, and the events the change causes.
type Change struct {
	Call   Call
	Legs   []Leg
	Events []Event
}
