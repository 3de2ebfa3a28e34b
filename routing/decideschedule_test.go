package routing

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDecideBySchedule(t *testing.T) {
	d := hoursDirectory(t, "")
	office := Destination{RouteSchedule, "office"}
	cases := []struct {
		name string
		to   string
		now  time.Time
		open Destination
		fact string
	}{
		{"a number with a schedule", "+15551230001", newYork("2026-02-10 10:00"), Destination{RouteExtension, "1003"}, "open: within hours"},
		{"a number routed to one", "+15551230002", newYork("2026-12-25 10:00"), Destination{}, "closed: holiday Christmas"},
	}
	for _, c := range cases {
		got := d.Decide(inboundCall("+15557770000", c.to), c.now, nil)
		if got.Verdict != Routed || got.Destination != office || got.Open != c.open || got.Facts["schedule office"] != c.fact {
			t.Errorf("%s: %s to %v, open %v, facts %v", c.name, got.Verdict, got.Destination, got.Open, got.Facts)
		}
	}
	explained := d.Explain(inboundCall("+15557770000", "+15551230001"), newYork("2026-02-10 10:00"), nil).String()
	for _, want := range []string{"did        +15551230001: schedule office", "schedule   office: open (within hours; goes to extension 1003)"} {
		if !strings.Contains(explained, want) {
			t.Errorf("%q is not in\n%s", want, explained)
		}
	}
}

// A phone's 302 to a number of the tenant goes by that number's schedule.
func TestRedirectToANumberWithASchedule(t *testing.T) {
	p := hoursPlan(t, "")
	stop, err := p.Redirect(Stop{Destination: Destination{RouteExtension, "1001"}}, "+15551230001")
	if err != nil || stop.Destination != (Destination{RouteSchedule, "office"}) || stop.Open != (Destination{RouteExtension, "1003"}) {
		t.Fatalf("goes to %v, %v", stop, err)
	}
	next, _, ok := p.Follow(stop, newYork("2026-02-10 10:00"))
	if !ok || next.Destination != stop.Open || next.Forward.By() != "1001" {
		t.Errorf("follows to %v", next)
	}
}

// What rules read of schedules is kept with the call, what they did not come to
// read is not.
func TestRulesBySchedule(t *testing.T) {
	d := hoursDirectory(t, `
rules:
  - {name: day, when: 'schedule("office").isOpen && call.from == "+15550000001"', then: {route: extension, target: "1001"}}
  - {name: christmas, when: '!schedule("office").isOpen && schedule("office").holiday.startsWith("Christ")', then: {route: extension, target: "1002"}}
  - {name: both, when: 'schedule("office").reason == "outside" && schedule("night desk").isOpen', then: {route: extension, target: "1003"}}
`)
	call := func(from string) Call { return inboundCall(from, "+15551230003") }
	cases := []struct {
		name  string
		call  Call
		now   time.Time
		rule  string
		facts map[string]string
	}{
		{"open", call("+15550000001"), newYork("2026-02-10 10:00"), "day", map[string]string{"schedule office": "open: within hours"}},
		{"a holiday", call("+15550000001"), newYork("2026-12-25 10:00"), "christmas", map[string]string{"schedule office": "closed: holiday Christmas"}},
		{"two of them", call("+15550000001"), london("2026-02-06 22:30"), "both",
			map[string]string{"schedule office": "closed: outside hours", "schedule night desk": "open: within hours"}},
	}
	cases[2].now = london("2026-02-08 01:00")
	for _, c := range cases {
		got := d.Decide(c.call, c.now, nil)
		facts := maps.Clone(got.Facts)
		maps.DeleteFunc(facts, func(name, _ string) bool { return !strings.HasPrefix(name, "schedule ") })
		if got.Rule != c.rule || !maps.Equal(facts, c.facts) || len(got.FailedRules) > 0 {
			t.Errorf("%s: rule %q, failed %v, facts %v", c.name, got.Rule, got.FailedRules, facts)
		}
	}
	explained := d.Explain(call("+15550000001"), newYork("2026-12-25 10:00"), nil)
	rule := explained.Checks[slices.IndexFunc(explained.Checks, func(c Check) bool { return c.Subject == "christmas" })]
	want := map[string]string{`schedule("office").isOpen`: "false", `schedule("office").holiday`: `"Christmas"`}
	if !maps.Equal(rule.Values, want) {
		t.Errorf("check %+v", rule)
	}
}
