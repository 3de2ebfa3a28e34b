package routing

import (
	"fmt"
	"slices"
)

// scheduleCompiler is what is kept of schedules while a tenant is compiled.
type scheduleCompiler struct {
	read  []*schedule // as written, with those whose name cannot be
	codes seen
	uses  []scheduleUse
}

// scheduleUse is a place that sends calls to a schedule.
type scheduleUse struct {
	name string
	at   path
	// route: calls come without a route of their own for while it is open. A
	// number's schedule is no such place.
	route bool
}

// schedules reads when schedules are open. Where their calls go is read when
// everything that may be named there is known.
func (t *tenantCompiler) schedules() {
	names, ids := seen{}, seen{}
	t.hours.codes = seen{}
	for i, config := range t.config.Schedules {
		s := &schedule{Schedule: config, at: path{"schedules", i}}
		named := t.named(ids, names, s.ID, s.Name, s.at)
		t.scheduleZone(s, s.at.with("timezone"))
		t.windows(s, s.at.with("schedules"))
		t.holidays(s, s.at.with("holidays"))
		t.neverOpen(s)
		t.overrideCode(s, s.at.with("overrideCode"))
		t.hours.read = append(t.hours.read, s)
		if named {
			t.plan.addSchedule(s)
		}
	}
}

func (p *Plan) addSchedule(s *schedule) {
	p.schedules[s.Name] = s
	if s.ID != "" {
		p.schedules[s.ID] = s
	}
}

// neverOpen warns of a schedule that nothing opens. Windows and hours that are
// mistakes count: they are meant to. So does a code: a phone may be all that
// opens it.
func (t *tenantCompiler) neverOpen(s *schedule) {
	windows := slices.ContainsFunc(s.Schedules, func(w Window) bool { return enabled(w.Enabled) })
	hours := slices.ContainsFunc(s.Schedule.Holidays, func(h Holiday) bool { return len(h.Hours) > 0 })
	if !windows && !hours && s.OverrideCode == nil {
		t.warn(s.at, "is never open", "windows under schedules open it")
	}
}

func (t *tenantCompiler) scheduleZone(s *schedule, at path) {
	if s.zone = t.plan.zone; s.Timezone == "" {
		s.Timezone = s.zone.String()
		return
	}
	if zone, ok := t.timezone(s.Timezone, at); ok {
		s.zone = zone
	}
}

// scheduleActions reads where the calls of schedules go.
func (t *tenantCompiler) scheduleActions() {
	for _, s := range t.hours.read {
		s.OpenAction = t.action(s.OpenAction, s.at.with("openAction"))
		s.AfterHoursAction = t.action(s.AfterHoursAction, s.at.with("afterHoursAction"))
		windows := make([]Window, len(s.Schedules))
		for j, w := range s.Schedules {
			w.Destination = t.action(w.Destination, s.at.with("schedules", j, "destination"))
			windows[j] = w
		}
		holidays := make([]Holiday, len(s.Holidays))
		for j, h := range s.Holidays {
			h.Destination = t.action(h.Destination, s.at.with("holidays", j, "destination"))
			holidays[j] = h
		}
		s.Schedules, s.Holidays = windows, holidays
		for j := range s.windows {
			s.windows[j].to = orZero(windows[s.windows[j].index].Destination)
		}
		for j := range s.holidays {
			s.holidays[j].to = orZero(holidays[j].Destination)
		}
		s.spans()
	}
}

// action reads a destination that may be left out.
func (t *tenantCompiler) action(d *Destination, at path) *Destination {
	if d == nil {
		return nil
	}
	to, ok := t.destination(*d, at.with("route"), at.with("target"))
	if !ok {
		return nil
	}
	return &to
}

// scheduleUsed refuses to send calls to schedules that have nowhere for them,
// once it is known what the default destination leads to.
func (t *tenantCompiler) scheduleUsed() {
	told := map[*schedule]bool{}
	for _, use := range t.hours.uses {
		s := t.plan.schedules[use.name]
		config := t.config.Schedules[s.at[1].(int)]
		if use.route && config.OpenAction == nil && s.opensAnywhere() {
			t.add(use.at, fmt.Sprintf("schedule %q has no openAction", s.Name), "calls that come here have nowhere to go while it is open")
		}
		fallback := !t.plan.fallback.IsZero() && !t.plan.afterFallback[Destination{RouteSchedule, s.Name}]
		if config.AfterHoursAction == nil && !fallback && !told[s] {
			told[s] = true
			t.add(s.at.with("afterHoursAction"), "no afterHoursAction", "calls have nowhere to go while it is closed")
		}
	}
}

// opensAnywhere tells whether a schedule can be open without a destination of
// its windows'.
func (s *schedule) opensAnywhere() bool {
	for _, w := range s.windows {
		if w.to.IsZero() {
			return true
		}
	}
	for _, h := range s.holidays {
		if len(h.hours) > 0 {
			return true
		}
	}
	return s.OverrideCode != nil
}

// numberHours reads the schedule of one of the tenant's numbers.
func (t *tenantCompiler) numberHours(number string, d DID, to Destination, at path) {
	if d.Schedule == "" {
		return
	}
	s, ok := t.plan.schedules[d.Schedule]
	switch {
	case !ok:
		t.add(at, fmt.Sprintf("no schedule %q", d.Schedule), didYouMean(d.Schedule, t.plan.ScheduleNames()))
	case to == Destination{RouteSchedule, s.Name}:
		t.add(at, "the number's route is this schedule already", "leave it out, or give the number another route for while it is open")
	default:
		t.hours.uses = append(t.hours.uses, scheduleUse{name: s.Name, at: at})
		t.plan.hours[number] = s.Name
	}
}
