package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// window is a window on one day of the week, in minutes of that day; one that
// ends on the next day ends after dayMinutes.
type window struct {
	day        time.Weekday
	start, end int
	to         Destination // zero: the schedule's openAction
	index      int         // of the Window it is of
}

const (
	maxWindows = 200 // of a schedule, as written
	clockHint  = "write it like 09:00, 24 hours"
)

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// parseClock reads HH:MM as minutes of the day; 24:00 is the end of it.
func parseClock(text string) (int, bool) {
	if len(text) != 5 || text[2] != ':' {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	hour, minute := int(text[0]-'0')*10+int(text[1]-'0'), int(text[3]-'0')*10+int(text[4]-'0')
	if minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, false
	}
	return hour*60 + minute, true
}

// windows reads the windows of a schedule. Those that are not enabled are
// checked all the same, but stand in nobody's way.
func (t *tenantCompiler) windows(s *schedule, at path) {
	if len(s.Schedules) > maxWindows {
		t.add(at, fmt.Sprintf("more than %d windows", maxWindows), "")
		return
	}
	for j, w := range s.Schedules {
		p := at.with(j)
		start, end, ok := t.times(w.StartTime, w.EndTime, p)
		if end < start {
			end += dayMinutes
		}
		for _, day := range t.windowDays(w, p) {
			if ok && enabled(w.Enabled) {
				s.windows = append(s.windows, window{day: day, start: start, end: end, index: j})
			}
		}
	}
	t.overlaps(s, at)
}

// times reads from when to when something is; an end before the start is on the
// next day, midnight is the end of the day.
func (t *tenantCompiler) times(startText, endText string, at path) (start, end int, ok bool) {
	start, startOK := t.clock(startText, "startTime", at)
	end, endOK := t.clock(endText, "endTime", at)
	if startOK && start == dayMinutes {
		t.add(at.with("startTime"), "the day is over at 24:00", "write 00:00, on the next day")
		startOK = false
	}
	if !startOK || !endOK {
		return 0, 0, false
	}
	if start == end {
		t.add(at.with("endTime"), fmt.Sprintf("%s to %s is no time at all", startText, endText), "a whole day is 00:00 to 24:00")
		return 0, 0, false
	}
	if end == 0 {
		end = dayMinutes
	}
	return start, end, true
}

func (t *tenantCompiler) clock(text, key string, at path) (int, bool) {
	minute, ok := parseClock(text)
	switch {
	case text == "":
		t.add(at.with(key), "no "+key, clockHint)
	case !ok:
		t.add(at.with(key), fmt.Sprintf("%q is no time of day", text), clockHint)
	}
	return minute, ok
}

func (t *tenantCompiler) windowDays(w Window, at path) []time.Weekday {
	if w.Day != "" && len(w.Days) > 0 {
		t.add(at.with("days"), "day and days in one window", "write all of them in days")
	}
	if w.Day == "" && len(w.Days) == 0 {
		if t.unreadable(at.with("days")) {
			return nil // and that was said
		}
		t.add(at.with("day"), "no day", anyOf(weekdays[1:])+", sunday")
		return nil
	}
	var days []time.Weekday
	if w.Day != "" {
		if day, ok := t.weekday(w.Day, at.with("day")); ok {
			days = append(days, day)
		}
	}
	known := seen{}
	for k, name := range w.Days {
		p := at.with("days", k)
		if day, ok := t.weekday(name, p); ok && t.unique(known, name, "day", p) {
			days = append(days, day)
		}
	}
	return days
}

func (t *tenantCompiler) weekday(name string, at path) (time.Weekday, bool) {
	i, ok := t.calendarName(name, "day", weekdays, at)
	return time.Weekday(i), ok
}

// calendarName reads the name of a day or a month by its place in a list. Other
// spellings are refused with the right one, so that there is one.
func (t *tenantCompiler) calendarName(name, what string, names []string, at path) (int, bool) {
	if i := slices.Index(names, name); i >= 0 {
		return i, true
	}
	hint := oneOf(name, names)
	for _, n := range names {
		if short := strings.ToLower(strings.TrimSuffix(name, ".")); len(short) > 2 && strings.HasPrefix(n, short) {
			hint = "did you mean " + n + "?"
		}
	}
	t.add(at, fmt.Sprintf("unknown %s %q", what, name), hint)
	return 0, false
}

// overlaps refuses windows of which two are open at once: nobody could say which
// one counts. A window that is open over Saturday's midnight meets Sunday's.
func (t *tenantCompiler) overlaps(s *schedule, at path) {
	const week = 7 * dayMinutes
	type part struct {
		window
		from, to int // minutes of the week
	}
	parts := make([]part, 0, 2*len(s.windows))
	for _, w := range s.windows {
		from := int(w.day)*dayMinutes + w.start
		p := part{window: w, from: from, to: from + w.end - w.start}
		parts = append(parts, p, part{window: w, from: p.from + week, to: p.to + week})
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.from, b.from) })
	told := map[int]bool{}
	for i := 1; i < len(parts); i++ {
		a, b := parts[i-1], parts[i]
		if a.to > b.to {
			parts[i].to, parts[i].window = a.to, a.window // which reaches further
		}
		if a.index > b.index {
			a, b = b, a
		}
		if parts[i-1].to > parts[i].from && !told[b.index] {
			told[b.index] = true
			t.add(at.with(b.index), fmt.Sprintf("overlaps the window of %s", a.text()), "the other one is in "+t.whereIs(at.with(a.index)))
		}
	}
}

// text is how people call a window: monday 09:00 to 17:00.
func (w window) text() string {
	return fmt.Sprintf("%s %02d:%02d to %02d:%02d", weekdays[w.day], w.start/60, w.start%60, w.end/60%24, w.end%60)
}
