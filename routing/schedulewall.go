package routing

import (
	"math"
	"time"
)

const (
	daySeconds = 24 * 60 * 60
	dayMinutes = 24 * 60
)

// wall is the clock on the wall in a time zone. As long as its offset is the
// same, what it shows runs as evenly as the seconds of Unix time; sought at one
// time after the other it looks the offset up only when that ends.
type wall struct {
	zone       *time.Location
	offset     int64 // seconds east of UTC
	start, end int64 // Unix times between which it is that; both 0: not sought yet
}

func (w *wall) seek(unix int64) {
	if unix >= w.start && unix < w.end {
		return
	}
	t := time.Unix(unix, 0).In(w.zone)
	_, offset := t.Zone()
	w.offset, w.start, w.end = int64(offset), math.MinInt64, math.MaxInt64
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		w.start = start.Unix()
	}
	if !end.IsZero() {
		w.end = end.Unix()
	}
}

// read gives the day, counted from the first of January 1970, and the second of
// that day that the clock shows.
func (w *wall) read(unix int64) (day, second int64) {
	w.seek(unix)
	local := unix + w.offset
	day, second = local/daySeconds, local%daySeconds
	if second < 0 {
		day, second = day-1, second+daySeconds
	}
	return day, second
}

// nextDay gives the first time at which the clock shows a later day. A day may
// begin at another time than midnight, and one may be left out.
func (w *wall) nextDay(unix int64) int64 {
	today, second := w.read(unix)
	for {
		unix = min(unix+daySeconds-second, w.end)
		var day int64
		if day, second = w.read(unix); day > today {
			return unix
		}
	}
}

// thisDay gives the first time at which the clock shows the day of a time.
func (w *wall) thisDay(unix int64) int64 {
	today, _ := w.read(unix)
	for at := unix - 3*daySeconds; ; at = w.nextDay(at) {
		if day, _ := w.read(at); day >= today {
			return at
		}
	}
}

// civilDay is a day of the calendar.
type civilDay struct {
	number  int64 // from the first of January 1970
	year    int
	month   time.Month
	day     int
	weekday time.Weekday
}

func civilDayOf(number int64) civilDay {
	t := time.Unix(number*daySeconds, 0).UTC()
	year, month, day := t.Date()
	return civilDay{number: number, year: year, month: month, day: day, weekday: t.Weekday()}
}

// ofYear is the same in every year and grows from its first day to its last.
func (d *civilDay) ofYear() int64 { return int64(d.month)*32 + int64(d.day) }
