package routing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const blamedOperator = `
trunks: [{name: carrier-a, gateway: carrier-a, country: US}]
tenants:
  - {id: 6a097cb2-504f-43be-819a-b76209976818, name: acme, country: US, timezone: America/New_York, domains: [acme.example], numbers: ["+13055550100"], trunks: [carrier-a]}
`

// blamedTenant has a rule that is filled in.
const blamedTenant = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002", doNotDisturb: true}]
lists: [{name: vip, numbers: ["+13055550111", "+13055550112", "+13055550113"]}]
schedules:
  - name: office
    timezone: America/New_York
    schedules: [{days: [monday], startTime: "09:00", endTime: "17:00"}]
    holidays: [{name: Thanksgiving, month: november, weekday: thursday, nth: 4}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: extension, target: "1001"}
rules: [{name: tried, when: %q, then: {route: extension, target: "1001"}}]
dids: [{number: "+13055550100", schedule: office, inboundRoute: extension, routeTarget: "1001"}]
`

func blamedDirectory(t interface{ Fatalf(string, ...any) }, when string) *Directory {
	_, d, problems := CompileFiles([]File{
		{Name: "operator.yaml", Data: []byte(blamedOperator)},
		{Name: "acme.yaml", Data: fmt.Appendf(nil, blamedTenant, when)},
	})
	if d == nil {
		t.Fatalf("%s: %v", when, problems)
	}
	return d
}

// blamedCall is on a Friday at 10:30 by the tenant's clock, outside office hours.
var (
	blamedCall = Call{
		ID: "5ce0a410-0000-4000-8000-000000000001", CallerNumber: "+13055550199", CallerName: "friendly-scanner", Dialled: "+13055550100",
		Headers: map[string]string{"X-Campaign": "autumn", "X-Hostile": "a\x1b[2J\"b"},
	}
	blamedAt   = time.Date(2026, time.November, 20, 15, 30, 0, 0, time.UTC)
	blamedLive = Assumed(map[string]AssumedExtension{"1001": {OnCall: true}})
)

func because1(t *testing.T, when string, live Live) (string, []string) {
	t.Helper()
	for _, c := range blamedDirectory(t, when).Explain(blamedCall, blamedAt, live).Checks {
		if c.Check != "rule" {
			continue
		}
		var lines []string
		for _, r := range c.Because {
			lines = append(lines, r.String())
		}
		return c.Result, lines
	}
	t.Fatal("the rule was not considered")
	return "", nil
}

// Of each kind of expression the smallest part that decided is named, in the
// tenant's own words, with the values it read.
func TestBecause(t *testing.T) {
	for _, c := range []struct {
		name, when, result string
		because            []string
	}{
		{"in a list", `call.from in list("vip")`, "false",
			[]string{`call.from in list("vip")  false: call.from is "+13055550199", list("vip") has 3 numbers`}},
		{"&&, the second", `call.from.startsWith("+1305") && call.from in list("vip")`, "false",
			[]string{`call.from in list("vip")  false: call.from is "+13055550199", list("vip") has 3 numbers`}},
		{"&&, the first", `now.hour >= 12 && call.from in list("vip")`, "false", []string{`now.hour >= 12  false: now.hour is 10`}},
		{"&& of three", `call.direction == "inbound" && call.country == "GB" && now.hour > 8`, "false",
			[]string{`call.country == "GB"  false: call.country is "US"`}},
		{"||", `now.hour < 9 || now.weekday in ["saturday", "sunday"]`, "false",
			[]string{`now.hour < 9  false: now.hour is 10`, `now.weekday in ["saturday", "sunday"]  false: now.weekday is "friday"`}},
		{"|| within &&", `call.direction == "inbound" && (now.hour < 9 || now.hour >= 17)`, "false",
			[]string{`now.hour < 9  false: now.hour is 10`, `now.hour >= 17  false: now.hour is 10`}},
		{"!", `!call.from.startsWith("+1305")`, "false", []string{`call.from.startsWith("+1305")  true: call.from is "+13055550199"`}},
		{"! of &&", `!(call.bucket < 100 && size(call.callerName) > 3)`, "false", []string{
			`call.bucket < 100  true: call.bucket is 47`,
			`size(call.callerName) > 3  true: call.callerName is "friendly-scanner", size(call.callerName) is 16`}},
		{"! of ||", `!(call.anonymous || now.hour == 10)`, "false", []string{`now.hour == 10  true: now.hour is 10`}},
		{"? :, the second", `call.anonymous ? call.bucket < 100 : now.hour < 9`, "false",
			[]string{`call.anonymous  false`, `now.hour < 9  false: now.hour is 10`}},
		{"? :, the first", `call.direction == "inbound" ? call.authenticated : true`, "false",
			[]string{`call.direction == "inbound"  true: call.direction is "inbound"`, `call.authenticated  false`}},
		{"comparison of texts", `call.did == "+13055550101"`, "false", []string{`call.did == "+13055550101"  false: call.did is "+13055550100"`}},
		{"comparison of something computed", `call.from + "!" == call.to`, "false",
			[]string{`call.from + "!" == call.to  false: call.from is "+13055550199", call.from + "!" is "+13055550199!", call.to is "+13055550100"`}},
		{"comparison of times", `now >= timestamp("2026-11-20T22:00:00Z")`, "false",
			[]string{`now >= timestamp("2026-11-20T22:00:00Z")  false: now is 2026-11-20T10:30:00-05:00`}},
		{"function", `call.from.matches("^\\+44")`, "false", []string{`call.from.matches("^\\+44")  false: call.from is "+13055550199"`}},
		{"function of what is in brackets", `(call.from + "x").endsWith("y")`, "false",
			[]string{`(call.from + "x").endsWith("y")  false: call.from is "+13055550199", call.from + "x" is "+13055550199x"`}},
		{"country", `call.from.inCountry(["GB", "IE"])`, "false",
			[]string{`call.from.inCountry(["GB", "IE"])  false: call.from is "+13055550199" (US)`}},
		{"prefix", `call.from.hasPrefix("+1786")`, "false", []string{`call.from.hasPrefix("+1786")  false: call.from is "+13055550199"`}},
		{"exists", `["test", "sip"].exists(word, call.callerName.contains(word))`, "false",
			[]string{`["test", "sip"].exists(word, call.callerName.contains(word))  false: call.callerName is "friendly-scanner"`}},
		{"exists that found one", `!["test", "scan"].exists(word, call.callerName.contains(word))`, "false",
			[]string{`["test", "scan"].exists(word, call.callerName.contains(word))  true: word is "scan", call.callerName is "friendly-scanner"`}},
		{"all", `["scan", "sip", "friend"].all(word, call.callerName.contains(word))`, "false",
			[]string{`["scan", "sip", "friend"].all(word, call.callerName.contains(word))  false: word is "sip", call.callerName is "friendly-scanner"`}},
		{"filter within a comparison", `size(["a", "b"].filter(x, x == call.to)) > 0`, "false",
			[]string{`size(["a", "b"].filter(x, x == call.to)) > 0  false: call.to is "+13055550100", size(["a", "b"].filter(x, x == call.to)) is 0`}},
		{"header", `call.headers["x-campaign"] == "spring"`, "false",
			[]string{`call.headers["x-campaign"] == "spring"  false: call.headers["x-campaign"] is "autumn"`}},
		{"hostile header", `call.headers["x-hostile"] == ""`, "false",
			[]string{`call.headers["x-hostile"] == ""  false: call.headers["x-hostile"] is "a[2J\"b"`}},
		{"header that is not there", `call.headers["x-other"] == "spring"`, "error",
			[]string{`call.headers["x-other"]  error: the call has no such header`}},
		{"header asked for", `"x-other" in call.headers && call.headers["x-other"] == "1"`, "false", []string{`"x-other" in call.headers  false`}},
		{"has", `has(call.headers.subject)`, "false", []string{`has(call.headers.subject)  false`}},
		{"error of a conversion", `now.hour > 8 && int(call.callerName) > 3`, "error",
			[]string{`int(call.callerName)  error: not readable as int, call.callerName is "friendly-scanner"`}},
		{"error of arithmetic", `100 / (call.bucket - 47) > 1`, "error",
			[]string{`100 / (call.bucket - 47)  error: division by zero, call.bucket is 47, call.bucket - 47 is 0`}},
		{"error in a loop", `["1"].exists(x, int(call.callerName) > int(x))`, "error",
			[]string{`["1"].exists(x, int(call.callerName) > int(x))  error: type conversion error from 'string' to 'int', call.callerName is "friendly-scanner"`}},
		{"schedule", `schedule("office").isOpen`, "false", []string{`schedule("office").isOpen  false: schedule("office") is closed: outside hours`}},
		{"schedule, as written", `schedule( "office" ).reason  == "holiday"`, "false",
			[]string{`schedule( "office" ).reason == "holiday"  false: schedule( "office" ).reason is "outside"`}},
		{"extension on a call", `!extension("1001").onCall`, "false", []string{`extension("1001").onCall  true: assumed`}},
		{"extension compared", `extension("1001").onCall == extension("1001").dnd`, "false",
			[]string{`extension("1001").onCall == extension("1001").dnd  false: extension("1001").dnd is false, extension("1001").onCall is true (assumed)`}},
		{"over several lines, with a comment", "call.from // the caller\n  in [\"+1\",\n\"+2\"]", "false",
			[]string{`call.from in ["+1", "+2"]  false: call.from is "+13055550199"`}},
		{"true, both", `now.hour < 12 && call.country == "US"`, "true",
			[]string{`now.hour < 12  true: now.hour is 10`, `call.country == "US"  true: call.country is "US"`}},
		{"true, the first that is", `now.hour < 12 || call.country == "US"`, "true", []string{`now.hour < 12  true: now.hour is 10`}},
		{"always", `true`, "true", []string{`true`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, because := because1(t, c.when, blamedLive)
			if result != c.result {
				t.Errorf("it is %s, want %s", result, c.result)
			}
			if diff := cmp.Diff(c.because, because); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What nobody knows of a phone fails, and says so.
func TestBecauseNobodyKnows(t *testing.T) {
	result, because := because1(t, `extension("1001").onCall`, nil)
	want := []string{`extension("1001").onCall  error: extension 1001: onCall is not known`}
	if diff := cmp.Diff(want, because); result != "error" || diff != "" {
		t.Errorf("%s (-want +got):\n%s", result, diff)
	}
}

// A chain of alternatives is not shown to its end, nor is a long expression.
func TestBecauseIsBounded(t *testing.T) {
	alternatives := make([]string, 40)
	for i := range alternatives {
		alternatives[i] = fmt.Sprintf("now.hour + 40 == %d", i)
	}
	if _, because := because1(t, strings.Join(alternatives, " || "), nil); len(because) != maxReasons+1 || because[maxReasons] != "28 more  false" {
		t.Errorf("%d reasons, the last %q", len(because), because[len(because)-1])
	}
	numbers := strings.Repeat(`"+13055550111", `, 200)
	_, because := because1(t, `call.from in [`+numbers+`"+1"]`, nil)
	if len(because) != 1 || len(because[0]) > 2*maxReasonText || !strings.Contains(because[0], "…  false: call.from is") {
		t.Errorf("%q", because)
	}
}

// Whatever a rule is made of, the reasons have the result of what they are reasons
// for, and stand in the rule as they are written.
func TestBecauseOfAnyExpression(t *testing.T) {
	leaves := []string{
		"call.anonymous", "call.authenticated", "true", "now.hour < 12", `call.from in list("vip")`, `call.from.startsWith("+1305")`,
		`schedule("office").isOpen`, `extension("1001").onCall`, `extension("1002").dnd`, `call.headers["x-campaign"] == "autumn"`,
		`call.headers["x-other"] == "1"`, `"x-other" in call.headers`, `["scan", "a"].exists(w, call.callerName.contains(w))`,
		`[1, 2].all(n, n < call.bucket)`, `call.to.inCountry("US")`, "1 / (call.bucket - 47) == 1",
	}
	var draw func(t *rapid.T, depth int) string
	draw = func(t *rapid.T, depth int) string {
		if depth == 0 {
			return rapid.SampledFrom(leaves).Draw(t, "leaf")
		}
		part := func() string { return "(" + draw(t, depth-1) + ")" }
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return part() + " && " + part()
		case 1:
			return part() + " || " + part()
		case 2:
			return "!" + part()
		case 3:
			return part() + " ? " + part() + " : " + part()
		}
		return draw(t, 0)
	}
	rapid.Check(t, func(t *rapid.T) {
		when := draw(t, rapid.IntRange(0, 3).Draw(t, "depth"))
		e := blamedDirectory(t, when).Explain(blamedCall, blamedAt, blamedLive)
		for _, c := range e.Checks {
			if c.Check != "rule" {
				continue
			}
			if len(c.Because) == 0 {
				t.Fatalf("%s: %s without a reason", when, c.Result)
			}
			for _, r := range c.Because {
				isMore := strings.HasSuffix(r.Text, " more")
				if !isMore && !strings.Contains(when, strings.TrimSuffix(r.Text, "…")) {
					t.Fatalf("%s: %q is not in it", when, r.Text)
				}
				if c.Result == "error" && r.Result != "error" && !strings.Contains(when, "?") {
					t.Fatalf("%s failed, but %s is %s", when, r.Text, r.Result)
				}
			}
		}
	})
}
