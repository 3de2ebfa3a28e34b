package recall_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/internal/recall"
	"switchyard/internal/record"
	"switchyard/routing"
)

const operator = `
defaultCountry: US
trunks:
  - {name: main, gateway: main, country: US}
  - {name: berlin, gateway: berlin, country: DE}
tenants:
  - id: 6a097cb2-504f-43be-819a-b76209976818
    name: acme
    country: US
    timezone: America/New_York
    domains: [acme.example]
    numbers: ["+13055550100", "+493055550100"]
    trunks: [main, berlin]
    countries: [US, DE]
`

// conditions read everything that a rule can read.
var conditions = []string{
	`true`, `call.from in list("vip")`, `call.from.startsWith("+49")`, `call.from == ""`, `call.to == call.did`, `call.did.endsWith("100")`,
	`call.callerName.contains("Ann")`, `size(call.callerName) > 6`, `size(call.callerName) > 10`, `call.direction == "inbound"`, `call.anonymous`, `call.country == "DE"`,
	`call.bucket < 50`, `call.trunk == "berlin"`, `call.authenticated`, `now.minute % 2 == 0`, `now > timestamp("2026-11-20T15:30:00Z")`,
	`now.weekday == "friday"`, `call.headers["x-a"] == "1"`, `"x-b" in call.headers`, `call.headers.exists(k, call.headers[k].size() > 4)`,
	`schedule("office").isOpen`, `schedule("office").reason == "holiday"`, `extension("1001").onCall`, `extension("1002").registered`,
	`extension("1001").dnd || extension("1002").onCall`, `call.from.inCountry("US")`, `int(call.callerName) > 3`,
}

func drawTenant(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(`
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002", doNotDisturb: true}]
ringGroups: [{name: sales, extension: "1100", members: [{number: "1001"}, {number: "1002"}]}]
lists: [{name: vip, numbers: ["+13055550111", "+493055550111"]}]
schedules:
  - name: office
    schedules: [{days: [monday, friday], startTime: "09:00", endTime: "17:00"}]
    holidays: [{name: Thanksgiving, month: november, weekday: thursday, nth: 4}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: voicemail, target: "1001"}
blocklist: [{number: "+13055550166", reason: robocalls}, {prefix: "+49309", reason: spam, expires: "2026-11-20T15:30:00Z"}]
dids: [{number: "+13055550100", schedule: office, inboundRoute: ringgroup, routeTarget: sales}, {number: "+493055550100", inboundRoute: extension, routeTarget: "1002"}]
rules:
`)
	for i := range rapid.IntRange(0, 5).Draw(t, "rules") {
		when := rapid.SampledFrom(conditions).Draw(t, "when")
		if rapid.Bool().Draw(t, "two") {
			when += rapid.SampledFrom([]string{" && ", " || "}).Draw(t, "operator") + "(" + rapid.SampledFrom(conditions).Draw(t, "other") + ")"
		}
		then := rapid.SampledFrom([]string{`then: {route: extension, target: "1001"}`, `then: {route: hangup, target: USER_BUSY}`, ``, ``}).Draw(t, "then")
		fmt.Fprintf(&b, "  - {name: r%d, when: %q, set: {tags: [t%d], accountCode: a%d}", i, when, i, i)
		if then != "" {
			b.WriteString(", " + then)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

var (
	numbers = []string{
		"+13055550111", "3055550111", "03055550111", "+493055550166", "+493095550166", "+13055550166", "anonymous", "+1305\x015550111", "\u202e+13055550111",
		"911", "1001", strings.Repeat("5", 300),
	}
	names = []string{"", "Ann", "Ann\x00 Lee\x1b[2J", "\u202eAnn", strings.Repeat("Ünn", 150), "5", "\xff\xfe"}
)

func drawCall(t *rapid.T) routing.Call {
	call := routing.Call{
		ID:           routing.CallID(rapid.StringMatching(`[a-f0-9\x00-]{1,40}`).Draw(t, "id")),
		CallerNumber: rapid.SampledFrom(numbers).Draw(t, "from"), CallerName: rapid.SampledFrom(names).Draw(t, "name"),
		Trunk:   rapid.SampledFrom([]string{"", "main", "berlin", "nobody's"}).Draw(t, "trunk"),
		Headers: rapid.MapOfN(rapid.SampledFrom([]string{"X-A", "x-a", "X-B", "X-C"}), rapid.SampledFrom([]string{"", "1", "long value", "1\x00", strings.Repeat("x", 2000)}), 0, 3).Draw(t, "headers"),
	}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		call.AuthUser, call.AuthDomain = "1001", "ACME.example"
		call.Dialled = rapid.SampledFrom([]string{"1002", "1100", "1002\x01", "+13055550111", "3055550166", "+442071234567", "*#"}).Draw(t, "dialled")
	case 1:
		call.Anonymous, call.CallerNumber = true, rapid.SampledFrom([]string{"", "+13055550111"}).Draw(t, "hidden")
		fallthrough
	default:
		call.Dialled = rapid.SampledFrom([]string{"+13055550100", "3055550100", "03055550100", "+493055550100", "+13055550100\u200e"}).Draw(t, "dialled")
	}
	return call
}

type phones map[string]routing.PhoneState

func (p phones) Phone(_ routing.TenantID, _, extension string) routing.PhoneState {
	return p[extension]
}

func drawPhones(t *rapid.T) phones {
	p := phones{}
	for _, extension := range []string{"1001", "1002"} {
		p[extension] = routing.PhoneState{
			Known: rapid.Bool().Draw(t, "known"), Contacts: rapid.IntRange(-1, 2).Draw(t, "contacts"), Calls: rapid.IntRange(0, 2).Draw(t, "calls"),
			Stale: rapid.Bool().Draw(t, "stale"),
		}
	}
	return p
}

func directory(t *rapid.T, tenant string) *routing.Directory {
	_, d, problems := routing.CompileFiles([]routing.File{{Name: "operator.yaml", Data: []byte(operator)}, {Name: "acme.yaml", Data: []byte(tenant)}})
	if d == nil {
		t.Fatalf("%v", problems)
	}
	return d
}

// What is kept of a call is everything its decision went by: decided again from its
// record, with nothing else to ask, it goes the same way for the same reason.
func TestARecordTellsAllThatADecisionWentBy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := directory(t, drawTenant(t))
		call, live := drawCall(t), drawPhones(t)
		at := time.Date(2026, 11, 20, 15, 29, rapid.IntRange(59, 60).Draw(t, "second"), rapid.IntRange(0, 999_999_999).Draw(t, "nanosecond"), time.UTC).
			AddDate(0, 0, rapid.SampledFrom([]int{0, 0, 0, 3, 6}).Draw(t, "days"))
		decision := d.Decide(call, at, live)
		kept := record.Opening(&call, &decision)

		again, then, known := recall.Call(kept, decision.Plan)
		e := d.Explain(again, then, known)
		got := outcome{e.Verdict, e.TenantID, e.Direction, e.Destination, e.Rule, e.Set, e.Reason, e.FailedRules}
		want := outcome{decision.Verdict, decision.Tenant, decision.Direction, decision.Destination, decision.Rule, decision.Set, reason(decision), decision.FailedRules}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("call %+v\nrecord %+v\n(-decided +explained):\n%s", call, kept, diff)
		}
		twice := d.Decide(again, then, known)
		if diff := cmp.Diff(kept.Facts, record.Opening(&again, &twice).Facts); diff != "" {
			t.Fatalf("the second time it went by something else (-first +second):\n%s", diff)
		}
		if !maps.Equal(decision.Facts, d.Decide(call, at, live).Facts) {
			t.Fatal("the same call is not decided the same")
		}
	})
}

type outcome struct {
	Verdict     routing.Verdict
	Tenant      routing.TenantID
	Direction   routing.Direction
	Destination routing.Destination
	Rule        string
	Set         routing.RuleSet
	Reason      string
	Failed      []string
}

func reason(d routing.Decision) string {
	if d.Block != nil {
		return d.Block.Reason
	}
	return d.DenyReason
}
