package routing

import (
	"fmt"
	"time"
)

// MaxCalendar is how many days a calendar has at most.
const MaxCalendar = 400

// CalendarDay is what a schedule is in the course of a day in its time zone.
type CalendarDay struct {
	Date    string `json:"date"`    // 2026-12-25
	Weekday string `json:"weekday"` // monday … sunday
	Holiday string `json:"holiday,omitempty"`
	// Clocks are the changes of the clocks on that day.
	Clocks []ClockChange `json:"clocks,omitempty"`
	// Hours follow each other without a gap, from the day's beginning to the
	// next day's. A day need not have 24 hours, nor begin at midnight.
	Hours []CalendarHours `json:"hours"`
}

// CalendarHours is a part of a day, from From to before To.
type CalendarHours struct {
	From        time.Time   `json:"from"` // in the schedule's zone
	To          time.Time   `json:"to"`
	Open        bool        `json:"open"`
	Reason      HoursReason `json:"reason"`
	Destination Destination `json:"destination,omitzero"` // zero: as in Hours.To
	// Windowed: Destination comes before the route of the number that was called.
	Windowed bool `json:"windowed,omitempty"`
}

// ClockChange is a change of the clocks: to daylight saving time, or back.
type ClockChange struct {
	At           time.Time `json:"at"`
	OffsetBefore int       `json:"offsetBefore"` // seconds east of UTC
	OffsetAfter  int       `json:"offsetAfter"`
}

// String says what people do with their clocks: "clocks go forward at 02:00 to
// 03:00".
func (c ClockChange) String() string {
	way := "forward"
	if c.OffsetAfter < c.OffsetBefore {
		way = "back"
	}
	shown := func(offset int) string { return c.At.In(time.FixedZone("", offset)).Format("15:04") }
	return fmt.Sprintf("clocks go %s at %s to %s", way, shown(c.OffsetBefore), shown(c.OffsetAfter))
}

// Calendar gives what a schedule, by name or id, is on some days, 1 to
// MaxCalendar, beginning with the whole of the day from is in. An override that
// is set counts as long as it does, before from too. False: there is no such
// schedule.
func (p *Plan) Calendar(name string, from time.Time, days int) ([]CalendarDay, bool) {
	s, ok := p.schedules[name]
	if !ok {
		return nil, false
	}
	w := wall{zone: s.zone}
	start := w.thisDay(from.Unix())
	calendar := make([]CalendarDay, 0, min(max(days, 1), MaxCalendar))
	for range cap(calendar) {
		end := w.nextDay(start)
		calendar = append(calendar, s.calendarDay(&w, start, end))
		start = end
	}
	return calendar, true
}

func (s *schedule) calendarDay(w *wall, start, end int64) CalendarDay {
	number, _ := w.read(start)
	today := civilDayOf(number)
	day := CalendarDay{
		Date:    fmt.Sprintf("%04d-%02d-%02d", today.year, today.month, today.day),
		Weekday: weekdays[today.weekday],
		Clocks:  s.clockChanges(start, end),
	}
	if h := s.holidayOn(today); h != nil {
		day.Holiday = h.name
	}
	var last hoursState
	for at := start; at < end; {
		state, next := s.state(w, at)
		next = min(next, end)
		if n := len(day.Hours); n > 0 && state == last {
			day.Hours[n-1].To = time.Unix(next, 0).In(s.zone)
		} else {
			day.Hours = append(day.Hours, CalendarHours{
				From: time.Unix(at, 0).In(s.zone), To: time.Unix(next, 0).In(s.zone),
				Open: state.open, Reason: state.reason, Destination: state.to, Windowed: state.windowed,
			})
		}
		at, last = next, state
	}
	return day
}

// clockChanges gives the changes of the clocks from a time to before another
// one.
func (s *schedule) clockChanges(start, end int64) []ClockChange {
	var changes []ClockChange
	w := wall{zone: s.zone}
	for w.seek(start - 1); w.end < end; {
		before, at := w.offset, w.end
		if w.seek(at); w.offset != before {
			changes = append(changes, ClockChange{At: time.Unix(at, 0).In(s.zone), OffsetBefore: int(before), OffsetAfter: int(w.offset)})
		}
	}
	return changes
}
