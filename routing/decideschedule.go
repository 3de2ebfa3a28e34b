package routing

import (
	"fmt"
	"strings"
)

// numberRoute gives where calls to a number of the tenant go that no rule wants:
// to its route, or to its schedule with that route for while it is open.
func (p *Plan) numberRoute(number string) (to, open Destination, ok bool) {
	to, ok = p.routes[number]
	if name, has := p.hours[number]; has && ok {
		return Destination{RouteSchedule, name}, to, true
	}
	return to, Destination{}, ok
}

// overrideCode decides a call of a phone that dialled a code of a schedule;
// false: it did not.
func (f *facts) overrideCode(t *trace) (Decision, bool) {
	if f.direction == Inbound || !strings.HasPrefix(f.call.Dialled, "*") {
		return Decision{}, false
	}
	dial, known := f.plan.codes[f.call.Dialled]
	if !known {
		return Decision{}, false
	}
	extension := f.from.String()
	if !dial.may(extension) {
		reason := fmt.Sprintf("extension %s may not override schedule %q", extension, dial.schedule.Name)
		t.overrideCode(f.call.Dialled, "denied", reason)
		return Decision{Verdict: CallDenied, DenyReason: reason}, true
	}
	to := Destination{RouteOverride, dial.target()}
	t.overrideCode(f.call.Dialled, to.String(), "")
	return Decision{Verdict: Routed, Destination: to}, true
}

// scheduled notes what the schedule is that a call goes to.
func (f *facts) scheduled(decision Decision, t *trace) {
	if decision.Destination.Route != RouteSchedule {
		return
	}
	if h, ok := f.readSchedule(decision.Destination.Target); ok {
		t.schedule(f, decision, h)
	}
}

func (t *trace) overrideCode(dialled, result, detail string) {
	if t == nil {
		return
	}
	t.add(Check{Check: "code", Subject: quoted(dialled), Result: result, Detail: detail})
}

// schedule tells what a schedule is and where that sends the call.
func (t *trace) schedule(f *facts, decision Decision, h *Hours) {
	if t == nil {
		return
	}
	where := "the default destination, if there is one"
	if next, _, ok := f.plan.Follow(Stop{Destination: decision.Destination, Open: decision.Open}, f.now); ok {
		where = next.String()
	}
	result, why, _ := strings.Cut(h.String(), ": ")
	t.add(Check{Check: "schedule", Subject: h.Schedule, Result: result, Detail: why + "; goes to " + where})
}
