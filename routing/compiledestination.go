package routing

import (
	"fmt"
	"maps"
	"slices"
)

// routes are those of this version.
var routes = []Route{RouteExtension, RouteRingGroup, RouteIVR, RouteSchedule, RouteForward, RouteVoicemail, RouteHangup}

// routeExternal is another spelling of forward.
const routeExternal = "external"

// destination checks where a call is sent and gives it in its one spelling:
// extensions by their number, forwards by their name, outside numbers as E.164.
func (t *tenantCompiler) destination(d Destination, routeAt, targetAt path) (Destination, bool) {
	if d.Route == routeExternal {
		d.Route = RouteForward
	}
	if d.Route == "" {
		t.add(routeAt, "no route", anyOf(routes))
		return d, false
	}
	if !slices.Contains(routes, d.Route) {
		t.add(routeAt, fmt.Sprintf("unknown route %q", d.Route), anyOf(routes))
		return d, false
	}
	if d.Target == "" {
		t.add(targetAt, fmt.Sprintf("no target for %s", d.Route), targetHint(d.Route))
		return d, false
	}
	return t.target(d, targetAt)
}

func (t *tenantCompiler) target(d Destination, at path) (Destination, bool) {
	switch d.Route {
	case RouteExtension, RouteVoicemail:
		e, ok := t.plan.extensions[d.Target]
		if !ok {
			t.add(at, fmt.Sprintf("no extension %q", d.Target), didYouMean(d.Target, t.extensionNumbers()))
			return d, false
		}
		return Destination{Route: d.Route, Target: e.Extension}, true
	case RouteRingGroup:
		g, ok := targetIn(t, t.plan.ringGroups, "ring group", d.Target, at)
		if !ok {
			return d, false
		}
		return Destination{Route: RouteRingGroup, Target: g.Name}, true
	case RouteIVR:
		m, ok := targetIn(t, t.plan.menus, "IVR menu", d.Target, at)
		if !ok {
			return d, false
		}
		return Destination{Route: RouteIVR, Target: m.Name}, true
	case RouteSchedule:
		s, ok := targetIn(t, t.plan.schedules, "schedule", d.Target, at)
		if !ok {
			return d, false
		}
		t.hours.uses = append(t.hours.uses, scheduleUse{name: s.Name, at: at, route: true})
		return Destination{Route: RouteSchedule, Target: s.Name}, true
	case RouteForward:
		return t.forwardTarget(d, at)
	case RouteHangup:
		if !slices.Contains(hangupTargets, d.Target) {
			t.add(at, fmt.Sprintf("%q is no hangup cause a call can be ended with", d.Target), causeHint(d.Target))
			return d, false
		}
		return d, true
	case RouteBack, RouteTop, RouteRepeat, RouteOverride:
	}
	return d, false
}

// targetIn finds what a destination names among the objects of a kind.
func targetIn[T any](t *tenantCompiler, known map[string]*T, kind, name string, at path) (*T, bool) {
	found, ok := known[name]
	if !ok {
		t.add(at, fmt.Sprintf("no %s %q", kind, name), didYouMean(name, slices.Sorted(maps.Keys(known))))
	}
	return found, ok
}

func (t *tenantCompiler) forwardTarget(d Destination, at path) (Destination, bool) {
	if f, ok := t.plan.forwards[d.Target]; ok {
		return Destination{Route: RouteForward, Target: f.name}, true
	}
	number := ParseNumber(d.Target, t.plan.grant.Country)
	switch {
	case number.E164() == "":
		hint := didYouMean(d.Target, slices.Sorted(maps.Keys(t.plan.forwards)))
		if hint == "" {
			hint = "the name of a forward, or a number like +15551234567"
		}
		t.add(at, fmt.Sprintf("no forward %q", d.Target), hint)
		return d, false
	case t.plan.mayCall(number) != nil:
		t.add(at, t.plan.mayCall(number).Detail, "the operator grants countries and blocks prefixes")
		return d, false
	case len(t.plan.outgoing) == 0:
		t.add(at, "the tenant has no trunk that can carry outside calls", "the operator grants trunks; one of them needs a gateway")
		return d, false
	default:
		to := Destination{Route: RouteForward, Target: number.E164()}
		t.plan.direct[to] = at
		return to, true
	}
}

func (t *tenantCompiler) extensionNumbers() []string {
	numbers := make([]string, 0, len(t.config.Extensions))
	for _, e := range t.config.Extensions {
		numbers = append(numbers, e.Extension)
	}
	return numbers
}

func targetHint(r Route) string {
	switch r {
	case RouteExtension:
		return "the number of an extension"
	case RouteRingGroup:
		return "the name of a ring group"
	case RouteIVR:
		return "the name of an IVR menu"
	case RouteSchedule:
		return "the name of a schedule"
	case RouteForward:
		return "the name of a forward, or a number like +15551234567"
	case RouteVoicemail:
		return "the number of the extension the mailbox belongs to"
	case RouteHangup:
		return "a cause, e.g. NORMAL_CLEARING"
	case RouteBack, RouteTop, RouteRepeat, RouteOverride:
	}
	return ""
}

func causeHint(cause string) string {
	if hint := didYouMean(cause, hangupTargets); hint != "" {
		return hint
	}
	return "for example NORMAL_CLEARING, USER_BUSY, CALL_REJECTED"
}
