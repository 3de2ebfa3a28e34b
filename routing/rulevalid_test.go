package routing

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// New York: UTC-5, UTC-4 from 2026-03-08 02:00 to 2026-11-01 02:00 by the clock.
// Cairo's day of 2026-04-24 begins at 01:00.
func TestValidity(t *testing.T) {
	for _, c := range []struct {
		name, zone, from, until string
		valid, not              []string
	}{
		{"no bounds", "UTC", "", "", []string{"0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"}, nil},
		{"a day", "America/New_York", "2026-12-01", "2026-12-01",
			[]string{"2026-12-01T05:00:00Z", "2026-12-02T04:59:59Z"}, []string{"2026-12-01T04:59:59Z", "2026-12-02T05:00:00Z"}},
		{"days, the last one included", "America/New_York", "2026-12-01", "2026-12-24",
			[]string{"2026-12-24T12:00:00Z", "2026-12-25T04:59:59Z"}, []string{"2026-12-25T05:00:00Z"}},
		{"from a day on", "Asia/Tokyo", "2026-12-01", "", []string{"2026-11-30T15:00:00Z", "2099-01-01T00:00:00Z"}, []string{"2026-11-30T14:59:59Z"}},
		{"a time of the zone", "America/New_York", "2026-12-01 08:00", "2026-12-01 09:30",
			[]string{"2026-12-01T13:00:00Z", "2026-12-01T14:29:59Z"}, []string{"2026-12-01T12:59:59Z", "2026-12-01T14:30:00Z"}},
		{"a time with its own zone", "America/New_York", "2026-12-01T08:00:00+01:00", "2026-12-01T08:00:01Z",
			[]string{"2026-12-01T07:00:00Z", "2026-12-01T08:00:00Z"}, []string{"2026-12-01T06:59:59Z", "2026-12-01T08:00:01Z"}},
		{"the day the clocks go forward is short", "America/New_York", "2026-03-08", "2026-03-08",
			[]string{"2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z"}, []string{"2026-03-08T04:59:59Z", "2026-03-09T04:00:00Z"}},
		{"the day they go back is long", "America/New_York", "2026-11-01", "2026-11-01",
			[]string{"2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z"}, []string{"2026-11-01T03:59:59Z", "2026-11-02T05:00:00Z"}},
		{"a time that is skipped is when the clocks go forward", "America/New_York", "2026-03-08 02:30", "2026-03-08 03:01",
			[]string{"2026-03-08T07:00:00Z", "2026-03-08T07:00:59Z"}, []string{"2026-03-08T06:59:59Z", "2026-03-08T07:01:00Z"}},
		{"of a time that is there twice the first counts", "America/New_York", "2026-11-01 01:30", "2026-11-01 02:00",
			[]string{"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T06:59:59Z"}, []string{"2026-11-01T05:29:59Z", "2026-11-01T07:00:00Z"}},
		{"a day that does not begin at midnight", "Africa/Cairo", "2026-04-24", "2026-04-24",
			[]string{"2026-04-23T22:00:00Z", "2026-04-24T20:59:59Z"}, []string{"2026-04-23T21:59:59Z", "2026-04-24T21:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			operator := oneTenant()
			operator.Tenants[0].Timezone = c.zone
			config := TenantConfig{Tenant: "acme", Rules: []Rule{
				{Name: "bounded", When: "true", ValidFrom: c.from, ValidUntil: c.until, Then: Destination{RouteHangup, "USER_BUSY"}},
				{Name: "else", When: "true", Then: Destination{RouteHangup, "NO_ANSWER"}},
			}}
			directory, problems := Compile(Config{Operator: operator, Tenants: []TenantConfig{config}})
			if Refused(problems) {
				t.Fatal(problems)
			}
			check := func(times []string, want string) {
				for _, text := range times {
					at, err := time.Parse(time.RFC3339, text)
					if err != nil {
						t.Fatal(err)
					}
					if d := directory.Decide(inboundCall("+13055550111", "+15551230001"), at, nil); d.Rule != want {
						t.Errorf("at %s rule %q, want %q", text, d.Rule, want)
					}
				}
			}
			check(c.valid, "bounded")
			check(c.not, "else")
		})
	}
}

// What is over is said when it is written down, and only when it is known what
// time it is.
func TestRulesThatAreOver(t *testing.T) {
	text := `tenant: acme
rules:
  - {name: over, when: call.anonymous, validUntil: 2026-03-02, set: {tags: [x]}}
  - {name: today, when: call.anonymous, validUntil: 2026-03-03, set: {tags: [x]}}
`
	for _, c := range []struct {
		now  time.Time
		want int
	}{{time.Time{}, 0}, {noon, 1}, {noon.AddDate(0, 0, -1), 0}, {noon.AddDate(0, 0, 1), 2}} {
		cfg, _ := ParseFiles([]File{{Name: "acme.yaml", Data: []byte(text)}})
		cfg.Operator, cfg.Now = oneTenant(), c.now
		_, problems := Compile(cfg)
		if Refused(problems) || len(problems) != c.want {
			t.Errorf("at %s: %v", c.now, problems)
		}
	}
}

// An explanation says why a rule did not count.
func TestExplainValidity(t *testing.T) {
	config := TenantConfig{Tenant: "acme", Rules: []Rule{{Name: "advent", When: "true", ValidFrom: "2026-12-01", ValidUntil: "2026-12-24", Set: RuleSet{Tags: []string{"advent"}}}}}
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for at, want := range map[string]string{
		"2026-11-30T23:59:59Z": "not yet valid", "2026-12-24T23:59:59Z": "true", "2026-12-25T00:00:00Z": "no longer valid",
	} {
		now, _ := time.Parse(time.RFC3339, at)
		e := directory.Explain(inboundCall("+13055550111", "+15551230001"), now, nil)
		found := false
		for _, c := range e.Checks {
			if c.Check == "rule" && c.Subject == "advent" {
				found = strings.HasPrefix(c.Result+c.Detail, want)
			}
		}
		if !found {
			t.Errorf("at %s: %+v", at, e.Checks)
		}
	}
}

func TestOneValidityCoversAnother(t *testing.T) {
	day := func(n int) time.Time {
		if n == 0 {
			return time.Time{}
		}
		return noon.AddDate(0, 0, n)
	}
	var got []bool
	cases := [][4]int{{0, 0, 0, 0}, {0, 0, 1, 2}, {1, 2, 0, 0}, {1, 3, 1, 3}, {1, 3, 2, 3}, {1, 3, 1, 4}, {2, 3, 1, 3}, {1, 0, 2, 0}, {2, 0, 1, 0}, {0, 3, 1, 2}, {0, 3, 1, 0}}
	for _, c := range cases {
		got = append(got, validity{day(c[0]), day(c[1])}.covers(validity{day(c[2]), day(c[3])}))
	}
	if diff := cmp.Diff([]bool{true, true, false, true, true, false, false, true, false, true, false}, got); diff != "" {
		t.Error(diff)
	}
}
