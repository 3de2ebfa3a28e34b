package routing

import "fmt"

// Route names a kind of destination. The spellings are those tenants write in
// their configuration and see in records.
type Route string

// The routes of this version. A configuration that names any other is refused
// when it is saved.
const (
	RouteExtension Route = "extension"
	RouteForward   Route = "forward"
	RouteRingGroup Route = "ringgroup"
	RouteIVR       Route = "ivr"
	RouteSchedule  Route = "schedule"
	RouteVoicemail Route = "voicemail"
	RouteHangup    Route = "hangup"
)

// These routes stand only in a menu's Digits and need no target.
const (
	RouteBack   Route = "back"   // the menu the call came from
	RouteTop    Route = "top"    // the first menu the call came through
	RouteRepeat Route = "repeat" // this menu again
)

// RouteOverride is where a phone's feature code goes that overrides a schedule.
// It stands in no configuration; the target is the schedule's name, a blank, and
// open, closed or hours.
const RouteOverride Route = "override"

// Destination is where a call goes, as a tenant writes it everywhere:
// {route: extension, target: "1001"}. What Target means depends on Route:
// an extension number, a forward's name or an outside number, a ring group's
// name, a menu's or a schedule's name, a mailbox (the extension it belongs to), a
// FreeSWITCH hangup cause.
type Destination struct {
	Route  Route  `yaml:"route" json:"route"`
	Target string `yaml:"target" json:"target"`
}

// String gives "route target", as records and explanations show it.
func (d Destination) String() string { return fmt.Sprintf("%s %s", d.Route, d.Target) }

// IsZero tells that no destination was configured.
func (d Destination) IsZero() bool { return d == Destination{} }

// Outcome is how a destination ended. It is a closed set: every handler
// reports one, and Plan.Next turns it into the next destination or the end.
type Outcome string

const (
	// Answered: a person or an outside number was connected and the
	// conversation is over.
	Answered Outcome = "answered"
	// NoAnswer: it rang until the ring time was up.
	NoAnswer Outcome = "no-answer"
	// Busy: the far side said busy (SIP 486/600) or refused the call (603).
	Busy Outcome = "busy"
	// Unregistered: no phone of the extension is registered.
	Unregistered Outcome = "unregistered"
	// Failed: the destination could not be tried (gateway down, refused by
	// policy, switch error).
	Failed Outcome = "failed"
	// CallLimited: the extension or ring group has as many calls as it may have.
	CallLimited Outcome = "call-limit"
	// NobodyAvailable: a ring group has no member that may be rung.
	NobodyAvailable Outcome = "nobody-available"
	// ExitKey: the caller pressed the ring group's exit key.
	ExitKey Outcome = "exit-key"
	// Chosen: the caller chose in a menu. Never an exit: the menu's Digits and its
	// direct dial say where the call goes on.
	Chosen Outcome = "chosen"
	// NoInput: a menu's caller pressed nothing, time after time.
	NoInput Outcome = "no-input"
	// Invalid: a menu's caller pressed what leads nowhere, time after time.
	Invalid Outcome = "invalid"
	// TooManyTries: a menu's caller did both, or went from menu to menu for ever.
	TooManyTries Outcome = "too-many-tries"
	// Open: a schedule is open, or overridden to be.
	Open Outcome = "open"
	// Closed: a schedule is closed, for a holiday or by an override too.
	Closed Outcome = "closed"
	// Forwarded: the extension forwards its calls always, or its phone sent
	// this one elsewhere (302). Never an exit: Plan.Next and Plan.Redirect know
	// where it goes on.
	Forwarded Outcome = "forwarded"
	// MessageLeft: the caller has been through a mailbox.
	MessageLeft Outcome = "message-left"
	// Ended: the destination itself ended the call (hangup route).
	Ended Outcome = "ended"
	// CallerGone: the caller hung up meanwhile.
	CallerGone Outcome = "caller-gone"
	// LeftSession: the call was moved away from this session on the switch
	// (a transfer), or the connection to the switch was lost; it may go on
	// there without us.
	LeftSession Outcome = "left-session"
)

// exitOutcomes are the outcomes an exit can be configured for, by route.
var exitOutcomes = map[Route][]Outcome{
	RouteExtension: {NoAnswer, Busy, Unregistered, Failed, CallLimited},
	RouteForward:   {NoAnswer, Busy, Unregistered, Failed},
	RouteRingGroup: {NoAnswer, Busy, NobodyAvailable, CallLimited, ExitKey, Failed},
	RouteIVR:       {NoInput, Invalid, TooManyTries, Failed},
}

// exitsFor gives the exits an outcome takes at a route, the first that is
// configured: what has no exit of its own takes that of something like it.
func exitsFor(route Route, out Outcome) []Outcome {
	switch {
	case out == CallLimited && route == RouteExtension:
		return []Outcome{CallLimited, Busy}
	case out == Forwarded: // and its forward may not be taken
		return []Outcome{Failed}
	case route == RouteIVR:
		return menuExitsFor(out)
	case route != RouteRingGroup || out == ExitKey || out == NoAnswer:
		return []Outcome{out}
	case out == CallLimited:
		return []Outcome{CallLimited, Busy, NoAnswer}
	default:
		return []Outcome{out, NoAnswer}
	}
}
