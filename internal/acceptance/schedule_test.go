//go:build acceptance

package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

const anyDay = `{days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday], startTime: "00:00", endTime: "24:00"}`

// scheduleFeatures are features of business hours, at the time the test runs.
func scheduleFeatures(now time.Time) []feature {
	return []feature{
		{name: "open, closed, a holiday and a night", tenant: hoursTenant(now.UTC()), test: (*scene).hours},
		{name: "one schedule for two numbers", tenant: scheduleTenant + `
  - {name: office, schedules: [` + anyDay + `], afterHoursAction: ` + toThree + `}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001", schedule: office}
  - {number: DID1, inboundRoute: extension, routeTarget: "1002", schedule: office}
`, test: (*scene).sharedSchedule},
		{name: "an override by HTTP", tenant: officeTenant, test: (*scene).overrideByHTTP},
		{name: "an override by command", tenant: officeTenant, test: (*scene).overrideByCommand},
		{name: "an override by a phone", tenant: officeTenant, test: (*scene).overrideByPhone},
	}
}

const scheduleTenant = `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
  - {extension: "1004"}
schedules:`

const officeTenant = scheduleTenant + `
  - {name: office, schedules: [` + anyDay + `], openAction: ` + toOne + `, afterHoursAction: ` + toTwo + `, overrideCode: {code: "*28", extensions: ["1001"], hours: 1}}
dids:
  - {number: DID0, inboundRoute: schedule, routeTarget: office}
`

// hoursTenant has a number for each thing a schedule can be at this time.
func hoursTenant(now time.Time) string {
	zone, night := midnightZone(now)
	day := func(t time.Time) string { return strings.ToLower(t.Weekday().String()) }
	date := func(days int) string { return now.AddDate(0, 0, days).Format(time.DateOnly) }
	return scheduleTenant + `
  - {name: opened, schedules: [` + anyDay + `], openAction: ` + toOne + `, afterHoursAction: ` + toTwo + `}
  - {name: closed, schedules: [{day: ` + day(now.AddDate(0, 0, 3)) + `, startTime: "09:00", endTime: "17:00"}], openAction: ` + toOne + `, afterHoursAction: ` + toTwo + `}
  - {name: feast, schedules: [` + anyDay + `], holidays: [{name: Founding day, from: "` + date(-1) + `", to: "` + date(1) + `", destination: ` + toThree + `}], openAction: ` + toOne + `, afterHoursAction: ` + toTwo + `}
  - {name: night, timezone: ` + zone + `, schedules: [{day: ` + day(night.AddDate(0, 0, -1)) + `, startTime: "22:00", endTime: "03:00", destination: ` + toFour + `}], afterHoursAction: ` + toTwo + `}
  - {name: evening, timezone: ` + zone + `, schedules: [{day: ` + day(night) + `, startTime: "22:00", endTime: "03:00", destination: ` + toFour + `}], afterHoursAction: ` + toTwo + `}
dids:
  - {number: DID0, inboundRoute: schedule, routeTarget: opened}
  - {number: DID1, inboundRoute: schedule, routeTarget: closed}
  - {number: DID2, inboundRoute: schedule, routeTarget: feast}
  - {number: DID3, inboundRoute: schedule, routeTarget: night}
  - {number: DID4, inboundRoute: schedule, routeTarget: evening}
`
}

// midnightZone gives a time zone in which a new day began less than an hour ago,
// and the time there.
func midnightZone(now time.Time) (name string, there time.Time) {
	behind := now.Hour() // hours that its clock is behind UTC
	name = fmt.Sprintf("Etc/GMT+%d", behind)
	if behind > 12 {
		behind -= 24
		name = fmt.Sprintf("Etc/GMT-%d", -behind)
	}
	return name, now.Add(-time.Duration(behind) * time.Hour)
}

// TestSchedules has callers come in and out of hours.
func TestSchedules(t *testing.T) { play(t, scheduleFeatures(time.Now())) }

func (s *scene) hours(t *testing.T) {
	phones := map[string]*phone.Phone{}
	for _, e := range []string{"1001", "1002", "1003", "1004"} {
		phones[e] = s.register(t, e, ringing)
	}
	for did, want := range []struct{ schedule, outcome, extension, note string }{
		{"opened", "open", "1001", ""}, {"closed", "closed", "1002", ""}, {"feast", "closed", "1003", "Founding day"},
		{"night", "open", "1004", ""}, {"evening", "closed", "1002", ""},
	} {
		call := s.call(t, did)
		takenAndOver(t, call, phones[want.extension])
		r := s.toldOf(t, call)
		r.went(t, "completed", "schedule "+want.schedule+" "+want.outcome, "extension "+want.extension+" answered")
		if note := r.Steps[0].Note; !strings.Contains(note, want.note) {
			t.Errorf("%s: the record says %q", want.schedule, note)
		}
	}
}

func (s *scene) sharedSchedule(t *testing.T) {
	one, two, three := s.register(t, "1001", ringing), s.register(t, "1002", ringing), s.register(t, "1003", ringing)
	for did, p := range []*phone.Phone{one, two} {
		call := s.call(t, did)
		takenAndOver(t, call, p)
		s.toldOf(t, call).went(t, "completed", "schedule office open", fmt.Sprintf("extension 100%d answered", did+1))
	}
	s.override(t, "closed", time.Hour, nil)
	for did := range 2 {
		call := s.call(t, did)
		takenAndOver(t, call, three)
		s.toldOf(t, call).went(t, "completed", "schedule office closed", "extension 1003 answered")
	}
}

// schedulePath is the address of the tenant's schedule.
func (s *scene) schedulePath(more string) string {
	return "/api/schedules/office" + more + "?tenantId=" + url.QueryEscape(s.tenant())
}

// override sets one by HTTP that ends by itself, and gives when.
func (s *scene) override(t *testing.T, state string, lasts time.Duration, to any) time.Time {
	t.Helper()
	until := time.Now().Add(lasts).Truncate(time.Second)
	s.server.ask(t, http.MethodPut, s.schedulePath("/override"), map[string]any{
		"state": state, "destination": to, "until": until.Format(time.RFC3339), "reason": "fire drill",
	}, nil)
	return until
}

// isOpen is what the API says of the schedule.
func (s *scene) isOpen(t *testing.T) bool {
	t.Helper()
	var now struct {
		IsOpen *bool `json:"isOpen"`
	}
	s.server.get(t, s.schedulePath("/status"), &now)
	if now.IsOpen == nil {
		t.Fatal("the API does not say whether it is open")
	}
	return *now.IsOpen
}

// goesTo places a call to the schedule's number and checks who gets it.
func (s *scene) goesTo(t *testing.T, p *phone.Phone, outcome, extension string) {
	t.Helper()
	call := s.call(t, 0)
	takenAndOver(t, call, p)
	s.toldOf(t, call).went(t, "completed", "schedule office "+outcome, "extension "+extension+" answered")
	if open := s.isOpen(t); open != (outcome == "open") {
		t.Errorf("the API says open: %v, calls go as if it were %s", open, outcome)
	}
}

func (s *scene) overrideByHTTP(t *testing.T) {
	one, two, three := s.register(t, "1001", ringing), s.register(t, "1002", ringing), s.register(t, "1003", ringing)
	s.goesTo(t, one, "open", "1001")
	s.override(t, "destination", time.Hour, map[string]string{"route": "extension", "target": "1003"})
	s.goesTo(t, three, "closed", "1003")
	s.server.ask(t, http.MethodDelete, s.schedulePath("/override"), nil, nil)
	s.goesTo(t, one, "open", "1001")

	until := s.override(t, "closed", 6*time.Second, nil)
	s.goesTo(t, two, "closed", "1002")
	untilIn(t, soon(t), "the override expires", func() bool { return time.Now().After(until) })
	s.goesTo(t, one, "open", "1001")
}

// command runs one of the server's own and gives what it says.
func (s *scene) command(t *testing.T, args ...string) string {
	t.Helper()
	args = append(args, "--server", "http://"+s.server.httpAddr, "--data-dir", s.server.dataDir, "--tenant", s.tenant())
	out, err := exec.CommandContext(soon(t), s.server.binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *scene) overrideByCommand(t *testing.T) {
	one, two := s.register(t, "1001", ringing), s.register(t, "1002", ringing)
	s.command(t, "override", "office", "closed", "--for", "2h", "--reason", "fire drill")
	s.goesTo(t, two, "closed", "1002")
	calendar := s.command(t, "explain", "--calendar", "office", "--days", "3")
	if !strings.Contains(calendar, "override") {
		t.Errorf("explain --calendar does not show the override:\n%s", calendar)
	}
	s.command(t, "override", "office", "--clear")
	s.goesTo(t, one, "open", "1001")
}

func (s *scene) overrideByPhone(t *testing.T) {
	one, two, three := s.register(t, "1001", ringing), s.register(t, "1002", ringing), s.register(t, "1003", ringing)
	for _, c := range []struct {
		code   string
		sounds []float64
		rings  *phone.Phone
		then   []string
	}{
		{"*282", []float64{660, 440}, two, []string{"closed", "1002"}},
		{"*281", []float64{440, 660}, one, []string{"open", "1001"}},
		{"*282", []float64{660, 440}, two, []string{"closed", "1002"}},
		{"*280", []float64{550, 550}, one, []string{"open", "1001"}},
	} {
		call := dials(t, one, c.code)
		must(t, call.WaitOver(soon(t)))
		var sounds []float64
		for _, h := range call.Audio.Tones(440, 550, 660) {
			sounds = append(sounds, h.Hz)
		}
		if !slices.Equal(sounds, c.sounds) {
			t.Errorf("%s: the phone heard %v, want %v", c.code, sounds, c.sounds)
		}
		s.goesTo(t, c.rings, c.then[0], c.then[1])
	}
	refused := dials(t, three, "*282")
	if got := status(t, refused); got < 400 {
		t.Errorf("a phone that may not override got %d", got)
	}
	if r := s.toldOf(t, refused); r.Status == "completed" {
		t.Errorf("record: %s %+v", r.Status, r.Steps)
	}
	s.goesTo(t, one, "open", "1001")
}
