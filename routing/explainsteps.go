package routing

import (
	"fmt"
	"time"
)

// Passed is a step a call has been through, as its record tells.
type Passed struct {
	Destination Destination
	Outcome     Outcome
	Pressed     []string // in a menu, the last entry led on; nil: none, or not kept
	// Forward and ForwardedBy are set when an extension's forward led to it.
	Forward     ForwardType
	ForwardedBy string
	At          time.Time // when it began
}

// Taken is by what a call went to a step.
type Taken struct {
	By     TakenBy `json:"by"`
	Detail string  `json:"detail,omitempty"` // for people
}

// TakenBy is the kind of way a call went; a closed set.
type TakenBy string

// The ways.
const (
	TakenDecision TakenBy = "decision" // the first one
	TakenExit     TakenBy = "exit"
	TakenForward  TakenBy = "forward"     // an extension's
	TakenRedirect TakenBy = "redirect"    // the phone sent it elsewhere (302)
	TakenDefault  TakenBy = "default"     // the tenant's default destination
	TakenKey      TakenBy = "key"         // of a menu
	TakenDirect   TakenBy = "direct-dial" // a number dialled in a menu
	TakenHours    TakenBy = "schedule"
	TakenResumed  TakenBy = "resumed" // it came back to this server, or another one went on with it
	TakenUnknown  TakenBy = "unknown" // this configuration does not lead there
)

// String says it as an explanation does: "exit busy of extension 1001".
func (t Taken) String() string {
	if t.Detail == "" {
		return string(t.By)
	}
	return string(t.By) + " " + t.Detail
}

// Trail says by what a call went to each of its steps, by the same code that led
// it. first is where its decision sent it.
func (p *Plan) Trail(first Stop, steps []Passed) []Taken {
	trail := make([]Taken, len(steps))
	at := first
	for i, step := range steps {
		switch {
		case i > 0:
			at, trail[i] = p.taken(at, steps[i-1], step)
		case step.Destination == first.Destination:
			trail[i] = Taken{By: TakenDecision}
		default:
			at, trail[i] = Stop{Destination: step.Destination}, Taken{By: TakenUnknown}
		}
	}
	return trail
}

// taken gives by what a call went from one step to the next, and the stop that is.
func (p *Plan) taken(at Stop, from, to Passed) (Stop, Taken) {
	for _, way := range []func(Stop, Passed, Passed) (Stop, Taken, bool){p.byKey, p.byHours, p.byOutcome, p.byRedirect} {
		if next, taken, ok := way(at, from, to); ok && next.Destination == to.Destination {
			return next, taken
		}
	}
	next := Stop{Destination: to.Destination, Forwards: at.Forwards}
	if from.Outcome == LeftSession || from.Outcome == "" {
		return next, Taken{By: TakenResumed}
	}
	return next, Taken{By: TakenUnknown}
}

// byKey is the way out of a menu.
func (p *Plan) byKey(at Stop, from, to Passed) (Stop, Taken, bool) {
	if from.Outcome != Chosen || at.Route != RouteIVR {
		return Stop{}, Taken{}, false
	}
	if len(from.Pressed) == 0 {
		return p.byUnkeptKey(at, to)
	}
	keys := from.Pressed[len(from.Pressed)-1]
	entry := p.Enter(at.Target, keys, true)
	by := TakenKey
	if entry.Direct {
		by = TakenDirect
	}
	return p.Choose(at, entry.To), Taken{by, keys}, entry.State == EntryChosen
}

// byUnkeptKey is the way out of a menu of which nobody may know what was pressed.
func (p *Plan) byUnkeptKey(at Stop, to Passed) (Stop, Taken, bool) {
	m, ok := p.menus[at.Target]
	if !ok {
		return Stop{}, Taken{}, false
	}
	for _, keys := range m.entries {
		if next := p.Choose(at, m.Digits[keys]); next.Destination == to.Destination {
			return next, Taken{TakenKey, "that is not kept"}, true
		}
	}
	return Stop{Destination: to.Destination, Forwards: at.Forwards}, Taken{TakenDirect, "that is not kept"}, m.direct.has(to.Destination.Target)
}

// byHours is the way on from a schedule.
func (p *Plan) byHours(at Stop, from, _ Passed) (Stop, Taken, bool) {
	if from.Outcome != Open && from.Outcome != Closed {
		return Stop{}, Taken{}, false
	}
	next, hours, ok := p.Follow(at, from.At)
	return next, Taken{TakenHours, fmt.Sprintf("%s, %s", hours.Schedule, hours.String())}, ok
}

// byOutcome is the way on from everything else: a forward, an exit, the default
// destination.
func (p *Plan) byOutcome(at Stop, from, _ Passed) (Stop, Taken, bool) {
	next, by := p.next(at, from.Outcome)
	switch by {
	case byForward:
		return next, Taken{TakenForward, fmt.Sprintf("%s of %s", next.Forward.Type, next.Forward.By())}, true
	case byExit:
		return next, Taken{TakenExit, p.exitName(at, from.Outcome)}, true
	case byDefault:
		return next, Taken{TakenDefault, fmt.Sprintf("destination, no exit for %s", from.Outcome)}, true
	case byEnd:
	}
	return Stop{}, Taken{}, false
}

// exitName says which exit a call took, and whose.
func (p *Plan) exitName(at Stop, out Outcome) string {
	owner, outcomes := at.exits(out)
	exits := p.exitsAt(owner)
	for _, o := range outcomes {
		if _, ok := exits[o]; ok {
			return fmt.Sprintf("%s of %s", o, owner)
		}
	}
	return string(out)
}

// byRedirect is where a phone sent the call.
func (p *Plan) byRedirect(at Stop, from, to Passed) (Stop, Taken, bool) {
	if from.Outcome != Forwarded || at.Route != RouteExtension || to.ForwardedBy != at.Target {
		return Stop{}, Taken{}, false
	}
	next := at.passedOn(at.Target, Forwarded)
	next.Destination, next.Forward.Type = to.Destination, ForwardAlways
	return next, Taken{TakenRedirect, "by the phone of " + at.Target}, true
}
