package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	maxHolidays    = 300 // of a schedule
	maxHolidayName = 64
	dateHint       = "write it like 2026-12-25, or 12-25 for every year"
)

var months = []string{
	"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
}

// holidays reads the holidays of a schedule, a place for each.
func (t *tenantCompiler) holidays(s *schedule, at path) {
	if len(s.Holidays) > maxHolidays {
		t.add(at, fmt.Sprintf("more than %d holidays", maxHolidays), "")
		return
	}
	for j, h := range s.Holidays {
		p := at.with(j)
		if h.Name == "" {
			t.add(p.with("name"), "no name", "")
		}
		t.printable(h.Name, maxHolidayName, p.with("name"))
		known := holiday{name: h.Name, hours: t.holidayHours(h.Hours, p.with("hours"))}
		t.holidayForm(&known, h, p)
		s.holidays = append(s.holidays, known)
	}
	t.holidaysCount(s.holidays, at)
}

// holidayForm reads on which days a holiday is: one of its three forms.
func (t *tenantCompiler) holidayForm(known *holiday, h Holiday, at path) {
	forms := [...]struct {
		key  string
		used bool
	}{
		{"date", h.Date != ""},
		{"from", h.From != "" || h.To != ""},
		{"month", h.Month != "" || h.Weekday != "" || h.Nth != 0},
	}
	var used []string
	for _, f := range forms {
		if f.used {
			used = append(used, f.key)
		}
	}
	switch {
	case len(used) == 0:
		t.add(at.with("date"), "no day", "date, from and to, or month, weekday and nth")
	case len(used) > 1:
		t.add(at.with(used[1]), strings.Join(used, " and ")+" in one holiday", "make a holiday of each")
	case used[0] == "date":
		if day, yearly, ok := t.holidayDate(h.Date, at.with("date")); ok {
			known.on(day, day, yearly)
		}
	case used[0] == "from":
		t.holidayRange(known, h, at)
	default:
		t.holidayMonth(known, h, at)
	}
}

func (t *tenantCompiler) holidayDate(text string, at path) (day civilDay, yearly, ok bool) {
	day, yearly, ok = parseHolidayDate(text)
	if !ok {
		t.add(at, fmt.Sprintf("%q is no date", text), dateHint)
	}
	return day, yearly, ok
}

func (t *tenantCompiler) holidayRange(known *holiday, h Holiday, at path) {
	if h.From == "" || h.To == "" {
		missing := "from"
		if h.To == "" {
			missing = "to"
		}
		t.add(at.with(missing), "no "+missing, dateHint)
		return
	}
	first, yearly, firstOK := t.holidayDate(h.From, at.with("from"))
	last, lastYearly, lastOK := t.holidayDate(h.To, at.with("to"))
	switch {
	case !firstOK || !lastOK:
	case yearly != lastYearly:
		t.add(at.with("to"), fmt.Sprintf("%s to %s: one has a year and one has none", h.From, h.To), "write both alike")
	case !yearly && last.number < first.number:
		t.add(at.with("to"), fmt.Sprintf("%s is before %s", h.To, h.From), "")
	default:
		if known.on(first, last, yearly); known.wholeYear() {
			known.valid = false
			t.add(at.with("to"), fmt.Sprintf("%s to %s is every day of the year", h.From, h.To), "a schedule that is never open needs no holidays")
		}
	}
}

func (t *tenantCompiler) holidayMonth(known *holiday, h Holiday, at path) {
	var monthOK, weekdayOK bool
	if h.Month == "" {
		t.add(at.with("month"), "no month", anyOf(months))
	} else {
		var i int
		i, monthOK = t.calendarName(h.Month, "month", months, at.with("month"))
		known.month = time.Month(i + 1)
	}
	if h.Weekday == "" {
		t.add(at.with("weekday"), "no weekday", anyOf(weekdays))
	} else {
		known.weekday, weekdayOK = t.weekday(h.Weekday, at.with("weekday"))
	}
	nthOK := t.nth(h.Nth, at.with("nth"))
	known.nth, known.valid = h.Nth, monthOK && weekdayOK && nthOK
}

func (t *tenantCompiler) nth(nth int, at path) bool {
	switch {
	case nth == 0 && !t.written(at):
		t.add(at, "no nth", "1 to 5, or -1 for the last one of the month")
	case nth != -1 && (nth < 1 || nth > 5):
		t.add(at, fmt.Sprintf("%d is not between 1 and 5, nor -1", nth), "-1 is the last one of the month")
	default:
		return true
	}
	return false
}

// holidayHours reads when a holiday is open. They end with the day: the next one
// may be a holiday too.
func (t *tenantCompiler) holidayHours(hours []HolidayHours, at path) []window {
	var open []window
	for k, h := range hours {
		p := at.with(k)
		start, end, ok := t.times(h.StartTime, h.EndTime, p)
		if ok && end < start {
			t.add(p.with("endTime"), fmt.Sprintf("%s is before %s", h.EndTime, h.StartTime), "the hours of a holiday end with the day, at 24:00")
		} else if ok {
			open = append(open, window{start: start, end: end, index: k})
		}
	}
	slices.SortStableFunc(open, func(a, b window) int { return cmp.Compare(a.start, b.start) })
	for k := 1; k < len(open); k++ {
		if open[k-1].end > open[k].start {
			first, second := open[k-1].index, open[k].index
			t.add(at.with(max(first, second)), "overlaps other hours of the holiday", "the others are in "+t.whereIs(at.with(min(first, second))))
		}
	}
	return open
}
