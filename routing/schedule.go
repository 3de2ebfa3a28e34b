package routing

import (
	"maps"
	"slices"
	"time"
)

// schedule is a schedule in compiled form.
type schedule struct {
	Schedule
	zone     *time.Location
	windows  []window // that are enabled
	holidays []holiday
	// week is what each day is that is no holiday: without and with the
	// windows that began the evening before.
	week     [7][2]daySpans
	override *override // nil: none is set
	at       path
}

// Schedule finds a schedule by its name or id, its time zone filled in and
// destinations in their one spelling.
func (p *Plan) Schedule(name string) (Schedule, bool) {
	s, ok := p.schedules[name]
	if !ok {
		return Schedule{}, false
	}
	return s.Schedule, true
}

// ScheduleNames gives the names of all schedules, sorted.
func (p *Plan) ScheduleNames() []string { return scheduleNamesOf(p.schedules) }

func scheduleNamesOf(schedules map[string]*schedule) []string {
	names := make([]string, 0, len(schedules))
	for key, s := range schedules {
		if key == s.Name { // and not by its id
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names
}

// HoursReason is why a schedule is open or closed; a closed set.
type HoursReason string

// The reasons.
const (
	HoursWindow   HoursReason = "window"   // a window of the week, or a holiday's hours: open
	HoursOutside  HoursReason = "outside"  // no window of the week: closed
	HoursHoliday  HoursReason = "holiday"  // closed
	HoursOverride HoursReason = "override" // open or closed
)

// Hours is the state of a schedule at a time.
type Hours struct {
	Schedule string // its name
	Open     bool
	Reason   HoursReason
	Holiday  string    // the name of the holiday that day is, if it is one
	Until    time.Time // when Open, Reason, Holiday, To or Windowed change next, in the schedule's zone; zero: not within 400 days
	// To is where calls go; zero: nowhere is configured, and the number's own
	// route or the tenant's default destination counts.
	To Destination
	// Windowed: To is the window's or the override's own, which comes before the
	// route of the number that was called.
	Windowed bool
	Override *Override // that is in force
}

// Hours gives the state of a schedule, by name or id, at a time; false: there
// is no such schedule.
func (p *Plan) Hours(name string, now time.Time) (Hours, bool) {
	s, ok := p.schedules[name]
	if !ok {
		return Hours{}, false
	}
	h := s.hours(now)
	if until, ok := s.until(now.Unix()); ok {
		h.Until = time.Unix(until, 0).In(s.zone)
	}
	return h, true
}

// hours is Hours without Until, which takes longest to find.
func (s *schedule) hours(now time.Time) Hours {
	w := wall{zone: s.zone}
	state, _ := s.state(&w, now.Unix())
	h := Hours{
		Schedule: s.Name, Open: state.open, Reason: state.reason, Holiday: state.holiday, To: state.to, Windowed: state.windowed,
	}
	if state.reason == HoursOverride {
		shown := s.override.Override
		h.Override = &shown
	}
	return h
}

// String says what a schedule is and why: "closed: holiday Christmas".
func (h Hours) String() string {
	text := "closed: "
	if h.Open {
		text = "open: "
	}
	switch {
	case h.Override != nil:
		text += "override until " + h.Override.Until
		if h.Override.By != "" {
			text += " by " + h.Override.By
		}
		return text
	case h.Holiday != "" && h.Open:
		return text + "hours of holiday " + h.Holiday
	case h.Holiday != "":
		return text + "holiday " + h.Holiday
	case h.Open:
		return text + "within hours"
	}
	return text + "outside hours"
}

// Follow gives where a call goes on from the schedule at a stop, by what it is at
// a time: where the window or the override says, else while it is open the route
// of the number that was called (Stop.Open), else where the schedule says. What
// the call came through stays with it, Open counts once. False: nowhere is
// configured, or the call may not go there once more, and Next with Open or
// Closed has to say. Hours has no Schedule if there is none at the stop.
func (p *Plan) Follow(at Stop, now time.Time) (Stop, Hours, bool) {
	if at.Route != RouteSchedule {
		return Stop{}, Hours{}, false
	}
	h, ok := p.Hours(at.Target, now)
	if !ok {
		return Stop{}, Hours{}, false
	}
	next := at
	next.Destination, next.Open = h.To, Destination{}
	if h.Open && !h.Windowed && !at.Open.IsZero() {
		next.Destination = at.Open
	}
	if next.Route == RouteIVR {
		next.Menus = menusTo(at.Menus, next.Target) // as Choose does
	}
	if next.IsZero() || next.Forward != nil && !p.mayForward(next) {
		return Stop{}, h, false
	}
	return next, h, true
}

// Overrides gives the overrides in force at a time, by their schedules' names.
func (p *Plan) Overrides(now time.Time) []Override {
	var list []Override
	for _, name := range slices.Sorted(maps.Keys(p.schedules)) {
		s := p.schedules[name]
		if name == s.Name && s.override != nil && s.override.inForce(now.Unix()) {
			list = append(list, s.override.Override)
		}
	}
	return list
}
