package routing

import (
	"slices"
	"strings"
)

// choices gives where the keys of a menu lead, and what can be dialled in it.
func (x *explainer) choices(at Stop) []shown {
	m := x.plan.menus[at.Target]
	var ways []shown
	for _, keys := range m.entries {
		way := x.choice(at, m.Digits[keys])
		if i := sameEnd(ways, way.Branch); i >= 0 {
			ways[i].Keys = append(ways[i].Keys, keys)
			continue
		}
		way.Keys = []string{keys}
		ways = append(ways, way)
	}
	if !m.direct.empty() {
		ways = append(ways, shown{Branch: Branch{Outcomes: []Outcome{Chosen}, Direct: m.direct.shown()}})
	}
	return ways
}

func (d dialable) shown() *DirectNumbers {
	numbers := &DirectNumbers{}
	for number := range d.all() {
		if numbers.Count++; numbers.Count <= maxShownMembers {
			numbers.First = append(numbers.First, number)
		}
	}
	return numbers
}

func (x *explainer) choice(at Stop, to Destination) shown {
	stop := x.plan.Choose(at, to)
	branch := x.branch(stop, byExit)
	branch.Outcomes = []Outcome{Chosen}
	if slices.Contains(menuRoutes, to.Route) {
		branch.Choice = to.Route
	}
	return shown{branch, stop}
}

// hours gives where a schedule leads, and by what it is.
func (x *explainer) hours(at Stop) []shown {
	s := x.plan.schedules[at.Target]
	w := hoursShown{x: x, at: at}
	open := orZero(s.OpenAction)
	if !at.Open.IsZero() {
		open = at.Open
	}
	w.add(Open, "open", open)
	for _, window := range s.Schedules {
		if window.Destination != nil && enabled(window.Enabled) {
			w.add(Open, "open "+window.text(), *window.Destination)
		}
	}
	w.add(Closed, "closed", orZero(s.AfterHoursAction))
	for _, holiday := range s.Holidays {
		if holiday.Destination != nil {
			w.add(Closed, "holiday "+holiday.Name, *holiday.Destination)
		}
	}
	w.applies()
	return w.ways
}

// hoursShown collects where a schedule leads.
type hoursShown struct {
	x    *explainer
	at   Stop
	ways []shown
}

func (w *hoursShown) add(out Outcome, when string, to Destination) {
	stop := w.at
	stop.Destination, stop.Open = to, Destination{}
	if to.Route == RouteIVR {
		stop.Menus = menusTo(stop.Menus, to.Target)
	}
	by := byExit
	if to.IsZero() || stop.Forward != nil && !w.x.plan.mayForward(stop) {
		stop, by = w.x.plan.next(w.at, out)
	}
	w.put(out, when, stop, by)
}

func (w *hoursShown) put(out Outcome, when string, stop Stop, by way) *shown {
	branch := w.x.branch(stop, by)
	i := sameEnd(w.ways, branch)
	if i < 0 {
		i = len(w.ways)
		w.ways = append(w.ways, shown{branch, stop})
	}
	found := &w.ways[i]
	if !slices.Contains(found.Outcomes, out) {
		found.Outcomes = append(found.Outcomes, out)
	}
	if when != "" {
		found.When = append(found.When, when)
	}
	return found
}

// applies marks where calls go at the time explained; an override may lead
// where nothing else does.
func (w *hoursShown) applies() {
	stop, hours, ok := w.x.plan.Follow(w.at, w.x.now)
	out, by, when := Closed, byExit, ""
	if hours.Open {
		out = Open
	}
	if !ok {
		stop, by = w.x.plan.next(w.at, out)
	}
	if hours.Override != nil {
		when = "override"
	}
	w.put(out, when, stop, by).Now = true
}

// text says when a window is, its days as they were written.
func (w Window) text() string {
	days := w.Days
	if w.Day != "" {
		days = []string{w.Day}
	}
	return strings.Join(days, " ") + " " + w.StartTime + "-" + w.EndTime
}
