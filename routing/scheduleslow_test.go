package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slow gives what a schedule is at a time, found by reading the texts of its
// configuration beside what a clock on the wall shows. It is slow and obvious.
func (c comparison) slow(now time.Time) Hours {
	s, o, wall := c.schedule, c.override, now.In(c.zone)
	today := wall.Format(time.DateOnly)
	holiday := c.holiday(today)
	h := Hours{Schedule: s.Name, Reason: HoursOutside, To: orZero(s.AfterHoursAction)}
	if holiday != nil {
		h.Reason, h.Holiday = HoursHoliday, holiday.Name
		if holiday.Destination != nil {
			h.To = *holiday.Destination
		}
	}
	if o != nil && now.Before(slowTime(o.Until)) && (o.Since == "" || !now.Before(slowTime(o.Since))) {
		h.Override, h.Reason, h.Open, h.Windowed = o, HoursOverride, o.State == OverrideOpen, o.State == OverrideTo
		h.To = orZero(map[OverrideState]*Destination{OverrideOpen: s.OpenAction, OverrideClosed: s.AfterHoursAction, OverrideTo: o.Destination}[o.State])
		return h
	}
	clock := wall.Format("15:04")
	if holiday != nil {
		for _, open := range holiday.Hours {
			if clock >= open.StartTime && (open.EndTime == "00:00" || clock < open.EndTime) {
				h.Open, h.Reason, h.To = true, HoursWindow, orZero(s.OpenAction)
			}
		}
		return h
	}
	yesterday := slowTime(today+"T12:00:00Z").AddDate(0, 0, -1)
	for _, w := range s.Schedules {
		overnight := w.EndTime < w.StartTime
		begun := slices.Contains(w.Days, strings.ToLower(wall.Weekday().String())) && clock >= w.StartTime && (overnight || clock < w.EndTime)
		goesOn := overnight && slices.Contains(w.Days, strings.ToLower(yesterday.Weekday().String())) && clock < w.EndTime &&
			c.holiday(yesterday.Format(time.DateOnly)) == nil
		if begun || goesOn {
			h.Open, h.Reason, h.To = true, HoursWindow, orZero(s.OpenAction)
			if w.Destination != nil {
				h.To, h.Windowed = *w.Destination, true
			}
		}
	}
	return h
}

func slowTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func slowHoliday(s Schedule, date string) *Holiday {
	for i, h := range s.Holidays {
		from, to := h.From, h.To
		if h.Date != "" {
			from, to = h.Date, h.Date
		}
		day := date
		if len(from) == len("12-25") {
			day = date[len("2026-"):]
		}
		in := from <= day && day <= to
		if to < from {
			in = day >= from || day <= to
		}
		if h.Month != "" {
			in = slowWeekdayOfMonth(h, date)
		}
		if in {
			return &s.Holidays[i]
		}
	}
	return nil
}

// slowWeekdayOfMonth counts the days of the month.
func slowWeekdayOfMonth(h Holiday, date string) bool {
	this := slowTime(date + "T12:00:00Z")
	if !strings.EqualFold(this.Month().String(), h.Month) {
		return false
	}
	var days []string
	for day := this.AddDate(0, 0, 1-this.Day()); day.Month() == this.Month(); day = day.AddDate(0, 0, 1) {
		if strings.EqualFold(day.Weekday().String(), h.Weekday) {
			days = append(days, day.Format(time.DateOnly))
		}
	}
	if h.Nth == -1 {
		return days[len(days)-1] == date
	}
	return h.Nth <= len(days) && days[h.Nth-1] == date
}

// tenZones have their clocks changed in all the ways there are: by an hour, by
// half of one, at midnight, not at all, with a day left out, for Ramadan.
var tenZones = []string{
	"America/New_York", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe", "America/Santiago",
	"Asia/Kolkata", "Pacific/Apia", "Africa/Casablanca", "America/Havana", "Asia/Beirut",
}

// changeDays gives the beginnings of days of a year, of UTC, around which a
// zone's clocks are changed.
func changeDays(zone *time.Location, year int) []time.Time {
	var days []time.Time
	for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
		_, before := day.In(zone).Zone()
		if _, after := day.AddDate(0, 0, 1).In(zone).Zone(); before != after {
			days = append(days, day)
		}
	}
	return days
}

// comparison is a schedule in both ways.
type comparison struct {
	plan     *Plan
	schedule Schedule
	override *Override
	zone     *time.Location
	days     map[string]*Holiday // that were looked at
}

func compare(t rapid.TB, config Schedule, overrides ...Override) comparison {
	action := func(target string) *Destination { return &Destination{RouteExtension, target} }
	config.Name, config.OpenAction, config.AfterHoursAction = "compared", action("1001"), action("1002")
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{{
		Tenant: "acme", Extensions: []Extension{{Extension: "1001"}, {Extension: "1002"}, {Extension: "1003"}, {Extension: "1004"}},
		Schedules: []Schedule{config}, Overrides: overrides,
	}}})
	if directory == nil {
		t.Fatalf("%+v: %v", config, problems)
	}
	plan, _ := directory.Plan("acme")
	zone, err := time.LoadLocation(config.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	c := comparison{plan: plan, schedule: config, zone: zone, days: map[string]*Holiday{}}
	if len(overrides) > 0 {
		c.override = &overrides[0]
	}
	return c
}

func (c comparison) holiday(date string) *Holiday {
	h, known := c.days[date]
	if !known {
		h = slowHoliday(c.schedule, date)
		c.days[date] = h
	}
	return h
}

// same tells whether two hours are the same but for Until.
func same(a, b Hours) bool {
	if (a.Override == nil) != (b.Override == nil) {
		return false
	}
	a.Until, b.Until, a.Override, b.Override = time.Time{}, time.Time{}, nil, nil
	return a == b
}

func (c comparison) at(t rapid.TB, now time.Time) {
	want := c.slow(now)
	if got := c.plan.schedules["compared"].hours(now); !same(got, want) {
		t.Fatalf("%s (%s): %s to %s, want %s to %s\n%+v", now.In(c.zone), now.UTC(), got, got.To, want, want.To, c.schedule)
	}
}

// until looks for the next change minute by minute, for so many minutes.
func (c comparison) until(t rapid.TB, now time.Time, minutes int) {
	got, _ := c.plan.Hours("compared", now)
	was := c.slow(now)
	for m := 1; m <= minutes; m++ {
		at := now.Truncate(time.Minute).Add(time.Duration(m) * time.Minute)
		if !same(c.slow(at), was) {
			if !got.Until.Equal(at) {
				t.Fatalf("%s: until %s, want %s\n%+v", now.In(c.zone), got.Until, at.In(c.zone), c.schedule)
			}
			return
		}
		if got.Until.Equal(at) {
			t.Fatalf("%s: until %s, but it is the same then\n%+v", now.In(c.zone), got.Until, c.schedule)
		}
	}
	if !got.Until.IsZero() && !got.Until.After(now.Add(time.Duration(minutes-1)*time.Minute)) {
		t.Fatalf("%s: until %s, but nothing changed\n%+v", now.In(c.zone), got.Until, c.schedule)
	}
}

// Whatever a schedule is like, at random minutes of ten years and at every
// minute of the days on which its clocks are changed in one of them it is what
// it looks like on the wall, and so it stays until it says.
func TestHoursAreThoseOfTheClockOnTheWall(t *testing.T) {
	open, closed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		config, first := drawSchedule(t), rapid.IntRange(2010, 2021).Draw(t, "first year")
		begin := time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC)
		minute := rapid.IntRange(0, 10*365*24*60)
		var overrides []Override
		if rapid.IntRange(0, 3).Draw(t, "overridden") == 0 {
			overrides = append(overrides, drawOverride(t, begin))
		}
		c := compare(t, config, overrides...)
		for _, m := range rapid.SliceOfN(minute, 100, 100).Draw(t, "minutes") {
			now := begin.Add(time.Duration(m)*time.Minute + 17*time.Second)
			c.at(t, now)
			if c.slow(now).Open {
				open++
			} else {
				closed++
			}
		}
		year := first + rapid.IntRange(0, 9).Draw(t, "year")
		for _, day := range changeDays(c.zone, year) {
			for m := range 24 * 60 {
				c.at(t, day.Add(time.Duration(m)*time.Minute))
			}
			c.until(t, day.Add(time.Duration(rapid.IntRange(0, 24*60).Draw(t, "minute"))*time.Minute), 24*60)
		}
		c.until(t, begin.Add(time.Duration(minute.Draw(t, "minute"))*time.Minute+time.Second), 24*60)
	})
	if open == 0 || closed == 0 {
		t.Errorf("%d minutes open, %d closed", open, closed)
	}
}

// The same of one schedule, on every day of ten years on which the clocks of ten
// zones are changed.
func TestHoursOnEveryDayTheClocksAreChanged(t *testing.T) {
	everyDay := weekdays
	own := &Destination{RouteExtension, "1003"}
	days := 0
	for _, name := range tenZones {
		c := compare(t, Schedule{
			Timezone: name,
			Schedules: []Window{
				{Days: everyDay, StartTime: "23:30", EndTime: "00:30"}, {Days: everyDay, StartTime: "01:15", EndTime: "01:45", Destination: own},
				{Days: everyDay, StartTime: "02:20", EndTime: "03:10"}, {Days: everyDay, StartTime: "12:00", EndTime: "23:15"},
			},
			Holidays: []Holiday{
				{Name: "first Sunday", Month: "april", Weekday: "sunday", Nth: 1, Hours: []HolidayHours{{"01:40", "02:40"}}, Destination: own},
				{Name: "last Saturday", Month: "october", Weekday: "saturday", Nth: -1},
			},
		})
		for year := 2011; year < 2021; year++ {
			for _, day := range changeDays(c.zone, year) {
				days++
				for m := range 24 * 60 {
					c.at(t, day.Add(time.Duration(m)*time.Minute))
				}
			}
		}
	}
	if days < 150 {
		t.Errorf("only %d days", days)
	}
}

func drawSchedule(t *rapid.T) Schedule {
	s := Schedule{Timezone: rapid.SampledFrom(tenZones).Draw(t, "zone"), Schedules: drawWindows(t)}
	for i := range rapid.IntRange(0, 4).Draw(t, "holidays") {
		h := drawHoliday(t)
		h.Name = fmt.Sprint("holiday ", i)
		if rapid.Bool().Draw(t, "destination") {
			h.Destination = &Destination{RouteExtension, "1004"}
		}
		cuts := drawCuts(t, 24*60)
		for k := 0; k+1 < len(cuts); k += 2 {
			h.Hours = append(h.Hours, HolidayHours{clockText(cuts[k]), clockText(cuts[k+1])})
		}
		if config := append(slices.Clone(s.Holidays), h); !Refused(holidayProblems(config)) { // it counts
			s.Holidays = config
		}
	}
	return s
}

// drawCuts gives an even number of minutes that divide a time into windows.
func drawCuts(t *rapid.T, minutes int) []int {
	cuts := rapid.SliceOfNDistinct(rapid.IntRange(0, minutes/5-1), 0, 20, rapid.ID[int]).Draw(t, "cuts")
	slices.Sort(cuts)
	for i := range cuts {
		cuts[i] *= 5
	}
	return cuts[:len(cuts)/2*2]
}

// drawWindows gives windows that do not overlap, one over the end of the week
// among them now and then.
func drawWindows(t *rapid.T) []Window {
	const week = 7 * 24 * 60
	cuts := drawCuts(t, week)
	if len(cuts) > 0 && rapid.Bool().Draw(t, "over the week's end") {
		cuts = append(cuts[1:], cuts[0]+week)
	}
	var windows []Window
	for i := 0; i+1 < len(cuts); i += 2 {
		from, to := cuts[i], min(cuts[i+1], cuts[i]+24*60-5)
		w := Window{Days: []string{weekdays[from/(24*60)]}, StartTime: clockText(from), EndTime: clockText(to)}
		if rapid.Bool().Draw(t, "own destination") {
			w.Destination = &Destination{RouteExtension, "1003"}
		}
		windows = append(windows, w)
	}
	return windows
}

func clockText(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60) }

func drawHoliday(t *rapid.T) Holiday {
	layout := rapid.SampledFrom([]string{"2006-01-02", "01-02"}).Draw(t, "layout")
	date := func(label string) string {
		return time.Date(2010, 1, 1+rapid.IntRange(0, 20*365).Draw(t, label), 0, 0, 0, 0, time.UTC).Format(layout)
	}
	switch rapid.IntRange(0, 2).Draw(t, "form") {
	case 0:
		return Holiday{Date: date("date")}
	case 1:
		from, to := date("from"), date("to")
		if to < from && layout == time.DateOnly {
			from, to = to, from
		}
		return Holiday{From: from, To: to}
	default:
		return Holiday{
			Month: rapid.SampledFrom(months).Draw(t, "month"), Weekday: rapid.SampledFrom(weekdays).Draw(t, "weekday"),
			Nth: rapid.SampledFrom([]int{1, 2, 3, 4, 5, -1}).Draw(t, "nth"),
		}
	}
}

func drawOverride(t *rapid.T, begin time.Time) Override {
	at := func(minute int) string { return begin.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339) }
	until := rapid.IntRange(1, 10*365*24*60).Draw(t, "until")
	o := Override{Schedule: "compared", State: rapid.SampledFrom(overrideStates).Draw(t, "state"), Until: at(until)}
	if rapid.Bool().Draw(t, "set at a time") {
		o.Since = at(rapid.IntRange(0, until-1).Draw(t, "since"))
	}
	if o.State == OverrideTo {
		o.Destination = &Destination{RouteExtension, "1004"}
	}
	return o
}
