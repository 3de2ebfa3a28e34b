package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const hoursOperator = `
trunks: [{name: main, gateway: carrier}]
tenants:
  - {id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10, name: acme, domains: [acme.test], country: US, timezone: America/New_York, trunks: [main], countries: [US], numbers: ["+15551230001", "+15551230002", "+15551230003"]}
`

// hoursTenant has a schedule of every kind of thing; 2026 begins on a Thursday.
const hoursTenant = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002", id: 0c1d2e3f-0000-4000-8000-000000000002}, {extension: "1003"}]
schedules:
  - name: office
    id: 0c1d2e3f-0000-4000-8000-000000000009
    schedules:
      - {days: [monday, tuesday, wednesday, thursday, friday], startTime: 09:00, endTime: 12:30}
      - {days: [monday, tuesday, wednesday, thursday, friday], startTime: 13:30, endTime: "17:00", destination: {route: extension, target: 0c1d2e3f-0000-4000-8000-000000000002}}
      - {day: saturday, startTime: "10:00", endTime: "12:00", enabled: false}
    holidays:
      - {name: Christmas, from: 12-24, to: 01-02, destination: {route: hangup, target: USER_BUSY}}
      - {name: Thanksgiving, month: november, weekday: thursday, nth: 4}
      - {name: Memorial Day, month: may, weekday: monday, nth: -1, hours: [{startTime: "10:00", endTime: "12:00"}]}
      - {name: Move, date: 2026-03-03}
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: voicemail, target: "1001"}
    overrideCode: {code: "*28", extensions: ["1001", "1002"]}
  - name: night desk
    timezone: Europe/London
    schedules:
      - {day: friday, startTime: "22:00", endTime: "06:00"}
      - {day: sunday, startTime: "20:00", endTime: 00:00}
      - {day: saturday, startTime: "23:00", endTime: "03:00"}
    holidays:
      - {name: Boxing Day, date: 12-26}
    openAction: {route: schedule, target: office}
    afterHoursAction: {route: hangup, target: NO_ANSWER}
    overrideCode: {code: "*4", extensions: ["1002"], hours: 8}
dids:
  - {number: "+15551230001", inboundRoute: extension, routeTarget: "1003", schedule: office}
  - {number: "+15551230002", inboundRoute: schedule, routeTarget: office}
`

func hoursPlan(t testing.TB, more string) *Plan {
	t.Helper()
	return planOf(t, hoursDirectory(t, more), "acme")
}

func hoursDirectory(t testing.TB, more string) *Directory {
	t.Helper()
	return compiled(t, File{Name: "operator.yaml", Data: []byte(hoursOperator)}, File{Name: "acme.yaml", Data: []byte(hoursTenant + more)})
}

// in gives a time by the clock of a zone.
func in(zone, text string) time.Time {
	location, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", text, location)
	if err != nil {
		panic(err)
	}
	return t
}

func newYork(text string) time.Time { return in("America/New_York", text) }
func london(text string) time.Time  { return in("Europe/London", text) }

func shownHours(h Hours) string {
	until := "never"
	if !h.Until.IsZero() {
		until = h.Until.Format("2006-01-02 15:04 -07")
	}
	to := h.To.String()
	if h.Windowed {
		to += " of its own"
	}
	return fmt.Sprintf("%s -> %s until %s", h, to, until)
}

func TestHours(t *testing.T) {
	p := hoursPlan(t, "")
	cases := []struct {
		name, schedule string
		now            time.Time
		want           string
	}{
		{"a minute before it opens", "office", newYork("2026-02-10 08:59"), "closed: outside hours -> voicemail 1001 until 2026-02-10 09:00 -05"},
		{"the minute it opens", "office", newYork("2026-02-10 09:00"), "open: within hours -> extension 1001 until 2026-02-10 12:30 -05"},
		{"by its id", "0c1d2e3f-0000-4000-8000-000000000009", newYork("2026-02-10 09:00"), "open: within hours -> extension 1001 until 2026-02-10 12:30 -05"},
		{"the last minute of the morning", "office", newYork("2026-02-10 12:29"), "open: within hours -> extension 1001 until 2026-02-10 12:30 -05"},
		{"the break", "office", newYork("2026-02-10 12:30"), "closed: outside hours -> voicemail 1001 until 2026-02-10 13:30 -05"},
		{"a window with a destination", "office", newYork("2026-02-10 13:30"), "open: within hours -> extension 1002 of its own until 2026-02-10 17:00 -05"},
		{"a window that is not enabled; over the weekend, in which the clocks go forward", "office", newYork("2026-03-07 10:30"), "closed: outside hours -> voicemail 1001 until 2026-03-09 09:00 -04"},
		{"a holiday of one year", "office", newYork("2026-03-03 09:30"), "closed: holiday Move -> voicemail 1001 until 2026-03-04 00:00 -05"},
		{"the same day of another year", "office", newYork("2027-03-03 09:30"), "open: within hours -> extension 1001 until 2027-03-03 12:30 -05"},
		{"the evening before a holiday", "office", newYork("2026-03-02 18:00"), "closed: outside hours -> voicemail 1001 until 2026-03-03 00:00 -05"},
		{"the fourth Thursday", "office", newYork("2026-11-26 09:30"), "closed: holiday Thanksgiving -> voicemail 1001 until 2026-11-27 00:00 -05"},
		{"the third Thursday", "office", newYork("2026-11-19 09:30"), "open: within hours -> extension 1001 until 2026-11-19 12:30 -05"},
		{"the fifth Thursday of another month", "office", newYork("2026-10-29 09:30"), "open: within hours -> extension 1001 until 2026-10-29 12:30 -04"},
		{"the last Monday, before its hours", "office", newYork("2026-05-25 09:30"), "closed: holiday Memorial Day -> voicemail 1001 until 2026-05-25 10:00 -04"},
		{"the last Monday, in its hours", "office", newYork("2026-05-25 10:00"), "open: hours of holiday Memorial Day -> extension 1001 until 2026-05-25 12:00 -04"},
		{"the last but one Monday", "office", newYork("2026-05-18 14:00"), "open: within hours -> extension 1002 of its own until 2026-05-18 17:00 -04"},
		{"a holiday over the year's end, its first day", "office", newYork("2026-12-24 00:00"), "closed: holiday Christmas -> hangup USER_BUSY until 2027-01-03 00:00 -05"},
		{"the day before it", "office", newYork("2026-12-23 23:59"), "closed: outside hours -> voicemail 1001 until 2026-12-24 00:00 -05"},
		{"its last day, in the next year", "office", newYork("2027-01-02 23:59"), "closed: holiday Christmas -> hangup USER_BUSY until 2027-01-03 00:00 -05"},

		{"overnight, before midnight", "night desk", london("2026-02-06 23:00"), "open: within hours -> schedule office until 2026-02-07 06:00 +00"},
		{"overnight, after midnight", "night desk", london("2026-02-07 05:59"), "open: within hours -> schedule office until 2026-02-07 06:00 +00"},
		{"overnight, over", "night desk", london("2026-02-07 06:00"), "closed: outside hours -> hangup NO_ANSWER until 2026-02-07 23:00 +00"},
		{"overnight over the week's end, which is no end", "night desk", london("2026-02-08 01:00"), "open: within hours -> schedule office until 2026-02-08 03:00 +00"},
		{"until midnight", "night desk", london("2026-02-08 23:59"), "open: within hours -> schedule office until 2026-02-09 00:00 +00"},
		// Christmas Day of 2026 is a Friday.
		{"overnight into a holiday, before midnight", "night desk", london("2026-12-25 23:00"), "open: within hours -> schedule office until 2026-12-26 00:00 +00"},
		{"overnight into a holiday, after midnight", "night desk", london("2026-12-26 01:00"), "closed: holiday Boxing Day -> hangup NO_ANSWER until 2026-12-27 00:00 +00"},
		{"overnight of a holiday's evening", "night desk", london("2026-12-26 23:30"), "closed: holiday Boxing Day -> hangup NO_ANSWER until 2026-12-27 00:00 +00"},
		{"and the morning after", "night desk", london("2026-12-27 01:00"), "closed: outside hours -> hangup NO_ANSWER until 2026-12-27 20:00 +00"},
	}
	for _, c := range cases {
		h, ok := p.Hours(c.schedule, c.now.Add(30*time.Second))
		if got := shownHours(h); got != c.want || !ok {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if _, ok := p.Hours("nothing", noon); ok {
		t.Error("hours of a schedule that is not there")
	}
}

// What windows are on the days the clocks are changed.
func TestHoursWhenTheClocksAreChanged(t *testing.T) {
	utc := func(text string) time.Time { return in("UTC", text) }
	night := `{day: sunday, startTime: "00:30", endTime: "06:00"}`
	skipped := `{day: sunday, startTime: "02:15", endTime: "02:45"}`
	repeated := `{day: sunday, startTime: "01:15", endTime: "01:45"}`
	cases := []struct {
		name, zone, window string
		now                time.Time
		open               bool
		until              time.Time
	}{
		{"New York forward: a night is an hour shorter", "America/New_York", night, utc("2026-03-08 05:30"), true, utc("2026-03-08 10:00")},
		{"New York back: a night is an hour longer", "America/New_York", night, utc("2026-11-01 04:30"), true, utc("2026-11-01 11:00")},
		{"New York forward: what is skipped is not there", "America/New_York", skipped, utc("2026-03-08 06:59"), false, utc("2026-03-15 06:15")},
		{"New York forward: nor a minute later", "America/New_York", skipped, utc("2026-03-08 07:00"), false, utc("2026-03-15 06:15")},
		{"New York back: the first time", "America/New_York", repeated, utc("2026-11-01 05:20"), true, utc("2026-11-01 05:45")},
		{"New York back: in between", "America/New_York", repeated, utc("2026-11-01 05:45"), false, utc("2026-11-01 06:15")},
		{"New York back: the second time", "America/New_York", repeated, utc("2026-11-01 06:15"), true, utc("2026-11-01 06:45")},
		{"New York forward: it begins in the hour that is skipped", "America/New_York", `{day: sunday, startTime: "02:30", endTime: "04:00"}`,
			utc("2026-03-08 06:30"), false, utc("2026-03-08 07:00")},
		{"New York forward: it ends in the hour that is skipped", "America/New_York", `{day: sunday, startTime: "01:00", endTime: "02:30"}`,
			utc("2026-03-08 06:30"), true, utc("2026-03-08 07:00")},
		{"London forward", "Europe/London", `{day: saturday, startTime: "22:00", endTime: "06:00"}`, utc("2026-03-28 23:00"), true, utc("2026-03-29 05:00")},
		{"London back", "Europe/London", `{day: saturday, startTime: "22:00", endTime: "06:00"}`, utc("2026-10-24 22:00"), true, utc("2026-10-25 06:00")},
		{"Sydney forward, in October", "Australia/Sydney", night, utc("2026-10-03 15:00"), true, utc("2026-10-03 19:00")},
		{"Sydney back, in April", "Australia/Sydney", night, utc("2026-04-04 14:00"), true, utc("2026-04-04 20:00")},
		{"Lord Howe forward by half an hour", "Australia/Lord_Howe", night, utc("2026-10-03 15:00"), true, utc("2026-10-03 19:00")},
		{"Lord Howe back by half an hour", "Australia/Lord_Howe", night, utc("2026-04-04 14:00"), true, utc("2026-04-04 19:30")},
		{"Lord Howe back: the half hour is twice", "Australia/Lord_Howe", `{day: sunday, startTime: "01:30", endTime: "01:50"}`,
			utc("2026-04-04 14:40"), true, utc("2026-04-04 14:50")},
		{"Lord Howe back: and once more", "Australia/Lord_Howe", `{day: sunday, startTime: "01:30", endTime: "01:50"}`,
			utc("2026-04-04 14:50"), false, utc("2026-04-04 15:00")},
		{"a day without midnight begins at one", "America/Santiago", `{day: sunday, startTime: "00:00", endTime: "24:00"}`,
			utc("2026-09-06 03:00"), false, utc("2026-09-06 04:00")},
	}
	for _, c := range cases {
		p := zonedPlan(t, c.zone, c.window)
		h, _ := p.Hours("zoned", c.now)
		if h.Open != c.open || !h.Until.Equal(c.until) {
			t.Errorf("%s: open %v until %s, want %v until %s", c.name, h.Open, h.Until.UTC(), c.open, c.until)
		}
	}
}

func zonedPlan(t testing.TB, zone string, windows ...string) *Plan {
	t.Helper()
	return planOf(t, compiled(t, File{Name: "operator.yaml", Data: []byte(hoursOperator)}, File{Name: "acme.yaml", Data: []byte(
		"tenant: acme\nextensions: [{extension: \"1001\"}]\nschedules:\n  - name: zoned\n    timezone: " + zone + "\n    schedules: [" + strings.Join(windows, ", ") + "]\n")}), "acme")
}

// A schedule that never changes says so, one that changes far away too.
func TestHoursForYears(t *testing.T) {
	for window, want := range map[string]string{
		"": "closed: outside hours ->   until never",
		`{days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday], startTime: 00:00, endTime: "24:00"}`: "open: within hours ->   until never",
	} {
		p := zonedPlan(t, "Europe/London", window)
		if h, _ := p.Hours("zoned", noon); shownHours(h) != want {
			t.Errorf("%s: %s, want %s", window, shownHours(h), want)
		}
	}
	p := planOf(t, compiled(t, File{Name: "operator.yaml", Data: []byte(hoursOperator)}, File{Name: "acme.yaml", Data: []byte(`
tenant: acme
schedules:
  - name: leap
    holidays: [{name: Leap day, date: 02-29}]
`)}), "acme")
	for now, want := range map[string]string{
		"2027-01-26 00:00": "closed: outside hours ->   until 2028-02-29 00:00 -05",
		"2027-01-24 00:00": "closed: outside hours ->   until never", // 401 days before
		"2028-02-29 12:00": "closed: holiday Leap day ->   until 2028-03-01 00:00 -05",
	} {
		if h, _ := p.Hours("leap", newYork(now)); shownHours(h) != want {
			t.Errorf("%s: %s, want %s", now, shownHours(h), want)
		}
	}
}

func TestSchedule(t *testing.T) {
	p := hoursPlan(t, "")
	if diff := cmp.Diff([]string{"night desk", "office"}, p.ScheduleNames()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	s, ok := p.Schedule("office")
	if !ok || s.Timezone != "America/New_York" || *s.Schedules[1].Destination != (Destination{RouteExtension, "1002"}) {
		t.Errorf("schedule %+v", s)
	}
	if _, ok := p.Schedule("nothing"); ok {
		t.Error("a schedule that is not there")
	}
}

func TestFollow(t *testing.T) {
	p := hoursPlan(t, "")
	morning, afternoon, night := newYork("2026-02-10 10:00"), newYork("2026-02-10 14:00"), newYork("2026-02-10 20:00")
	at := Stop{Destination: Destination{RouteSchedule, "office"}, Menus: []string{"main"}, Forwards: 2}
	number := at
	number.Open = Destination{RouteExtension, "1003"}
	cases := []struct {
		name string
		at   Stop
		now  time.Time
		want Destination
		ok   bool
	}{
		{"open", at, morning, Destination{RouteExtension, "1001"}, true},
		{"open, by a number", number, morning, Destination{RouteExtension, "1003"}, true},
		{"a window's own comes before a number's", number, afternoon, Destination{RouteExtension, "1002"}, true},
		{"closed, by a number", number, night, Destination{RouteVoicemail, "1001"}, true},
		{"a holiday's own", number, newYork("2026-12-31 10:00"), Destination{RouteHangup, "USER_BUSY"}, true},
		{"a schedule that is not there", Stop{Destination: Destination{RouteSchedule, "nothing"}}, morning, Destination{}, false},
		{"no schedule at all", Stop{Destination: Destination{RouteExtension, "1001"}}, morning, Destination{}, false},
		{"forwarded by whom it leads to", Stop{Destination: at.Destination, Forwards: 1, Forward: &Forwarding{Path: []string{"1001"}}}, morning, Destination{}, false},
		{"forwarded by another one", Stop{Destination: at.Destination, Forwards: 1, Forward: &Forwarding{Path: []string{"1002"}}}, morning, Destination{RouteExtension, "1001"}, true},
	}
	for _, c := range cases {
		next, h, ok := p.Follow(c.at, c.now)
		if ok != c.ok || next.Destination != c.want {
			t.Errorf("%s: %v, %v, want %v", c.name, next.Destination, ok, c.want)
		}
		if ok && (!next.Open.IsZero() || next.Forwards != c.at.Forwards || len(next.Menus) != len(c.at.Menus) || next.Forward != c.at.Forward) {
			t.Errorf("%s: the call came through %+v", c.name, next)
		}
		if (h.Schedule == "") != (c.at.Target != "office") {
			t.Errorf("%s: hours of %q", c.name, h.Schedule)
		}
	}
}

// Nowhere is configured: the default destination has it, once.
func TestFollowWithoutADestination(t *testing.T) {
	p := planOf(t, compiled(t, File{Name: "operator.yaml", Data: []byte(hoursOperator)}, File{Name: "acme.yaml", Data: []byte(`
tenant: acme
extensions: [{extension: "1001"}]
schedules:
  - {name: office, openAction: {route: extension, target: "1001"}}
dids: [{number: "+15551230001", inboundRoute: schedule, routeTarget: office}]
defaultDestination: {route: voicemail, target: "1001"}
`)}), "acme")
	at := Stop{Destination: Destination{RouteSchedule, "office"}}
	_, h, ok := p.Follow(at, noon)
	if ok || h.Open {
		t.Fatalf("follows to somewhere: %v", h)
	}
	if next, ok := p.Next(at, Closed); !ok || next.Destination != (Destination{RouteVoicemail, "1001"}) {
		t.Errorf("goes to %v", next)
	}
}
