package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func calendarText(days []CalendarDay) string {
	var b strings.Builder
	for _, d := range days {
		fmt.Fprintf(&b, "%s %s", d.Date, d.Weekday)
		if d.Holiday != "" {
			fmt.Fprintf(&b, ", %s", d.Holiday)
		}
		for _, c := range d.Clocks {
			fmt.Fprintf(&b, ", %s", c)
		}
		b.WriteByte('\n')
		for _, h := range d.Hours {
			fmt.Fprintf(&b, "  %s to %s open %v, %s, %s\n", h.From.Format("15:04 -0700"), h.To.Format("15:04 -0700"), h.Open, h.Reason, h.Destination)
		}
	}
	return b.String()
}

func TestCalendar(t *testing.T) {
	p := hoursPlan(t, `
overrides:
  - {schedule: night desk, state: closed, until: 2026-12-26T23:30:00Z}
`)
	cases := []struct {
		name, schedule string
		from           time.Time
		days           int
		want           string
	}{
		{"the day the clocks go forward, and the day after", "office", newYork("2026-03-08 15:00"), 2, `
2026-03-08 sunday, clocks go forward at 02:00 to 03:00
  00:00 -0500 to 00:00 -0400 open false, outside, voicemail 1001
2026-03-09 monday
  00:00 -0400 to 09:00 -0400 open false, outside, voicemail 1001
  09:00 -0400 to 12:30 -0400 open true, window, extension 1001
  12:30 -0400 to 13:30 -0400 open false, outside, voicemail 1001
  13:30 -0400 to 17:00 -0400 open true, window, extension 1002
  17:00 -0400 to 00:00 -0400 open false, outside, voicemail 1001
`},
		{"a holiday with hours", "office", newYork("2026-05-25 00:00"), 1, `
2026-05-25 monday, Memorial Day
  00:00 -0400 to 10:00 -0400 open false, holiday, voicemail 1001
  10:00 -0400 to 12:00 -0400 open true, window, extension 1001
  12:00 -0400 to 00:00 -0400 open false, holiday, voicemail 1001
`},
		{"an override that expires", "night desk", london("2026-12-25 23:59"), 2, `
2026-12-25 friday
  00:00 +0000 to 00:00 +0000 open false, override, hangup NO_ANSWER
2026-12-26 saturday, Boxing Day
  00:00 +0000 to 23:30 +0000 open false, override, hangup NO_ANSWER
  23:30 +0000 to 00:00 +0000 open false, holiday, hangup NO_ANSWER
`},
		{"the clocks go back in a window", "night desk", london("2027-10-31 00:00"), 1, `
2027-10-31 sunday, clocks go back at 02:00 to 01:00
  00:00 +0100 to 03:00 +0000 open true, window, schedule office
  03:00 +0000 to 20:00 +0000 open false, outside, hangup NO_ANSWER
  20:00 +0000 to 00:00 +0000 open true, window, schedule office
`},
	}
	for _, c := range cases {
		days, ok := p.Calendar(c.schedule, c.from, c.days)
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), calendarText(days)); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestCalendarLength(t *testing.T) {
	p := hoursPlan(t, "")
	for asked, want := range map[int]int{-3: 1, 0: 1, 1: 1, 30: 30, 400: 400, 100_000: MaxCalendar} {
		if days, ok := p.Calendar("office", noon, asked); len(days) != want || !ok {
			t.Errorf("%d days: %d", asked, len(days))
		}
	}
	if _, ok := p.Calendar("nothing", noon, 3); ok {
		t.Error("a calendar of a schedule that is not there")
	}
}

// A day that a zone leaves out is not in the calendar; one that does not begin at
// midnight begins when it does.
func TestCalendarOfOddDays(t *testing.T) {
	p := zonedPlan(t, "Pacific/Apia", `{days: [thursday, friday, saturday], startTime: "22:00", endTime: "02:00"}`)
	days, _ := p.Calendar("zoned", in("Pacific/Apia", "2011-12-29 12:00"), 2)
	if len(days) != 2 || days[1].Date != "2011-12-31" || !days[0].Hours[len(days[0].Hours)-1].To.Equal(days[1].Hours[0].From) {
		t.Errorf("calendar\n%s", calendarText(days))
	}
	p = zonedPlan(t, "America/Santiago")
	days, _ = p.Calendar("zoned", in("UTC", "2026-09-06 12:00"), 1)
	if got, want := days[0].Hours[0].From.Format(time.RFC3339), "2026-09-06T01:00:00-03:00"; got != want {
		t.Errorf("begins at %s, want %s", got, want)
	}
	if len(days[0].Clocks) != 1 || days[0].Clocks[0].String() != "clocks go forward at 00:00 to 01:00" {
		t.Errorf("clocks %v", days[0].Clocks)
	}
}

// At every minute of some days a calendar says what Hours says.
func TestCalendarIsWhatHoursSay(t *testing.T) {
	p := hoursPlan(t, "\noverrides: [{schedule: office, state: open, until: 2026-11-02T15:20:00Z}]\n")
	for _, schedule := range p.ScheduleNames() {
		for _, from := range []time.Time{newYork("2026-03-07 12:00"), newYork("2026-10-31 12:00"), london("2026-12-24 12:00")} {
			calendar, _ := p.Calendar(schedule, from, 4)
			at := calendar[0].Hours[0].From
			for _, day := range calendar {
				for _, part := range day.Hours {
					if !part.From.Equal(at) {
						t.Fatalf("%s: a gap before %s", schedule, part.From)
					}
					for ; at.Before(part.To); at = at.Add(time.Minute) {
						h, _ := p.Hours(schedule, at)
						if h.Open != part.Open || h.Reason != part.Reason || h.To != part.Destination || h.Windowed != part.Windowed || h.Holiday != day.Holiday {
							t.Fatalf("%s at %s: %+v in the calendar, %s in fact", schedule, at, part, h)
						}
					}
				}
			}
			if want := 4 * 24 * time.Hour; at.Sub(calendar[0].Hours[0].From) < want-time.Hour {
				t.Errorf("%s: it ends at %s", schedule, at)
			}
		}
	}
}
