package routing

import (
	"testing"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/go-cmp/cmp"
)

func TestOverrides(t *testing.T) {
	overridden := func(fields string) *Plan {
		return hoursPlan(t, "\noverrides: [{schedule: office, until: \"2026-02-10T16:00:00-05:00\", "+fields+"}]\n")
	}
	open, closed := overridden(`state: open, by: "extension 1001"`), overridden(`state: closed`)
	sent := overridden(`state: destination, destination: {route: voicemail, target: 0c1d2e3f-0000-4000-8000-000000000002}`)
	before, morning, after := newYork("2026-02-10 08:00"), newYork("2026-02-10 10:00"), newYork("2026-02-10 16:00")
	number := Stop{Destination: Destination{RouteSchedule, "office"}, Open: Destination{RouteExtension, "1003"}}
	cases := []struct {
		name   string
		plan   *Plan
		now    time.Time
		want   string
		follow Destination
	}{
		{"open before its hours", open, before,
			"open: override until 2026-02-10T16:00:00-05:00 by extension 1001 -> extension 1001 until 2026-02-10 16:00 -05", number.Open},
		{"it expires by itself, in a window", open, after,
			"open: within hours -> extension 1002 of its own until 2026-02-10 17:00 -05", Destination{RouteExtension, "1002"}},
		{"closed in its hours", closed, morning,
			"closed: override until 2026-02-10T16:00:00-05:00 -> voicemail 1001 until 2026-02-10 16:00 -05", Destination{RouteVoicemail, "1001"}},
		{"sent elsewhere, whatever the number's route", sent, morning,
			"closed: override until 2026-02-10T16:00:00-05:00 -> voicemail 1002 of its own until 2026-02-10 16:00 -05", Destination{RouteVoicemail, "1002"}},
	}
	for _, c := range cases {
		h, _ := c.plan.Hours("office", c.now)
		if got := shownHours(h); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if next, _, ok := c.plan.Follow(number, c.now); next.Destination != c.follow || !ok {
			t.Errorf("%s: goes to %v, want %v", c.name, next.Destination, c.follow)
		}
	}
	if got := open.Overrides(before); len(got) != 1 || got[0].Schedule != "office" || got[0].State != OverrideOpen {
		t.Errorf("in force are %v", got)
	}
	if got := open.Overrides(after); len(got) != 0 {
		t.Errorf("expired, but in force are %v", got)
	}
}

// Before it was set an override is nothing to anybody: not to who asks what was
// then, to a call of then, a rule or the calendar.
func TestOverrideSince(t *testing.T) {
	p := hoursPlan(t, `
overrides: [{schedule: office, state: closed, since: "2026-02-10T10:00:00-05:00", until: "2026-02-10T16:00:00-05:00"}]
rules: [{name: open, when: schedule("office").isOpen, then: {route: hangup, target: USER_BUSY}}]
`)
	at := Stop{Destination: Destination{RouteSchedule, "office"}}
	for text, c := range map[string]struct {
		want      string
		overrides int
	}{
		"2026-02-10 09:59": {"open: within hours -> extension 1001 until 2026-02-10 10:00 -05", 0},
		"2026-02-10 10:00": {"closed: override until 2026-02-10T16:00:00-05:00 -> voicemail 1001 until 2026-02-10 16:00 -05", 1},
		"2026-02-10 15:59": {"closed: override until 2026-02-10T16:00:00-05:00 -> voicemail 1001 until 2026-02-10 16:00 -05", 1},
		"2026-02-10 16:00": {"open: within hours -> extension 1002 of its own until 2026-02-10 17:00 -05", 0},
		"2026-02-09 10:00": {"open: within hours -> extension 1001 until 2026-02-09 12:30 -05", 0},
	} {
		now := newYork(text)
		h, _ := p.Hours("office", now)
		if got := shownHours(h); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, c.want)
		}
		if _, followed, ok := p.Follow(at, now); followed.Open != h.Open || !ok {
			t.Errorf("%s: a call finds it open: %v", text, followed.Open)
		}
		if got := p.Overrides(now); len(got) != c.overrides {
			t.Errorf("%s: in force are %v", text, got)
		}
		if value := (scheduleValue{of: &h}).Get(types.String("isOpen")); value != types.Bool(h.Open) {
			t.Errorf("%s: a rule reads %v", text, value)
		}
	}
	days, _ := p.Calendar("office", newYork("2026-02-10 00:00"), 1)
	want := `2026-02-10 tuesday
  00:00 -0500 to 09:00 -0500 open false, outside, voicemail 1001
  09:00 -0500 to 10:00 -0500 open true, window, extension 1001
  10:00 -0500 to 16:00 -0500 open false, override, voicemail 1001
  16:00 -0500 to 17:00 -0500 open true, window, extension 1002
  17:00 -0500 to 00:00 -0500 open false, outside, voicemail 1001
`
	if diff := cmp.Diff(want, calendarText(days)); diff != "" {
		t.Error(diff)
	}
}

// An override of a schedule that is gone hinders nobody.
func TestOverrideOfNothing(t *testing.T) {
	p := hoursPlan(t, "\noverrides: [{schedule: gone, state: open, until: 2026-02-10T16:00:00Z}]\n")
	if got := p.Overrides(in("UTC", "2026-02-10 10:00")); len(got) != 0 {
		t.Errorf("in force are %v", got)
	}
}

// That one has expired is said of what is in the files at hand, and only when it
// is known what time it is.
func TestOverrideThatHasExpired(t *testing.T) {
	text := hoursTenant + "\ndefaultDestination: {route: voicemail, target: \"1001\"}\n" +
		"rules: [{name: night, when: schedule(\"night desk\").isOpen, then: {route: schedule, target: night desk}}]\noverrides: [{schedule: office, state: open, until: 2026-02-10T16:00:00Z}]\n"
	for now, want := range map[time.Time]string{
		{}:                            "",
		in("UTC", "2026-02-10 15:59"): "",
		in("UTC", "2026-02-10 16:00"): "warning: overrides[0].until: expired already (leave the entry out, or give a later time)",
	} {
		cfg, _ := ParseFiles([]File{{Name: "operator.yaml", Data: []byte(hoursOperator)}, {Name: "acme.yaml", Data: []byte(text)}})
		cfg.Now = now
		_, problems := Compile(cfg)
		got := ""
		for _, p := range problems {
			p.File = ""
			got += p.String()
		}
		if got != want {
			t.Errorf("at %s: %q, want %q", now, got, want)
		}
	}
}

func TestOverrideFor(t *testing.T) {
	p := hoursPlan(t, "")
	cases := []struct {
		name, target string
		now          time.Time
		want         Override
		clear        bool
	}{
		{"until the day ends", "office open", newYork("2026-02-10 10:00"), Override{Schedule: "office", State: OverrideOpen, Until: "2026-02-11T00:00:00-05:00"}, false},
		{"in the schedule's zone", "office closed", in("UTC", "2026-02-11 03:00"), Override{Schedule: "office", State: OverrideClosed, Until: "2026-02-11T00:00:00-05:00"}, false},
		{"an hour is left", "office open", newYork("2026-02-10 23:00"), Override{Schedule: "office", State: OverrideOpen, Until: "2026-02-11T00:00:00-05:00"}, false},
		{"less than an hour is left: the next day's end", "office open", newYork("2026-02-10 23:01"), Override{Schedule: "office", State: OverrideOpen, Until: "2026-02-12T00:00:00-05:00"}, false},
		{"a day of 23 hours", "office open", newYork("2026-03-07 23:30"), Override{Schedule: "office", State: OverrideOpen, Until: "2026-03-09T00:00:00-04:00"}, false},
		{"for hours, which are whole ones when the clocks go back", "night desk closed", london("2026-10-24 20:00"),
			Override{Schedule: "night desk", State: OverrideClosed, Until: "2026-10-25T03:00:00Z"}, false},
		{"back to its hours", "night desk hours", noon, Override{Schedule: "night desk"}, true},
	}
	for _, c := range cases {
		o, clear, err := p.OverrideFor(c.target, c.now)
		if diff := cmp.Diff(c.want, o); diff != "" || clear != c.clear || err != nil {
			t.Errorf("%s: clear %v, %v (-want +got):\n%s", c.name, clear, err, diff)
		}
	}
	for _, target := range []string{"", "office", "office never", "gone open", " open"} {
		if o, _, err := p.OverrideFor(target, noon); err == nil {
			t.Errorf("%q gives %v", target, o)
		}
	}
}

func TestOverrideCodes(t *testing.T) {
	d := hoursDirectory(t, "rules: [{name: all, when: \"true\", then: {route: hangup, target: USER_BUSY}}]\nblocklist: [{pattern: '.+28.', direction: outbound}]\n")
	for dialled, want := range map[string]string{"*280": "office hours", "*281": "office open", "*282": "office closed", "*41": "night desk open"} {
		got := d.Decide(phoneCall("1002", "acme.test", dialled), noon, nil)
		if got.Verdict != Routed || got.Destination != (Destination{RouteOverride, want}) || got.Rule != "" {
			t.Errorf("%s: %s to %v by rule %q", dialled, got.Verdict, got.Destination, got.Rule)
		}
	}
	denied := d.Decide(phoneCall("1001", "acme.test", "*41"), noon, nil)
	if denied.Verdict != CallDenied || denied.DenyReason != `extension 1001 may not override schedule "night desk"` {
		t.Errorf("%s: %s", denied.Verdict, denied.DenyReason)
	}
	for _, call := range []Call{
		phoneCall("1001", "acme.test", "*28"), phoneCall("1001", "acme.test", "*283"), phoneCall("1001", "acme.test", "281"),
		inboundCall("1001", "*281"), phoneCall("1001", "evil.test", "*281"),
	} {
		if got := d.Decide(call, noon, nil); got.Destination.Route == RouteOverride || got.Verdict == CallDenied {
			t.Errorf("%s by %s: %s to %v", call.Dialled, call.AuthUser, got.Verdict, got.Destination)
		}
	}
}
