package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/routing"
)

// status gives what acme's schedule office is now.
func (e *endpoint) status() ScheduleStatus {
	e.t.Helper()
	return given[ScheduleStatus](e, e.as(e.readonly, "GET", "/api/schedules/office/status", ""), 200)
}

func mailbox() *routing.Destination {
	return &routing.Destination{Route: routing.RouteVoicemail, Target: "1001"}
}

func TestSchedulesAreListed(t *testing.T) {
	e := newEndpoint(t)
	got := given[schedulesBody](e, e.as(e.readonly, "GET", "/api/schedules", ""), 200)
	if len(got.Schedules) != 1 || got.Next != "" {
		t.Fatalf("%+v", got)
	}
	s := got.Schedules[0]
	opens := time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	if s.ID == "" || s.Status.Until == nil || !s.Status.Until.Equal(opens) {
		t.Errorf("%+v", s)
	}
	for _, ref := range []string{"office", s.ID, strings.ToUpper(s.ID)} {
		one := given[scheduleBody](e, e.as(e.readonly, "GET", "/api/schedules/"+ref, ""), 200).Schedule
		if diff := cmp.Diff(s, one); diff != "" {
			t.Errorf("%s: %s", ref, diff)
		}
	}
	s.ID, s.Status.Until = "", nil
	want := Schedule{
		Name: "office", Timezone: "America/New_York",
		Schedules:  []routing.Window{{Days: []string{"monday", "tuesday", "wednesday", "thursday", "friday"}, StartTime: "09:00", EndTime: "17:00"}},
		Holidays:   []routing.Holiday{{Name: "Thanksgiving", Month: "november", Weekday: "thursday", Nth: 4}},
		OpenAction: &routing.Destination{Route: routing.RouteRingGroup, Target: "sales"}, AfterHoursAction: mailbox(),
		Status: ScheduleStatus{Reason: routing.HoursOutside, Destination: mailbox()},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if got := given[schedulesBody](e, e.as(e.rival, "GET", "/api/schedules", ""), 200); len(got.Schedules) != 0 {
		t.Errorf("the rival sees %+v", got)
	}
	for _, of := range []string{"", "/status", "/calendar"} {
		e.refused(e.as(e.rival, "GET", "/api/schedules/"+s.Name+of, ""), 404, "not_found")
		e.refused(e.as(e.readonly, "GET", "/api/schedules/factory"+of, ""), 404, "not_found")
	}
}

// Whoever mistypes a name is told which one was meant, of the own tenant's only.
func TestAScheduleThatIsMistyped(t *testing.T) {
	e := newEndpoint(t)
	for _, c := range []struct{ method, of, body string }{{"GET", "", ""}, {"GET", "/status", ""}, {"DELETE", "/override", ""}, {"PUT", "/override", `{"state":"closed","hours":1}`}} {
		f := e.refused(e.as(e.admin, c.method, "/api/schedules/offce"+c.of, c.body), 404, "not_found")
		if f.Message != `there is no such schedule: "offce"; did you mean office?` {
			t.Errorf("%s %s: %s", c.method, c.of, f.Message)
		}
	}
	for _, name := range []string{"factory", "a%0A%1B[2J"} {
		if f := e.refused(e.as(e.readonly, "GET", "/api/schedules/"+name, ""), 404, "not_found"); strings.Contains(f.Message, "mean") || strings.ContainsAny(f.Message, "\n\x1b") {
			t.Errorf("%q", f.Message)
		}
	}
	if f := e.refused(e.as(e.rival, "GET", "/api/schedules/offce", ""), 404, "not_found"); f.Message != `there is no such schedule: "offce"` {
		t.Error(f.Message)
	}
}

// What the status says is what calls go by.
func TestWhetherAScheduleIsOpen(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-11-20 08:59": "closed outside - until 2026-11-20T09:00:00-05:00",
		"2026-11-20 09:00": "open window - until 2026-11-20T17:00:00-05:00",
		"2026-11-20 17:00": "closed outside - until 2026-11-23T09:00:00-05:00",
		"2026-11-26 10:00": "closed holiday Thanksgiving until 2026-11-27T00:00:00-05:00",
	} {
		e := newEndpoint(t)
		now, err := time.ParseInLocation("2006-01-02 15:04", at, newYork)
		if err != nil {
			t.Fatal(err)
		}
		e.server.Now = func() time.Time { return now }
		s := e.status()
		holiday := "-"
		if s.Holiday != nil {
			holiday = *s.Holiday
		}
		got := fmt.Sprintf("%s %s %s until %s", map[bool]string{true: "open", false: "closed"}[s.IsOpen], s.Reason, holiday, s.Until.Format(time.RFC3339))
		if got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	e := newEndpoint(t)
	body := e.as(e.readonly, "GET", "/api/schedules/office/status", "").Body.String()
	for _, want := range []string{`"isOpen":false`, `"holiday":null`, `"override":null`, `"until":"2026-11-20T09:00:00-05:00"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
}

func TestSchedulesByPage(t *testing.T) {
	e := newEndpoint(t)
	const hours = `schedules: [{day: monday, startTime: "09:00", endTime: "17:00"}], afterHoursAction: {route: voicemail, target: "1001"}`
	e.apply("tenant: acme\nschedules:\n  - {name: c, " + hours + "}\n  - {name: a, " + hours + "}\n  - {name: b, " + hours + "}\n")
	var names []string
	next := ""
	for range 3 {
		page := given[schedulesBody](e, e.as(e.readonly, "GET", "/api/schedules?limit=1&after="+next, ""), 200)
		names, next = append(names, page.Schedules[0].Name), page.Next
	}
	if next != "" || strings.Join(names, "") != "abc" {
		t.Errorf("%q, then %q", names, next)
	}
	e.refused(e.as(e.readonly, "GET", "/api/schedules?after=nonsense", ""), 400, "bad_request")
}

func TestAScheduleIsOverridden(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		open bool
		want ScheduleOverride
		to   *routing.Destination
	}{
		"closed for a while":       {`{"state":"closed","hours":1,"minutes":30,"reason":"fire drill"}`, false, ScheduleOverride{State: "closed", Until: "2026-11-20T08:30:00-05:00", Reason: "fire drill"}, mailbox()},
		"open until":               {`{"state":"open","until":"2026-11-20T18:00:00Z"}`, true, ScheduleOverride{State: "open", Until: "2026-11-20T13:00:00-05:00"}, &routing.Destination{Route: "ringgroup", Target: "sales"}},
		"by the schedule's clock":  {`{"state":"closed","until":"2026-11-20T18:00"}`, false, ScheduleOverride{State: "closed", Until: "2026-11-20T18:00:00-05:00"}, mailbox()},
		"with a blank":             {`{"state":"closed","until":"2026-11-20 18:00:30"}`, false, ScheduleOverride{State: "closed", Until: "2026-11-20T18:00:30-05:00"}, mailbox()},
		"until an hour":            {`{"state":"closed","until":"18:00"}`, false, ScheduleOverride{State: "closed", Until: "2026-11-20T18:00:00-05:00"}, mailbox()},
		"until tomorrow's hour":    {`{"state":"closed","until":"07:00"}`, false, ScheduleOverride{State: "closed", Until: "2026-11-21T07:00:00-05:00"}, mailbox()},
		"across the end of summer": {`{"state":"closed","until":"2027-07-01T12:00"}`, false, ScheduleOverride{State: "closed", Until: "2027-07-01T12:00:00-04:00"}, mailbox()},
		"elsewhere": {`{"state":"destination","destination":{"route":"extension","target":"1002"},"hours":9600}`, false,
			ScheduleOverride{State: "destination", Destination: &routing.Destination{Route: "extension", Target: "1002"}, Until: "2027-12-25T07:00:00-05:00"}, &routing.Destination{Route: "extension", Target: "1002"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			answer := given[scheduleBody](e, e.as(e.admin, "PUT", "/api/schedules/office/override", c.body), 200)
			c.want.By, c.want.Since = "crm", "2026-11-20T12:00:00Z" // the rig's now
			s := e.status()
			if diff := cmp.Diff(s, answer.Schedule.Status); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(&c.want, s.Override); diff != "" {
				t.Error(diff)
			}
			if s.IsOpen != c.open || s.Reason != routing.HoursOverride || !cmp.Equal(s.Destination, c.to) {
				t.Errorf("%+v", s)
			}
			if log := e.log.String(); !strings.Contains(log, `"author":"crm"`) || !strings.Contains(log, "a schedule was overridden") {
				t.Errorf("the log does not say who did what: %s", log)
			}
			if w := e.as(e.admin, "DELETE", "/api/schedules/office/override", ""); w.Code != 204 || e.status().Override != nil {
				t.Errorf("%d, %+v", w.Code, e.status())
			}
			before := e.revision() // the second time there is nothing to publish
			if w := e.as(e.admin, "DELETE", "/api/schedules/office/override", ""); w.Code != 204 || e.revision() != before {
				t.Errorf("%d, revision %d after %d", w.Code, e.revision(), before)
			}
		})
	}
}

func TestOverridesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, code, path, says string }{
		"without an end":       {`{"state":"closed"}`, "invalid", "body.until", "has to end"},
		"for no time":          {`{"state":"closed","hours":0}`, "invalid", "body.until", "has to end"},
		"both ends":            {`{"state":"closed","hours":1,"until":"2026-11-20T18:00:00Z"}`, "invalid", "body.until", "not both"},
		"in the past":          {`{"state":"closed","until":"2026-11-20T11:59:59Z"}`, "invalid", "body.until", "over already"},
		"now":                  {`{"state":"closed","until":"2026-11-20T12:00:00Z"}`, "invalid", "body.until", "over already"},
		"for years":            {`{"state":"closed","until":"2027-12-25T12:00:01Z"}`, "invalid", "body.until", "more than 400 days"},
		"hours and more":       {`{"state":"closed","hours":9600,"minutes":1}`, "invalid", "body.until", "more than 400 days"},
		"too many hours":       {`{"state":"closed","hours":9601}`, "invalid", "body.hours", "9600"},
		"backwards":            {`{"state":"closed","hours":-1}`, "invalid", "body.hours", ">= 0"},
		"no time":              {`{"state":"closed","until":"tomorrow"}`, "invalid", "body.until", `"tomorrow" is no time`},
		"a day":                {`{"state":"closed","until":"2026-11-21"}`, "invalid", "body.until", "is no time"},
		"no state":             {`{"hours":1}`, "invalid", "body", "state"},
		"another state":        {`{"state":"ajar","hours":1}`, "invalid", "body.state", "one of"},
		"nowhere":              {`{"state":"destination","hours":1}`, "invalid_configuration", "overrides[0].destination", "no destination"},
		"to nobody":            {`{"state":"destination","hours":1,"destination":{"route":"extension","target":"1009"}}`, "invalid_configuration", "overrides[0].destination", "1009"},
		"to itself":            {`{"state":"destination","hours":1,"destination":{"route":"schedule","target":"office"}}`, "invalid_configuration", "overrides[0]", ""},
		"closed, to somewhere": {`{"state":"closed","hours":1,"destination":{"route":"extension","target":"1001"}}`, "invalid_configuration", "overrides[0].destination", "means nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			f := e.refused(e.as(e.admin, "PUT", "/api/schedules/office/override", c.body), 422, c.code)
			if len(f.Problems) == 0 || !strings.Contains(f.Problems[0].Path, c.path) || !strings.Contains(f.Problems[0].Message, c.says) {
				t.Errorf("%+v", f)
			}
			if e.revision() != 1 {
				t.Error("something was published")
			}
		})
	}
}

func TestOverridesThatCouldNotBeKept(t *testing.T) {
	e := newEndpoint(t)
	e.published.stale = true
	const body = `{"state":"closed","hours":1}`
	e.refused(e.as(e.admin, "PUT", "/api/schedules/office/override", body), 409, "conflict")
	e.published.stale, e.published.err = false, errors.New("dial tcp 10.1.2.3:5432")
	e.refused(e.as(e.admin, "PUT", "/api/schedules/office/override", body), 503, "store_unavailable")
	e.published.err = nil
	e.refused(e.as(e.admin, "PUT", "/api/schedules/factory/override", body), 404, "not_found")
	e.refused(e.as(e.admin, "DELETE", "/api/schedules/factory/override", ""), 404, "not_found")
	e.refused(e.as(e.rival, "PUT", "/api/schedules/office/override", body), 404, "not_found")
}
