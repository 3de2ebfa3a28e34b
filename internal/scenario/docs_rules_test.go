package scenario

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"switchyard/routing"
)

var (
	ruleExample = regexp.MustCompile("(?m)^### (.+)\n\n```cel\n(.+)\n```\n\n((?:- .+\n)+)")
	ruleCase    = regexp.MustCompile("(?m)^- (yes|no): `(.+)`$")
)

// exampleCall is a call as docs/rules.md writes it.
type exampleCall struct {
	ID        string            `yaml:"id"`
	From      string            `yaml:"from"`
	Name      string            `yaml:"name"`
	To        string            `yaml:"to"`
	At        time.Time         `yaml:"at"`
	By        string            `yaml:"phone"`
	Anonymous bool              `yaml:"anonymous"`
	Headers   map[string]string `yaml:"headers"`
	// Gone are extensions without a phone, Talking those on a call; others are
	// free, unless nothing is known.
	Gone    []string `yaml:"gone"`
	Talking []string `yaml:"talking"`
	Unknown bool     `yaml:"unknown"`
}

// Phone implements routing.Live.
func (c exampleCall) Phone(_ routing.TenantID, _, extension string) routing.PhoneState {
	state := routing.PhoneState{Known: !c.Unknown, Contacts: 1}
	if slices.Contains(c.Gone, extension) {
		state.Contacts = 0
	}
	if slices.Contains(c.Talking, extension) {
		state.Calls = 1
	}
	return state
}

// Every example of docs/rules.md compiles, is true for the calls marked yes,
// and false, without failing, for those marked no.
func TestRuleExamples(t *testing.T) {
	examples := ruleExample.FindAllStringSubmatch(page(t, "rules.md"), -1)
	if len(examples) < 20 {
		t.Fatalf("docs/rules.md has only %d examples", len(examples))
	}
	for _, m := range examples {
		t.Run(m[1], func(t *testing.T) {
			directory := withRule(t, m[2])
			seen := map[string]bool{}
			for _, c := range ruleCase.FindAllStringSubmatch(m[3], -1) {
				seen[c[1]] = true
				decision := decided(t, directory, c[2])
				if matched := decision.Rule == "example"; matched != (c[1] == "yes") {
					t.Errorf("%s: it matches: %t", c[2], matched)
				}
				if len(decision.FailedRules) > 0 {
					t.Errorf("%s: it fails", c[2])
				}
			}
			if !seen["yes"] || !seen["no"] {
				t.Error("it needs a call it matches and one it does not")
			}
		})
	}
}

func withRule(t *testing.T, when string) *routing.Directory {
	t.Helper()
	directory, problems := routing.Compile(routing.Config{
		Operator: routing.OperatorConfig{
			Trunks: []routing.Trunk{{Name: "carrier-a", Gateway: "carrier-a", Country: "US"}},
			Tenants: []routing.TenantGrant{{
				ID: "6a097cb2-504f-43be-819a-b76209976818", Name: "acme", Country: "US", Timezone: "America/New_York",
				Domains: []string{"acme.example"}, Numbers: []string{"+13055550100", "+13055550101"},
				Trunks: []string{"carrier-a"}, Countries: []string{"US", "CA", "GB"},
			}},
		},
		Tenants: []routing.TenantConfig{{
			Tenant:     "acme",
			Extensions: []routing.Extension{{Extension: "1001"}, {Extension: "1002"}, {Extension: "1003", DoNotDisturb: true}},
			Lists:      []routing.NumberList{{Name: "vip", Numbers: []string{"+13055550111"}}},
			Schedules: []routing.Schedule{{
				Name:      "office",
				Schedules: []routing.Window{{Days: []string{"monday", "tuesday", "wednesday", "thursday", "friday"}, StartTime: "09:00", EndTime: "17:30"}},
				Holidays: []routing.Holiday{
					{Name: "Thanksgiving", Month: "november", Weekday: "thursday", Nth: 4}, {Name: "Christmas", From: "12-24", To: "01-01"},
				},
			}},
			Rules:              []routing.Rule{{Name: "example", When: when, Then: routing.Destination{Route: routing.RouteHangup, Target: "USER_BUSY"}}},
			DefaultDestination: &routing.Destination{Route: routing.RouteExtension, Target: "1001"},
		}},
	})
	if directory == nil {
		t.Fatalf("%s: %v", when, problems)
	}
	return directory
}

func decided(t *testing.T, directory *routing.Directory, text string) routing.Decision {
	t.Helper()
	var c exampleCall
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	call := routing.Call{
		ID: routing.CallID(c.ID), CallerNumber: c.From, CallerName: c.Name, Dialled: c.To,
		Anonymous: c.Anonymous, Headers: c.Headers,
	}
	if call.Dialled == "" {
		call.Dialled = "+13055550100"
	}
	if c.By != "" {
		call.AuthUser, call.AuthDomain = c.By, "acme.example"
	}
	return directory.Decide(call, c.At, c)
}

var ruleFile = regexp.MustCompile("(?ms)^```yaml\n(rules:\n.+?)^```$")

// Every configuration of docs/rules.md is one that can be used as it stands.
func TestRuleFiles(t *testing.T) {
	files := ruleFile.FindAllStringSubmatch(page(t, "rules.md"), -1)
	if len(files) < 2 {
		t.Fatalf("docs/rules.md has only %d configurations", len(files))
	}
	operator := `tenants: [{id: 6a097cb2-504f-43be-819a-b76209976818, name: acme, country: US, timezone: America/New_York, domains: [acme.example]}]`
	rest := `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002"}]
lists: [{name: vip, numbers: ["+13055550111"]}]
schedules: [{name: office, schedules: [{days: [monday], startTime: "09:00", endTime: "17:00"}]}]
`
	for _, m := range files {
		_, _, problems := routing.CompileFiles([]routing.File{
			{Name: "operator.yaml", Data: []byte(operator)}, {Name: "rules.md", Data: []byte(m[1] + rest)},
		})
		for _, p := range problems {
			if strings.HasPrefix(p.Path, "rules") {
				t.Errorf("%s\n%s", m[1], p.Underlined())
			}
		}
	}
}
