package routing

import "time"

// holiday is a holiday in compiled form: days from one to another, which may be
// the same, or the nth weekday of a month.
type holiday struct {
	name string
	// first and last are days by civilDay.number; yearly, by civilDay.ofYear, and
	// then last may be before first: the days are around the year's end.
	first, last int64
	yearly      bool
	nth         int // of weekday in month; -1: the last one; 0: it is days
	month       time.Month
	weekday     time.Weekday
	valid       bool // which days it is, is known

	hours []window    // in which it is open all the same; of no day of the week
	to    Destination // zero: the schedule's afterHoursAction
	spans daySpans
}

// parseHolidayDate reads 2026-12-25 or, for every year, 12-25. It has to be a day
// that there is; 02-29 is one in some years.
func parseHolidayDate(text string) (day civilDay, yearly, ok bool) {
	if yearly = len(text) == len("01-02"); yearly {
		// A leap year, in which every day is that is in any.
		text = "2000-" + text
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || len(text) != len(time.DateOnly) {
		return civilDay{}, false, false
	}
	return civilDayOf(t.Unix() / daySeconds), yearly, true
}

// on makes it a holiday from one day to another.
func (h *holiday) on(first, last civilDay, yearly bool) {
	h.first, h.last, h.yearly, h.valid = first.number, last.number, yearly, true
	if yearly {
		h.first, h.last = first.ofYear(), last.ofYear()
	}
}

// fits tells whether the holiday is on a day.
func (h *holiday) fits(d *civilDay) bool {
	at := d.number
	switch {
	case h.nth != 0:
		return h.fitsMonth(d)
	case h.yearly:
		at = d.ofYear()
	}
	if h.last < h.first {
		return at >= h.first || at <= h.last
	}
	return h.first <= at && at <= h.last
}

func (h *holiday) fitsMonth(d *civilDay) bool {
	if h.month != d.month || h.weekday != d.weekday {
		return false
	}
	if h.nth == -1 {
		return civilDayOf(d.number+7).month != d.month
	}
	return (d.day-1)/7+1 == h.nth
}
