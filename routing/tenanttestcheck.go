package routing

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Bounds of tests, which are all run at every change.
const (
	maxTests       = 500
	maxTestName    = 200
	maxTestText    = 200 // of one fact
	maxTestHeaders = 20
)

// verdicts are all there are.
var verdicts = []Verdict{Routed, UnknownNumber, TenantSuspended, NoRoute, CallerBlocked, CallDenied}

// tests reads the tenant's tests. Whether they pass is asked of the finished
// plan, see RunTests.
func (t *tenantCompiler) tests() {
	names, ids := seen{}, seen{}
	if len(t.config.Tests) > maxTests {
		t.add(path{"tests"}, fmt.Sprintf("more than %d tests", maxTests), "")
		return
	}
	for i, test := range t.config.Tests {
		at := path{"tests", i}
		t.identified(ids, test.ID, at)
		if test.Name == "" {
			t.add(at.with("name"), "no name", "")
		}
		t.printable(test.Name, maxTestName, at.with("name"))
		t.unique(names, test.Name, "name", at.with("name"))
		t.testFacts(test.Call, at.with("call"))
		t.testTime(test.Call.At, at.with("call", "at"))
		t.testExpect(test.Expect, at.with("expect"))
	}
}

func (t *tenantCompiler) testFacts(c TestCall, at path) {
	if c.To == "" {
		t.add(at.with("to"), "no number called", "the number as the caller dials it")
	}
	for _, fact := range [][2]string{{"from", c.From}, {"to", c.To}, {"name", c.Name}, {"id", c.ID}} {
		t.printable(fact[1], maxTestText, at.with(fact[0]))
	}
	t.testPhone(c, at)
	if c.Trunk != "" && !slices.Contains(t.plan.grant.Trunks, c.Trunk) {
		t.warn(at.with("trunk"), fmt.Sprintf("%q is none of the trunks granted to the tenant", c.Trunk), didYouMean(c.Trunk, t.plan.grant.Trunks))
	}
	if len(c.Headers) > maxTestHeaders {
		t.add(at.with("headers"), fmt.Sprintf("more than %d headers", maxTestHeaders), "")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		t.printable(name, maxTestText, at.with("headers", name))
		t.printable(c.Headers[name], maxTestText, at.with("headers", name))
	}
	for _, number := range slices.Sorted(maps.Keys(c.Extensions)) {
		if known, ok := t.plan.extensions[number]; !ok || known.Extension != number {
			t.add(at.with("extensions", number), fmt.Sprintf("no extension %q", number), didYouMean(number, t.extensionNumbers()))
		}
	}
}

// testPhone checks who calls: somebody outside, or one of the tenant's phones.
func (t *tenantCompiler) testPhone(c TestCall, at path) {
	if c.Phone == "" {
		if number := ParseNumber(c.To, t.plan.grant.Country).E164(); c.To != "" && !slices.Contains(t.plan.numbers, number) {
			t.add(at.with("to"), fmt.Sprintf("%q is none of the tenant's numbers", c.To), "calls from outside come to one; say which phone calls for another call")
		}
		return
	}
	known, ok := t.plan.extensions[c.Phone]
	switch {
	case !ok || known.Extension != c.Phone:
		t.add(at.with("phone"), fmt.Sprintf("no extension %q", c.Phone), didYouMean(c.Phone, t.extensionNumbers()))
	case t.plan.Domain() == "":
		t.add(at.with("phone"), "the tenant has no phones", "the operator grants a domain")
	}
	if c.From != "" {
		t.add(at.with("from"), "a phone calls from its own number", "leave it out")
	}
	if c.Trunk != "" {
		t.add(at.with("trunk"), "a phone comes over no trunk", "leave it out")
	}
}

const testTimeHint = "write it like 2026-11-21 14:30, by the tenant's clock, or 2026-11-21T14:30:00Z"

func (t *tenantCompiler) testTime(text string, at path) {
	switch when, ok := t.plan.testTime(text); {
	case text == "":
		t.add(at, "no time", testTimeHint)
	case !ok:
		t.add(at, fmt.Sprintf("%q is no time", text), testTimeHint)
	default:
		if _, err := time.Parse(testTimeLayout, text); err == nil && when.Format(testTimeLayout) != text {
			t.add(at, fmt.Sprintf("there is no %s: the clocks go forward", text), "")
		}
	}
}

func (t *tenantCompiler) testExpect(e TestExpect, at path) {
	if e.Verdict == "" && e.Route == "" && e.Rule == "" && len(e.Tags) == 0 && e.Target == "" {
		t.add(at, "nothing is expected", "say the route, the rule, tags or the verdict")
		return
	}
	if !slices.Contains(verdicts, e.verdict()) {
		t.add(at.with("verdict"), fmt.Sprintf("unknown verdict %q", e.Verdict), oneOf(e.Verdict, verdicts))
	}
	if e.verdict() != Routed && e.Route != "" {
		t.add(at.with("route"), fmt.Sprintf("a call of verdict %s goes nowhere", e.Verdict), "leave it out")
		return
	}
	t.testRoute(e, at)
	if i := slices.IndexFunc(t.config.Rules, func(r Rule) bool { return r.Name == e.Rule }); e.Rule != "" && i < 0 {
		t.add(at.with("rule"), fmt.Sprintf("no rule %q", e.Rule), didYouMean(e.Rule, t.ruleNames()))
	}
}

func (t *tenantCompiler) testRoute(e TestExpect, at path) {
	to := t.plan.testTarget(e)
	switch {
	case e.Route == "" && e.Target != "":
		t.add(at.with("route"), "no route", anyOf(routes))
	case e.Route == "" || e.Target == "" && slices.Contains(routes, to.Route):
	case !slices.Contains(routes, to.Route):
		t.add(at.with("route"), fmt.Sprintf("unknown route %q", e.Route), anyOf(routes))
	default:
		t.testTargetKnown(e, to, at.with("target"))
	}
}

// testTargetKnown checks that a target exists, like destination does, and marks
// nothing as used: a test sends no calls anywhere.
func (t *tenantCompiler) testTargetKnown(e TestExpect, to Destination, at path) {
	known, kind := true, ""
	var names []string
	switch to.Route {
	case RouteExtension, RouteVoicemail:
		_, known = t.plan.extensions[e.Target]
		kind, names = "extension", t.extensionNumbers()
	case RouteRingGroup:
		_, known = t.plan.ringGroups[e.Target]
		kind, names = "ring group", slices.Sorted(maps.Keys(t.plan.ringGroups))
	case RouteIVR:
		_, known = t.plan.menus[e.Target]
		kind, names = "IVR menu", slices.Sorted(maps.Keys(t.plan.menus))
	case RouteSchedule:
		_, known = t.plan.schedules[e.Target]
		kind, names = "schedule", t.plan.ScheduleNames()
	case RouteForward:
		_, known = t.plan.forwards[e.Target]
		known = known || ParseNumber(e.Target, t.plan.grant.Country).E164() != ""
		kind, names = "forward", slices.Sorted(maps.Keys(t.plan.forwards))
	case RouteHangup:
		known = slices.Contains(hangupTargets, e.Target)
		kind, names = "hangup cause", hangupTargets
	case RouteBack, RouteTop, RouteRepeat, RouteOverride:
	}
	if !known {
		t.add(at, fmt.Sprintf("no %s %q", kind, e.Target), didYouMean(e.Target, names))
	}
}

func (t *tenantCompiler) ruleNames() []string {
	names := make([]string, len(t.config.Rules))
	for i, r := range t.config.Rules {
		names[i] = r.Name
	}
	return names
}
