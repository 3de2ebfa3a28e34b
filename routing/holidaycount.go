package routing

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// The years whose days stand for all: in them every day of a year and every
// weekday of a month is on each day it can be on.
const (
	firstTried = 2020
	lastTried  = 2060
)

var triedDays = sync.OnceValue(func() []civilDay {
	first := time.Date(firstTried, time.January, 1, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	end := time.Date(lastTried+1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	days := make([]civilDay, 0, end-first)
	for number := first; number < end; number++ {
		days = append(days, civilDayOf(number))
	}
	return days
})

// days goes through the days of a holiday until it is told to stop: those of a
// year of their own, as many as are tried of those that come again.
func (h *holiday) days(yield func(civilDay) bool) {
	if h.nth == 0 && !h.yearly {
		for number := h.first; number <= min(h.last, h.first+int64(len(triedDays()))); number++ {
			if !yield(civilDayOf(number)) {
				return
			}
		}
		return
	}
	for _, day := range triedDays() {
		if h.fits(&day) && !yield(day) {
			return
		}
	}
}

// wholeYear tells whether a holiday of every year is on all its days, but
// perhaps the 29th of February.
func (h *holiday) wholeYear() bool {
	const common = 366 // the days of 2020, a leap year, are before those of 2021
	if !h.yearly {
		return false
	}
	for _, day := range triedDays()[common : common+365] {
		if !h.fits(&day) {
			return false
		}
	}
	return true
}

// within gives the holidays of a list that all days of h are; none: one of its
// days is no other holiday. It looks no further than that day, which mostly is
// the first.
func (h *holiday) within(others []holiday) []*holiday {
	var covering []*holiday
	known := map[*holiday]bool{}
	for day := range h.days {
		covered := false
		for i := range others {
			if o := &others[i]; o.valid && o.fits(&day) {
				if !known[o] {
					known[o], covering = true, append(covering, o)
				}
				covered = true
				break
			}
		}
		if !covered {
			return nil
		}
	}
	return covering
}

// holidaysCount refuses holidays that never count, since others before them do,
// and those that cannot be told from each other.
func (t *tenantCompiler) holidaysCount(holidays []holiday, at path) {
	called := map[string][]int{}
	for j := range holidays {
		h := &holidays[j]
		if !h.valid {
			continue
		}
		if before := h.within(holidays[:j]); len(before) > 0 {
			t.neverCounts(holidays[j:j+1], before, at.with(j))
			continue
		}
		for _, i := range called[h.name] {
			if h.name != "" && !h.inAnotherYear(&holidays[i]) {
				t.add(at.with(j, "name"), fmt.Sprintf("holiday %q is here twice", h.name), "first in "+t.whereIs(at.with(i, "name")))
				break
			}
		}
		called[h.name] = append(called[h.name], j)
	}
}

// inAnotherYear tells whether two holidays are of a single year each, and not of
// the same: Good Friday is another day every year and may be there for several.
func (h *holiday) inAnotherYear(other *holiday) bool {
	single := func(h *holiday) bool { return h.nth == 0 && !h.yearly }
	if !single(h) || !single(other) {
		return false
	}
	mine, theirs := civilDayOf(h.first), civilDayOf(other.first)
	return mine.year != theirs.year
}

func (t *tenantCompiler) neverCounts(h []holiday, before []*holiday, at path) {
	if len(before) == 1 && before[0].within(h) != nil {
		t.add(at, fmt.Sprintf("never counts: %q is on the same days", before[0].name), "leave one of the two out")
		return
	}
	names := make([]string, len(before))
	for i, o := range before {
		names[i] = fmt.Sprintf("%q", o.name)
	}
	all := strings.Join(names, " and ")
	t.add(at, "never counts: all its days are those of "+all, "put it before "+all)
}
