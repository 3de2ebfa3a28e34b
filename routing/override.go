package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// override is an override in compiled form.
type override struct {
	Override
	since, until int64 // Unix times
}

func (o *override) inForce(unix int64) bool { return o.since <= unix && unix < o.until }

// over gives what a schedule is with its override, nil if it has none, and the
// time that may change at. The holiday of a day stays one.
func (o *override) over(s *schedule, state hoursState, unix, next int64) (hoursState, int64) {
	switch {
	case o == nil || unix >= o.until:
		return state, next
	case unix < o.since:
		return state, min(next, o.since)
	}
	shown := hoursState{reason: HoursOverride, holiday: state.holiday}
	switch o.State {
	case OverrideOpen:
		shown.open, shown.to = true, orZero(s.OpenAction)
	case OverrideClosed:
		shown.to = orZero(s.AfterHoursAction)
	case OverrideTo:
		shown.to, shown.windowed = orZero(o.Destination), true
	}
	return shown, min(next, o.until)
}

var overrideStates = []OverrideState{OverrideOpen, OverrideClosed, OverrideTo}

// overrides reads the overrides. They are set by phones and commands and outlive
// what they are of, so one of a schedule that is gone is no mistake.
func (t *tenantCompiler) overrides() {
	ids, known := seen{}, seen{}
	for i, o := range t.config.Overrides {
		at := path{"overrides", i}
		t.identified(ids, o.ID, at)
		s, ok := t.overridden(o.Schedule, at.with("schedule"))
		o.Destination = t.overrideAction(o, at)
		t.printable(o.By, maxReason, at.with("by"))
		t.printable(o.Reason, maxReason, at.with("reason"))
		since, until := t.overrideTimes(o, at)
		if !ok || !t.unique(known, s.Name, "override of schedule", at.with("schedule")) {
			continue
		}
		if o.State == OverrideOpen && s.OpenAction == nil {
			t.warn(at.with("state"), fmt.Sprintf("schedule %q has no openAction", s.Name), "only numbers with a route of their own lead somewhere while it is open")
		}
		o.Schedule = s.Name
		s.override = &override{Override: o, since: since, until: until}
	}
}

func (t *tenantCompiler) overridden(name string, at path) (*schedule, bool) {
	if name == "" {
		t.add(at, "no schedule", "")
		return nil, false
	}
	s, ok := t.plan.schedules[name]
	if !ok {
		t.warn(at, fmt.Sprintf("no schedule %q", name), orText(didYouMean(name, t.plan.ScheduleNames()), "the override does nothing; publish overrides without it, [] if it is the only one, to clear it"))
	}
	return s, ok
}

func (t *tenantCompiler) overrideAction(o Override, at path) *Destination {
	switch {
	case o.State == "":
		t.add(at.with("state"), "no state", anyOf(overrideStates))
	case !slices.Contains(overrideStates, o.State):
		t.add(at.with("state"), fmt.Sprintf("unknown state %q", o.State), oneOf(o.State, overrideStates))
	case o.State == OverrideTo && o.Destination == nil:
		t.add(at.with("destination"), "no destination", "state destination needs one")
	case o.State != OverrideTo && o.Destination != nil:
		t.add(at.with("destination"), fmt.Sprintf("a destination means nothing to state %s", o.State), "use state: destination")
	}
	return t.action(o.Destination, at.with("destination"))
}

// Words of RouteOverride's targets, after the schedule's name and a blank.
const (
	toOpen   = "open"
	toClosed = "closed"
	toHours  = "hours"
)

// shortestOverride is how long a code's override lasts at least: one that is set
// when the day is nearly over is meant for the next.
const shortestOverride = time.Hour

// OverrideFor reads the target of RouteOverride, such as "office open", for a
// phone that dials the code now: the override it sets, By and ID left empty, or
// clear, and the schedule's override is to be removed. It lasts for the hours of
// the schedule's code; without, until the day ends in the schedule's zone, or the
// next one if this day has less than an hour left. The error says what is wrong
// with a target of a schedule that is not there any more.
func (p *Plan) OverrideFor(target string, now time.Time) (o Override, clear bool, err error) {
	blank := strings.LastIndexByte(target, ' ')
	name, word := target[:max(blank, 0)], target[blank+1:]
	s, ok := p.schedules[name]
	if !ok {
		return Override{}, false, fmt.Errorf("no schedule %q", name)
	}
	o = Override{Schedule: s.Name, Until: s.overrideEnd(now).Format(time.RFC3339)}
	switch word {
	case toOpen:
		o.State = OverrideOpen
	case toClosed:
		o.State = OverrideClosed
	case toHours:
		return Override{Schedule: s.Name}, true, nil
	default:
		return Override{}, false, fmt.Errorf("%q is none of open, closed and hours", word)
	}
	return o, false, nil
}

func (s *schedule) overrideEnd(now time.Time) time.Time {
	if code := s.OverrideCode; code != nil && code.Hours > 0 {
		return now.Add(time.Duration(code.Hours) * time.Hour).Truncate(time.Second).In(s.zone)
	}
	w := wall{zone: s.zone}
	end := w.nextDay(now.Unix())
	if end-now.Unix() < int64(shortestOverride/time.Second) {
		end = w.nextDay(end)
	}
	return time.Unix(end, 0).In(s.zone)
}
