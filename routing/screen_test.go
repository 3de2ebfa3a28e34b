package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const screeningTenant = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002"}]
dids: [{number: "+15551230001", inboundRoute: extension, routeTarget: "1001"}]
rules: [{name: all, when: 'call.callerName == "ruled"', then: {route: extension, target: "1002"}}]
allowlist:
  - {number: "+13055550150", reason: the agency}
  - {prefix: "+4930", expires: 2026-03-03T18:30:00+01:00, id: 0c1d2e3f-0000-4000-8000-000000000011}
  - {pattern: '\+1900555\d{4}', direction: outbound}
blocklist:
  - {number: "+13055550150", id: 0c1d2e3f-0000-4000-8000-000000000001}
  - {number: "+13055550151", id: 0c1d2e3f-0000-4000-8000-000000000002, reason: robocalls}
  - {number: "+13055550152", id: 0c1d2e3f-0000-4000-8000-000000000003, expires: 2026-03-03T17:30:00Z}
  - {number: "2001", id: 0c1d2e3f-0000-4000-8000-000000000004, cause: USER_BUSY}
  - {prefix: "+1 305-555", id: 0c1d2e3f-0000-4000-8000-000000000005, action: busy, reason: the whole office}
  - {prefix: "+1305555017", id: 0c1d2e3f-0000-4000-8000-000000000006, cause: NO_ANSWER}
  - {prefix: "+130555501", id: 0c1d2e3f-0000-4000-8000-000000000007, cause: NUMBER_CHANGED, expires: 2026-03-03T17:30:01Z}
  - {prefix: "+49", id: 0c1d2e3f-0000-4000-8000-000000000008, action: route, then: {route: voicemail, target: "1001"}, reason: abroad}
  - {pattern: '\+1305\d+', id: 0c1d2e3f-0000-4000-8000-000000000009, direction: both}
  - {pattern: '\+1306\d*9', id: 0c1d2e3f-0000-4000-8000-00000000000a, action: route, then: {route: hangup, target: NO_ANSWER}}
  - {prefix: "+1900", id: 0c1d2e3f-0000-4000-8000-00000000000b, direction: outbound, reason: costs too much}
  - {anonymous: true, id: 0c1d2e3f-0000-4000-8000-00000000000c, reason: shows no number}
`

// screened is what the lists make of a call.
type screened struct {
	Verdict     Verdict
	Entry       string // the last character of its id
	Match       string
	Cause       string
	Destination Destination
	Facts       map[string]string
}

func screenedOf(d Decision) screened {
	s := screened{Verdict: d.Verdict, Destination: d.Destination, Facts: map[string]string{}}
	for _, name := range []string{"allowed", "screened"} {
		if text, ok := d.Facts[name]; ok {
			s.Facts[name] = text
		}
	}
	if b := d.Block; b != nil {
		s.Entry, s.Match, s.Cause = b.ID[len(b.ID)-1:], b.Match, b.Cause
	}
	return s
}

func TestScreening(t *testing.T) {
	operator := oneTenant()
	operator.Tenants[0].Countries = []string{"US", "DE"}
	d := withOperator(t, operator, screeningTenant)
	none := map[string]string{}
	normal := screened{Routed, "", "", "", Destination{RouteExtension, "1001"}, none}
	allowed := func(by string, to Destination) screened {
		return screened{Routed, "", "", "", to, map[string]string{"allowed": by}}
	}
	from := func(number string) Call { return inboundCall(number, "+15551230001") }
	anonymous := with(from(""), func(c *Call) { c.Anonymous = true })
	to := func(number string) Call { return phoneCall("1001", "acme.test", number) }
	cases := []struct {
		name string
		call Call
		now  time.Time
		want screened
	}{
		{"nobody's business", from("+15557770000"), noon, normal},
		{"allowed wins over blocked, the same number", from("+13055550150"), noon, allowed("+13055550150", Destination{RouteExtension, "1001"})},
		{"an allowed prefix wins over a blocked one", from("+4930123456"), noon.Add(-time.Second), allowed("+4930", Destination{RouteExtension, "1001"})},
		{"the allowed prefix has expired", from("+4930123456"), noon,
			screened{Routed, "8", "+49", "", Destination{RouteVoicemail, "1001"}, map[string]string{"screened": "abroad"}}},
		{"an exact number before its prefix", from("(305) 555-0151"), noon, screened{CallerBlocked, "2", "+13055550151", "CALL_REJECTED", Destination{}, none}},
		{"an expired number: its longest prefix", from("+13055550152"), noon, screened{CallerBlocked, "7", "+130555501", "NUMBER_CHANGED", Destination{}, none}},
		{"a number just before it expires", from("+13055550152"), noon.Add(-time.Nanosecond), screened{CallerBlocked, "3", "+13055550152", "CALL_REJECTED", Destination{}, none}},
		{"an expired prefix: the next shorter one", from("+13055550152"), noon.Add(time.Second), screened{CallerBlocked, "5", "+1305555", "USER_BUSY", Destination{}, none}},
		{"the longest prefix", from("+13055550170"), noon, screened{CallerBlocked, "6", "+1305555017", "NO_ANSWER", Destination{}, none}},
		{"a prefix before a pattern", from("+13055559999"), noon, screened{CallerBlocked, "5", "+1305555", "USER_BUSY", Destination{}, none}},
		{"a pattern", from("+13054440000"), noon, screened{CallerBlocked, "9", `\+1305\d+`, "CALL_REJECTED", Destination{}, none}},
		{"a pattern that routes, without a reason", from("+13061234569"), noon,
			screened{Routed, "a", `\+1306\d*9`, "", Destination{RouteHangup, "NO_ANSWER"}, map[string]string{"screened": `\+1306\d*9`}}},
		{"a pattern is for the whole number", from("+13061234568"), noon, normal},
		{"routed before any rule", with(from("+4940123456"), func(c *Call) { c.CallerName = "ruled" }), noon,
			screened{Routed, "8", "+49", "", Destination{RouteVoicemail, "1001"}, map[string]string{"screened": "abroad"}}},
		{"a rule has what is allowed", with(from("+13055550150"), func(c *Call) { c.CallerName = "ruled" }), noon,
			allowed("+13055550150", Destination{RouteExtension, "1002"})},
		{"a short number", from("2001"), noon, screened{CallerBlocked, "4", "2001", "USER_BUSY", Destination{}, none}},
		{"a short number has no prefix", from("49301"), noon, normal},
		{"no number", anonymous, noon, screened{CallerBlocked, "c", "anonymous", "CALL_REJECTED", Destination{}, none}},
		{"a number that is not shown matches nothing else", with(from("+13055550151"), func(c *Call) { c.Anonymous = true }), noon,
			screened{CallerBlocked, "c", "anonymous", "CALL_REJECTED", Destination{}, none}},
		{"what cannot be read is not anonymous", from("sip:+13055550151@evil"), noon, normal},
		{"called, for outbound only", to("+19005440000"), noon, screened{CallerBlocked, "b", "+1900", "CALL_REJECTED", Destination{}, none}},
		{"called, allowed by a pattern", to("+19005550000"), noon, allowed(`\+1900555\d{4}`, Destination{RouteForward, "+19005550000"})},
		{"called, both ways", to("+13054440000"), noon, screened{CallerBlocked, "9", `\+1305\d+`, "CALL_REJECTED", Destination{}, none}},
		{"called, for inbound only", to("+4940123456"), noon, screened{Routed, "", "", "", Destination{RouteForward, "+4940123456"}, none}},
		{"a caller, for outbound only", from("+19005440000"), noon, normal},
		{"a phone that hides its number is not anonymous", with(to("1002"), func(c *Call) { c.Anonymous = true }), noon,
			screened{Routed, "", "", "", Destination{RouteExtension, "1002"}, none}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := d.Decide(c.call, c.now, nil)
			if diff := cmp.Diff(c.want, screenedOf(got)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if got.Facts["blockReason"] != "" {
				t.Error("a fact that records take for a block")
			}
		})
	}
}

func withOperator(t testing.TB, operator OperatorConfig, tenant string) *Directory {
	t.Helper()
	cfg, problems := ParseFiles([]File{{Name: "acme.yaml", Data: []byte(tenant)}})
	cfg.Operator = operator
	d, more := Compile(cfg)
	if problems = append(problems, more...); Refused(problems) {
		t.Fatal(problems)
	}
	return d
}

// What the trace of a decision says of the lists: the checks between that of
// the tenant's suspension and those of the rules.
func TestExplainScreening(t *testing.T) {
	d := withOperator(t, oneTenant(), screeningTenant)
	cases := []struct {
		from string
		want []Check
	}{
		{"+15557770000", []Check{
			{Check: "allowlist", Subject: `"+15557770000"`, Result: "not listed"},
			{Check: "blocklist", Subject: `"+15557770000"`, Result: "not listed"},
		}},
		{"+13055550150", []Check{
			{Check: "allowlist", Subject: `"+13055550150"`, Result: "allowed",
				Detail: "by number +13055550150, the agency, entry ID; the blocklist is not asked"},
		}},
		{"+4930123456", []Check{
			{Check: "allowlist", Subject: `"+4930123456"`, Result: "not listed", Detail: "by prefix +4930, entry ID, expired 2026-03-03T17:30:00Z"},
			{Check: "blocklist", Subject: `"+4930123456"`, Result: "blocked", Detail: "by prefix +49, abroad, entry ID; goes to voicemail 1001"},
		}},
		{"+13055550152", []Check{
			{Check: "allowlist", Subject: `"+13055550152"`, Result: "not listed"},
			{Check: "blocklist", Subject: `"+13055550152"`, Result: "blocked",
				Detail: "by prefix +130555501, entry ID, until 2026-03-03T17:30:01Z; ended with NUMBER_CHANGED"},
		}},
		{"", []Check{
			{Check: "allowlist", Subject: "anonymous caller", Result: "not listed", Detail: "an anonymous caller is matched by no number, prefix or pattern"},
			{Check: "blocklist", Subject: "anonymous caller", Result: "blocked", Detail: "by anonymous, shows no number, entry ID; ended with CALL_REJECTED"},
		}},
		{"bob\x1b", []Check{
			{Check: "allowlist", Subject: `"bob"`, Result: "not listed", Detail: "not readable as a number"},
			{Check: "blocklist", Subject: `"bob"`, Result: "not listed", Detail: "not readable as a number"},
		}},
	}
	id := regexp.MustCompile(`entry [0-9a-f-]{36}`)
	for _, c := range cases {
		call := with(inboundCall(c.from, "+15551230001"), func(call *Call) { call.Anonymous = c.from == "" })
		var got []Check
		for _, check := range d.Explain(call, noon, nil).Checks {
			if strings.HasSuffix(check.Check, "list") {
				check.Detail = id.ReplaceAllString(check.Detail, "entry ID")
				got = append(got, check)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("from %q (-want +got):\n%s", c.from, diff)
		}
	}
}

// An entry that names no id has the same one in every compilation, and another
// one than any other entry.
func TestIDsOfListEntriesStay(t *testing.T) {
	tenant := `
tenant: acme
extensions: [{extension: "1001"}]
defaultDestination: {route: extension, target: "1001"}
blocklist: [%s]
`
	entries := []string{`{number: "+15550000001"}`, `{prefix: "+15550000001"}`, `{pattern: "\\+15550000001\\d"}`, `{anonymous: true}`}
	calls := []Call{
		inboundCall("+15550000001", "+15551230001"), inboundCall("+155500000012", "+15551230001"), inboundCall("+155500000013", "+15551230001"),
		with(inboundCall("", "+15551230001"), func(c *Call) { c.Anonymous = true }),
	}
	ids := func(order []int) map[string]string {
		var texts []string
		for _, i := range order {
			texts = append(texts, entries[i])
		}
		d := withOperator(t, oneTenant(), fmt.Sprintf(tenant, strings.Join(texts, ", ")))
		known := map[string]string{}
		for _, call := range calls {
			if b := d.Decide(call, noon, nil).Block; b != nil {
				known[b.Match] = b.ID
			}
		}
		return known
	}
	first := ids([]int{0, 1, 2, 3})
	if diff := cmp.Diff(first, ids([]int{3, 2, 1, 0})); diff != "" {
		t.Errorf("ids change with the order:\n%s", diff)
	}
	for match, id := range first {
		if !isUUID(id) {
			t.Errorf("the id of %s is %q", match, id)
		}
	}
	number := ids([]int{0})["+15550000001"]
	if prefix := ids([]int{1})["+15550000001"]; number == prefix {
		t.Errorf("number and prefix have one id %s", number)
	}
}

// slowFind is what a list says, read from the top to the bottom.
func slowFind(list []AllowedNumber, direction string, n Number, now time.Time) string {
	counts := slices.DeleteFunc(slices.Clone(list), func(a AllowedNumber) bool {
		wanted := a.Direction == direction || a.Direction == "both" || a.Direction == "" && direction == "inbound"
		expires, err := time.Parse(time.RFC3339, a.Expires)
		return !wanted || err == nil && !now.Before(expires)
	})
	first := func(fits func(a AllowedNumber) bool) string {
		if i := slices.IndexFunc(counts, fits); i >= 0 {
			return counts[i].ID
		}
		return ""
	}
	if n == (Number{}) {
		return first(func(a AllowedNumber) bool { return a.Anonymous })
	}
	if id := first(func(a AllowedNumber) bool { return a.Number != "" && ParseNumber(a.Number, "US") == n }); id != "" || n.E164() == "" {
		return id
	}
	for length := len(n.E164()); length > 1; length-- {
		if id := first(func(a AllowedNumber) bool { return a.Prefix == n.E164()[:length] }); id != "" {
			return id
		}
	}
	return first(func(a AllowedNumber) bool {
		return a.Pattern != "" && regexp.MustCompile("^(?:"+a.Pattern+")$").MatchString(n.E164())
	})
}

var (
	drawnDigits = rapid.StringMatching(`\+1305555[01]{4}`)
	drawnTime   = rapid.Custom(func(t *rapid.T) time.Time {
		return noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "minutes")) * time.Minute)
	})
)

// drawList makes a list without duplicates.
func drawList(t *rapid.T, name string) []AllowedNumber {
	known := map[string]bool{}
	var list []AllowedNumber
	for i := range rapid.IntRange(0, 12).Draw(t, name) {
		a := AllowedNumber{ID: derivedID("", fmt.Sprint(name, i))}
		number := drawnDigits.Draw(t, "number")
		switch rapid.SampledFrom(matchKinds).Draw(t, "by") {
		case byNumber:
			a.Number = rapid.SampledFrom([]string{number, number[2:], number[8:]}).Draw(t, "spelling")
		case byPrefix:
			a.Prefix = number[:rapid.IntRange(7, len(number)).Draw(t, "length")]
		case byPattern:
			a.Pattern = rapid.SampledFrom([]string{`\+1\d*`, `\+130555501\d*|\+1305`, `\+1305555.*1`, `.*00`}).Draw(t, "pattern") + fmt.Sprintf("(?:){%d}", i)
		case byAnonymous:
			a.Anonymous = true
		}
		if !a.Anonymous {
			a.Direction = rapid.SampledFrom([]string{"", "inbound", "outbound", "both"}).Draw(t, "direction")
		}
		if rapid.Bool().Draw(t, "expires") {
			a.Expires = drawnTime.Draw(t, "expiry").Format(time.RFC3339)
		}
		whom := ParseNumber(a.Number, "US").String() + "/" + a.Prefix + a.Pattern + fmt.Sprint(a.Anonymous)
		if !known[whom] {
			known[whom], list = true, append(list, a)
		}
	}
	return list
}

// The lists say what reading them from the top to the bottom would say,
// whatever is in them, and the allow list wins.
func TestScreenIsAsItWouldBeReadSlowly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allowed, blocked := drawList(t, "allowed"), drawList(t, "blocked")
		config := TenantConfig{Tenant: "acme", Allowlist: allowed}
		for _, a := range blocked {
			config.Blocklist = append(config.Blocklist, BlockedNumber{
				ID: a.ID, Number: a.Number, Prefix: a.Prefix, Pattern: a.Pattern, Anonymous: a.Anonymous, Direction: a.Direction, Expires: a.Expires,
			})
		}
		operator := oneTenant()
		d, problems := Compile(Config{Operator: operator, Tenants: []TenantConfig{config}})
		if d == nil {
			t.Fatal(problems)
		}
		plan, now := d.find(string(acmeID)).get(), drawnTime.Draw(t, "now")
		text := rapid.OneOf(drawnDigits, rapid.SampledFrom([]string{"", "0100", "bob", "+13055550101999"})).Draw(t, "caller")
		for direction, list := range map[string]*screen{"inbound": &plan.callers, "outbound": &plan.targets} {
			n := ParseNumber(text, "US")
			sameEntry(t, direction+" allowed", &list.allowed, allowed, direction, n, now)
			sameEntry(t, direction+" blocked", &list.blocked, blocked, direction, n, now)
		}
		call := with(inboundCall(text, "+15551230001"), func(c *Call) { c.Anonymous = text == "" })
		n := ParseNumber(text, "US")
		want := slowFind(blocked, "inbound", n, now)
		if slowFind(allowed, "inbound", n, now) != "" {
			want = ""
		}
		if got := d.Decide(call, now, nil).Block; (got == nil) != (want == "") || got != nil && got.ID != want {
			t.Fatalf("the call is blocked by %+v, want %q", got, want)
		}
	})
}

func sameEntry(t *rapid.T, what string, compiled *entries, list []AllowedNumber, direction string, n Number, now time.Time) {
	got, ok := compiled.find(n, now)
	want := slowFind(list, direction, n, now)
	if ok != (want != "") || ok && got.id != want {
		t.Fatalf("%s: %q matches %+v (%v), slowly %q", what, n, got, ok, want)
	}
}

// A call costs the same whether a tenant blocks ten callers or a hundred
// thousand.
func BenchmarkBlocklist100000(b *testing.B) {
	for _, count := range []int{10, 100_000} {
		config := TenantConfig{Tenant: "acme"}
		for i := range count {
			config.Blocklist = append(config.Blocklist, BlockedNumber{ID: derivedID("", fmt.Sprint(i)), Number: fmt.Sprintf("+1555%07d", i), Reason: "spam"})
		}
		for i := range 10 {
			config.Blocklist = append(config.Blocklist, BlockedNumber{Prefix: fmt.Sprintf("+190%d", i)}, BlockedNumber{Prefix: fmt.Sprintf("+4490%d", i)})
		}
		b.Run(fmt.Sprintf("compile_%d", count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}}); d == nil {
					b.Fatal(problems)
				}
			}
		})
		d, _ := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		list := &d.find(string(acmeID)).get().callers
		for name, number := range map[string]string{"listed": "+15550000007", "not_listed": "+12025550123"} {
			n := ParseNumber(number, "US")
			b.Run(fmt.Sprintf("%s_%d", name, count), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, ok := list.blocked.find(n, noon); ok != (name == "listed") {
						b.Fatal(number)
					}
				}
			})
		}
	}
}
