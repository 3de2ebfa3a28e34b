package routing

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"
)

var (
	shapeNumbers  = []string{"+13055550111", "+13055550112", "+12125550101", "+442071234567", "+15551230001", "+15551230002", "1001", "1002", ""}
	shapePrefixes = []string{"+1", "+1305", "+130555501", "+1305555011", "+44", "+12", "+15551230001"}
)

// drawCondition gives a condition of the kinds that are indexed and compared, and
// of others, some of which fail.
func drawCondition(t *rapid.T, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 7).Draw(t, "shape") {
		case 0, 1, 2:
			return drawCondition(t, depth-1) + " && " + drawCondition(t, depth-1)
		case 3, 4:
			return "(" + drawCondition(t, depth-1) + " || " + drawCondition(t, depth-1) + ")"
		case 5:
			return "!(" + drawCondition(t, depth-1) + ")"
		}
	}
	fact := rapid.SampledFrom([]string{"call.from", "call.to", "call.did"}).Draw(t, "fact")
	number := func() string { return fmt.Sprintf("%q", rapid.SampledFrom(shapeNumbers).Draw(t, "number")) }
	prefix := func() string { return fmt.Sprintf("%q", rapid.SampledFrom(shapePrefixes).Draw(t, "prefix")) }
	several := func(one func() string) string {
		all := make([]string, rapid.IntRange(1, 3).Draw(t, "count"))
		for i := range all {
			all[i] = one()
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	switch rapid.IntRange(0, 9).Draw(t, "atom") {
	case 0:
		return fact + " == " + number()
	case 1:
		return number() + " == " + fact
	case 2:
		return fact + " != " + number()
	case 3:
		return fact + " in " + several(number)
	case 4:
		return fact + ".startsWith(" + prefix() + ")"
	case 5:
		return fact + ".hasPrefix(" + several(prefix) + ")"
	case 6:
		return fact + ` in list("` + rapid.SampledFrom([]string{"vip", "all", "none"}).Draw(t, "list") + `")`
	default:
		return rapid.SampledFrom([]string{
			"call.anonymous", `call.direction == "inbound"`, `"internal" != call.direction`, "call.bucket < 50", "true", "1 == 2", "call.bucket in [3, 44]", "call.bucket == 3",
			`call.from.inCountry("US")`, `call.from.inCountry(["US", "GB"])`, `schedule("office").isOpen`, `call.headers["x"] == "a"`,
			`"x" in call.headers && call.headers["x"] == "a"`, `call.headers["x"] != "b"`, "100 / (call.bucket - call.bucket) == 1", `"y" in call.headers`,
		}).Draw(t, "other")
	}
}

func drawCall(t *rapid.T) Call {
	c := Call{
		ID:           CallID(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "id")),
		CallerNumber: rapid.SampledFrom(shapeNumbers).Draw(t, "from"),
		Anonymous:    rapid.Bool().Draw(t, "anonymous"),
		Dialled:      rapid.SampledFrom([]string{"+15551230001", "+15551230002"}).Draw(t, "to"),
	}
	if rapid.Bool().Draw(t, "phone") {
		c.AuthUser, c.AuthDomain = "1001", "acme.test"
		c.Dialled = rapid.SampledFrom(shapeNumbers).Draw(t, "dialled")
	}
	if value := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "header"); value != "" {
		c.Headers = map[string]string{"X": value}
	}
	return c
}

// drawRules gives a tenant with some rules; without bounds all of them count.
func drawRules(t *rapid.T, bounds bool) TenantConfig {
	rules := make([]Rule, rapid.IntRange(1, 12).Draw(t, "rules"))
	for i := range rules {
		r := Rule{Name: fmt.Sprint("r", i), Priority: rapid.IntRange(0, 2).Draw(t, "priority"), When: drawCondition(t, rapid.IntRange(0, 3).Draw(t, "depth"))}
		enabled := rapid.IntRange(0, 9).Draw(t, "enabled") > 0
		r.Enabled = &enabled
		if rapid.Bool().Draw(t, "sets") {
			r.Set = RuleSet{Tags: []string{r.Name, "all"}, Priority: rapid.IntRange(0, maxPriority).Draw(t, "order"), AccountCode: "a" + r.Name}
		}
		if r.Set.IsZero() || rapid.Bool().Draw(t, "decides") {
			r.Then = Destination{RouteHangup, "USER_BUSY"}
		}
		if bounds && rapid.Bool().Draw(t, "bounded") {
			r.ValidFrom = rapid.SampledFrom([]string{"", "2026-03-02", "2026-03-03", "2026-03-04"}).Draw(t, "from")
			r.ValidUntil = rapid.SampledFrom([]string{"", "2026-03-04", "2026-03-05"}).Draw(t, "until")
		}
		rules[i] = r
	}
	return TenantConfig{
		Tenant: "acme", Rules: rules, Extensions: []Extension{{Extension: "1001"}},
		Lists:     []NumberList{{Name: "vip", Numbers: []string{"+13055550111"}}, {Name: "all", Numbers: []string{"+13055550111", "+13055550112", "+442071234567"}}, {Name: "none"}},
		Schedules: []Schedule{{Name: "office", Schedules: []Window{{Day: "monday", StartTime: "09:00", EndTime: "17:00"}}}},
	}
}

// drawTime gives a time before, within or after the bounds above.
func drawTime(t *rapid.T) time.Time {
	return noon.AddDate(0, 0, rapid.IntRange(-2, 3).Draw(t, "days"))
}
