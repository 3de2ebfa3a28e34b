package routing

import (
	"cmp"
	"slices"
	"time"
)

// maxAhead is how far ahead the next change of a schedule is looked for.
const maxAhead = 400 * daySeconds

// hoursState is what a schedule is for a while. Two that are equal are the same
// to everybody.
type hoursState struct {
	open     bool
	reason   HoursReason
	holiday  string
	to       Destination
	windowed bool
}

// daySpans is what a schedule is in the course of a day, without a gap.
type daySpans []daySpan

type daySpan struct {
	until int64 // second of the day it ends before; the last one's is that of midnight
	state hoursState
}

// opening is a part of a day, in minutes.
type opening struct {
	from, to int
	state    hoursState
}

// spansOf puts openings, which do not overlap, into a day that is closed.
func spansOf(closed hoursState, openings []opening) daySpans {
	slices.SortFunc(openings, func(a, b opening) int { return cmp.Compare(a.from, b.from) })
	var spans daySpans
	at := 0
	for _, o := range openings {
		if o.from > at {
			spans = append(spans, daySpan{until: int64(o.from) * 60, state: closed})
		}
		if o.to > at {
			spans, at = append(spans, daySpan{until: int64(o.to) * 60, state: o.state}), o.to
		}
	}
	if at < dayMinutes {
		spans = append(spans, daySpan{until: daySeconds, state: closed})
	}
	return spans
}

// spans makes the days of a schedule, once it is known where its calls go.
func (s *schedule) spans() {
	closed := hoursState{reason: HoursOutside, to: orZero(s.AfterHoursAction)}
	for day := range s.week {
		for reached := range s.week[day] {
			s.week[day][reached] = spansOf(closed, s.openings(time.Weekday(day), reached == 1))
		}
	}
	for i := range s.holidays {
		s.holidays[i].spans = s.holidaySpans(&s.holidays[i])
	}
}

func (s *schedule) openings(day time.Weekday, reached bool) []opening {
	var openings []opening
	for _, w := range s.windows {
		open := hoursState{open: true, reason: HoursWindow, to: orZero(s.OpenAction)}
		if !w.to.IsZero() {
			open.to, open.windowed = w.to, true
		}
		if w.day == day {
			openings = append(openings, opening{w.start, min(w.end, dayMinutes), open})
		}
		if reached && w.end > dayMinutes && (w.day+1)%7 == day {
			openings = append(openings, opening{0, w.end - dayMinutes, open})
		}
	}
	return openings
}

func (s *schedule) holidaySpans(h *holiday) daySpans {
	open := hoursState{open: true, reason: HoursWindow, holiday: h.name, to: orZero(s.OpenAction)}
	closed := hoursState{reason: HoursHoliday, holiday: h.name, to: orZero(s.AfterHoursAction)}
	if !h.to.IsZero() {
		closed.to = h.to
	}
	openings := make([]opening, 0, len(h.hours))
	for _, hours := range h.hours {
		openings = append(openings, opening{hours.start, hours.end, open})
	}
	return spansOf(closed, openings)
}

// day gives what the schedule is on a day.
func (s *schedule) day(number int64) daySpans {
	today := civilDayOf(number)
	if h := s.holidayOn(today); h != nil {
		return h.spans
	}
	for _, w := range s.windows {
		if w.end > dayMinutes && (w.day+1)%7 == today.weekday {
			if s.holidayOn(civilDayOf(number-1)) != nil {
				break
			}
			return s.week[today.weekday][1]
		}
	}
	return s.week[today.weekday][0]
}

// holidayOn gives the first holiday that a day is, nil if it is none.
func (s *schedule) holidayOn(day civilDay) *holiday {
	for i := range s.holidays {
		if s.holidays[i].fits(&day) {
			return &s.holidays[i]
		}
	}
	return nil
}

// state gives what the schedule is at a time, and the next time at which it may
// be something else.
func (s *schedule) state(w *wall, unix int64) (hoursState, int64) {
	day, second := w.read(unix)
	for _, span := range s.day(day) {
		if second < span.until {
			return s.override.over(s, span.state, unix, min(unix+span.until-second, w.end))
		}
	}
	return hoursState{}, w.end // no second of a day is behind its last span
}

// until gives the next time at which the schedule is something else; false: it
// is not within maxAhead.
func (s *schedule) until(unix int64) (int64, bool) {
	w := wall{zone: s.zone}
	now, next := s.state(&w, unix)
	for next <= unix+maxAhead {
		at := next
		var then hoursState
		if then, next = s.state(&w, at); then != now {
			return at, true
		}
	}
	return 0, false
}

func orZero(d *Destination) Destination {
	if d == nil {
		return Destination{}
	}
	return *d
}
