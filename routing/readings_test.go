package routing

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// phones is what a test's switches know, by extension.
type phonesKnown map[string]PhoneState

// Phone implements Live.
func (p phonesKnown) Phone(_ TenantID, _, extension string) PhoneState { return p[extension] }

// turning changes what it says every time it is asked.
type turning struct{ asked int }

func (l *turning) Phone(TenantID, string, string) PhoneState {
	l.asked++
	return PhoneState{Known: true, Contacts: l.asked % 2, Calls: l.asked % 2}
}

// mustDirectory has rules as they are given, each going to a hangup of its own, and
// extensions 1001 to 1003, the last of which does not want to be disturbed.
func mustDirectory(t interface{ Fatalf(string, ...any) }, whens ...string) *Directory {
	extensions := []Extension{{Extension: "1001"}, {Extension: "1002"}, {Extension: "1003", DoNotDisturb: true}}
	rules := make([]Rule, len(whens))
	for i, when := range whens {
		rules[i] = Rule{Name: fmt.Sprintf("rule %d", i), When: when, Then: Destination{RouteExtension, "1001"}}
	}
	directory, problems := Compile(Config{
		Operator: OperatorConfig{Tenants: []TenantGrant{{
			ID: acmeID, Name: "acme", Country: "US", Timezone: "America/New_York", Numbers: []string{"+15551230001"}, Domains: []string{"acme.example"},
		}}},
		Tenants: []TenantConfig{{
			Tenant: "acme", Extensions: extensions, Rules: rules, DefaultDestination: &Destination{RouteExtension, "1002"},
		}},
	})
	if directory == nil {
		t.Fatalf("%q: %v", whens, problems)
	}
	return directory
}

func callWith(headers map[string]string) Call {
	return Call{ID: "call-1", CallerNumber: "+15557654321", Dialled: "+15551230001", Headers: headers}
}

func TestExtensionsInRules(t *testing.T) {
	free := PhoneState{Known: true, Contacts: 1}
	cases := []struct {
		name, when string
		live       Live
		matches    bool
		fails      string // in the error
	}{
		{"registered", `extension("1001").registered`, phonesKnown{"1001": free}, true, ""},
		{"not registered", `extension("1001").registered`, phonesKnown{"1001": {Known: true}}, false, ""},
		{"on a call", `extension("1001").onCall`, phonesKnown{"1001": {Known: true, Contacts: 1, Calls: 1}}, true, ""},
		{"no call", `extension("1001").onCall`, phonesKnown{"1001": free}, false, ""},
		{"only calls are known", `extension("1001").onCall`, phonesKnown{"1001": {Known: true, Contacts: -1, Calls: 1}}, true, ""},
		{"registrations are not known", `extension("1001").registered`, phonesKnown{"1001": {Known: true, Contacts: -1}}, false, "registered is not known"},
		{"nothing is known", `extension("1001").onCall`, phonesKnown{}, false, "onCall is not known"},
		{"nobody to ask", `extension("1001").registered`, nil, false, "registered is not known"},
		{"asks whether it is known", `has(extension("1001").registered) ? extension("1001").registered : true`, nil, true, ""},
		{"the other side decides", `call.from == "+1" && extension("1001").registered`, nil, false, ""},
		{"does not want to be disturbed", `extension("1003").dnd && !extension("1001").dnd`, nil, true, ""},
		{"two of them", `extension("1001").registered && !extension("1002").registered`, phonesKnown{"1001": free, "1002": {Known: true}}, true, ""},
	}
	for _, c := range cases {
		directory := mustDirectory(t, c.when)
		decision := directory.Decide(callWith(nil), noon, c.live)
		if (decision.Rule != "") != c.matches || (len(decision.FailedRules) > 0) != (c.fails != "") {
			t.Errorf("%s: rule %q, failed %v", c.name, decision.Rule, decision.FailedRules)
		}
		e, _ := compileExpression(c.when, mustPlan(t, directory).vocabulary())
		f := testFacts(&Call{})
		f.plan, f.live = mustPlan(t, directory), c.live
		if _, err := e.matches(f); c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.fails)
		}
	}
}

func mustPlan(t *testing.T, d *Directory) *Plan {
	t.Helper()
	plan, ok := d.Plan("acme")
	if !ok {
		t.Fatal("no plan")
	}
	return plan
}

// What two rules read of an extension is the same, even if it changes between.
func TestAnExtensionIsReadOnceInADecision(t *testing.T) {
	live := &turning{}
	directory := mustDirectory(t, `!extension("1001").registered`, `!extension("1001").onCall`, `extension("1001").registered`)
	decision := directory.Decide(callWith(nil), noon, live)
	if decision.Rule != "rule 2" || live.asked != 1 {
		t.Errorf("rule %q, asked %d times", decision.Rule, live.asked)
	}
	if got := decision.Facts["extension 1001"]; got != "registered=true onCall=true dnd=false" {
		t.Errorf("kept %q", got)
	}
}

func TestReadingsAreKept(t *testing.T) {
	headers := map[string]string{"X-Campaign": "spring", "X-Other": "a", "Subject": "hi"}
	cases := map[string]map[string]string{
		`call.headers["x-campaign"] == "autumn"`:                            {"header x-campaign": "spring"},
		`"x-missing" in call.headers || has(call.headers.subject) == false`: {"header subject": "hi"},
		`call.headers.exists(k, call.headers[k] == "b")`:                    {"header x-campaign": "spring", "header x-other": "a", "header subject": "hi"},
		`size(call.headers) == 9`:                                           {"header x-campaign": "spring", "header x-other": "a", "header subject": "hi"},
		`extension("1001").dnd || call.headers["x-other"] == "b"`:           {"extension 1001": "registered=unknown onCall=unknown dnd=false", "header x-other": "a"},
		`call.from == "+1" && extension("1001").dnd`:                        {},
	}
	for when, want := range cases {
		decision := mustDirectory(t, when).Decide(callWith(headers), noon, nil)
		got := maps.Clone(decision.Facts)
		maps.DeleteFunc(got, func(name, _ string) bool {
			return !strings.HasPrefix(name, headerFact) && !strings.HasPrefix(name, extensionFact)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
}

// The caller writes the headers: what is kept of them has an end.
func TestHeadersThatAreKeptAreBounded(t *testing.T) {
	headers := map[string]string{}
	for i := range 1000 {
		headers[fmt.Sprintf("x-%04d", i)] = strings.Repeat("\x00é", 50_000)
	}
	headers[strings.Repeat("n", 10_000)] = "long"
	headers["a b"] = "space"
	decision := mustDirectory(t, `call.headers.exists(k, k == "none")`).Decide(callWith(headers), noon, nil)
	kept := RecordedHeaders(decision.Facts)
	if len(kept) != maxHeaders {
		t.Errorf("%d headers are kept", len(kept))
	}
	for name, value := range kept {
		if len(name) > maxHeaderName || len(value) > maxHeaderValue || strings.ContainsRune(value, 0) {
			t.Errorf("header %s of %d bytes", name, len(value))
		}
	}
}

// A tenant with rules about thousands of extensions does not make a record of
// thousands: the rule that would be too much fails, and so it does again.
func TestExtensionsThatAreReadAreBounded(t *testing.T) {
	f := testFacts(&Call{})
	f.plan = &Plan{extensions: map[string]*Extension{}}
	for i := range maxReadExtensions + 1 {
		number := fmt.Sprint(1000 + i)
		f.plan.extensions[number] = &Extension{Extension: number}
	}
	for i := range maxReadExtensions {
		if _, err := f.readExtension(fmt.Sprint(1000 + i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.readExtension(fmt.Sprint(1000 + maxReadExtensions)); err == nil {
		t.Error("one too many is read")
	}
	if _, err := f.readExtension("1000"); err != nil {
		t.Errorf("one that was read before: %v", err)
	}
}

func TestRecordedGarbageIsNotKnown(t *testing.T) {
	for _, text := range []string{
		"", "registered=true", "registered=maybe onCall=false dnd=false", "registered=true onCall=unknown dnd=false", "registered=true  onCall=true dnd=true",
		"onCall=true registered=true dnd=false", "\xff\x00", strings.Repeat("registered=true ", 1000),
	} {
		live := RecordedLive(map[string]string{"extension 1001": text})
		if got := live.Phone("", "", "1001"); got != (PhoneState{}) {
			t.Errorf("%.40q: %+v", text, got)
		}
	}
	if got := RecordedLive(nil).Phone("", "", "1001"); got != (PhoneState{}) {
		t.Errorf("no facts: %+v", got)
	}
}

// readingRules are conditions about everything that is read at the call.
var readingRules = []string{
	`extension("1001").registered`, `!extension("1001").registered`, `extension("1002").onCall`, `extension("1003").dnd && extension("1002").registered`,
	`has(extension("1001").onCall) && extension("1001").onCall`, `call.headers["x-a"] == "1"`, `"x-b" in call.headers`, `has(call.headers.subject)`,
	`call.headers.exists(k, call.headers[k] == "2")`, `size(call.headers) == 2`, `call.headers.all(k, call.headers[k] != "1")`, `now.getSeconds() >= 30`,
	`now > timestamp("2026-03-03T17:30:00.5Z")`, `call.bucket < 50`, `call.headers["x-a"].contains("é") || extension("1001").registered`,
}

// Whatever a decision read, deciding again from what was kept gives the same.
func TestADecisionIsMadeAgainFromWhatWasKept(t *testing.T) {
	state := rapid.Custom(func(t *rapid.T) PhoneState {
		return PhoneState{Known: rapid.Bool().Draw(t, "known"), Contacts: rapid.IntRange(-1, 2).Draw(t, "contacts"), Calls: rapid.IntRange(0, 2).Draw(t, "calls")}
	})
	name := rapid.SampledFrom([]string{"X-A", "x-a", "X-B", "Subject", "x-c", "bad name", "X-D"})
	value := rapid.SampledFrom([]string{"1", "2", "", "é\xff", strings.Repeat("é", 3000), "a\x00b"})
	rapid.Check(t, func(t *rapid.T) {
		whens := rapid.SliceOfNDistinct(rapid.SampledFrom(readingRules), 1, 5, rapid.ID).Draw(t, "rules")
		directory := mustDirectory(t, whens...)
		live := phonesKnown(rapid.MapOfN(rapid.SampledFrom([]string{"1001", "1002", "1003"}), state, 0, 3).Draw(t, "phones"))
		call := callWith(rapid.MapOfN(name, value, 0, 6).Draw(t, "headers"))
		call.ID = CallID(rapid.StringMatching(`[a-z]{4}`).Draw(t, "id"))
		first := directory.Decide(call, noon.Add(rapid.SampledFrom([]time.Duration{0, 4e8, 6e8, 7e8, 299e8, 302e8}).Draw(t, "later")), live)

		at, err := time.Parse(time.RFC3339, first.Facts["now"])
		if err != nil {
			t.Fatalf("now: %v", err)
		}
		call.Headers = RecordedHeaders(first.Facts)
		again := directory.Decide(call, at, RecordedLive(first.Facts))
		if diff := cmp.Diff(outline(first), outline(again)); diff != "" {
			t.Fatalf("decided again (-first +again):\n%s", diff)
		}
	})
}

// outline is what has to be the same in two decisions.
func outline(d Decision) map[string]string {
	same := maps.Clone(d.Facts)
	same["verdict"], same["to"], same["rule"] = string(d.Verdict), d.Destination.String(), d.Rule
	same["failed"], same["set"] = fmt.Sprint(d.FailedRules), fmt.Sprint(d.SetBy, d.Set)
	return same
}
