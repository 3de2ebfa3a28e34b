package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"switchyard/internal/config"
	"switchyard/routing"
)

// expecting has one test: a call goes to 1001 by its rule.
const expecting = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002"}]
dids: [{number: "+13055550100", inboundRoute: extension, routeTarget: "1002"}]
schedules:
  - name: office
    schedules: [{days: [friday], startTime: "09:00", endTime: "17:00"}]
    openAction: {route: extension, target: "1001"}
    afterHoursAction: {route: voicemail, target: "1002"}
rules: [{name: vip, when: 'call.from == "+13055550111" && schedule("office").isOpen', then: {route: extension, target: "1001"}}]
tests: [{name: vip by day, call: {from: "+13055550111", to: "+13055550100", at: "2026-11-20 10:00"}, expect: {route: extension, target: "1001"}}]
`

const wrongRule = `rules: [{name: vip, when: 'call.from == "+13055550112"', then: {route: extension, target: "1001"}}]`

// refusedByTest expects a refusal by the test above, and its place.
func refusedByTest(t *testing.T, err error, place string) {
	t.Helper()
	var problems config.Problems
	if !errors.As(err, &problems) || !strings.Contains(err.Error(), place+`: test "vip by day" failed: it went to extension 1002, expected extension 1001 (rule vip was false`) {
		t.Errorf("%v", err)
	}
}

func TestAFailingTestRefuses(t *testing.T) {
	h, _, _ := opened(t)
	if out := apply(t, h, operator, expecting); out.Tests != 1 {
		t.Errorf("%d tests", out.Tests)
	}
	_, err := h.Apply(t.Context(), config.Request{Files: files("tenant: acme\n" + wrongRule + "\n")})
	refusedByTest(t, err, "acme.tests[0]")
	_, err = h.Apply(t.Context(), config.Request{Files: files(strings.Replace(expecting, `"+13055550111" &&`, `"+13055550119" &&`, 1))})
	refusedByTest(t, err, "a.yaml:11:9: tests[0]")
	_, err = h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error {
		c.Rules[0].When = "false"
		return nil
	})
	refusedByTest(t, err, "acme.tests[0]")
	if plan, _ := h.Directory().Plan("acme"); plan.Revision() != 1 {
		t.Errorf("published as %d", plan.Revision())
	}
	// A rollback as well: to before the rule.
	apply(t, h, "tenant: acme\n"+wrongRule+"\ntests: []\n")
	apply(t, h, expecting)
	apply(t, h, "tenant: acme\nlists: []\n")
	if _, err = h.Rollback(t.Context(), config.RollbackRequest{Tenant: "acme", To: 2}); err != nil {
		t.Error("the tests of then count:", err)
	}
}

// In an emergency the operator can do without, and it is written down. What has
// failed before refuses nothing after that.
func TestSkippedTests(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, expecting)
	out, err := h.Apply(t.Context(), config.Request{Files: files("tenant: acme\n" + wrongRule + "\n"), Comment: "emergency", SkipTests: true})
	if err != nil || out.Tests != 0 {
		t.Fatal(out, err)
	}
	if r, _ := h.RevisionAt(t.Context(), "acme", 0); r.Comment != "emergency (tests skipped)" {
		t.Errorf("%q", r.Comment)
	}
	out = apply(t, h, "tenant: acme\nblocklist: [{number: \"+13055550166\"}]\n")
	if !slices.ContainsFunc(out.Warnings, func(p routing.Problem) bool {
		return strings.HasSuffix(p.Message, "failed before this change as well")
	}) {
		t.Errorf("%+v", out.Warnings)
	}
	// But a test that is changed has to pass.
	_, err = h.Apply(t.Context(), config.Request{Files: files("tenant: acme\n" + strings.Replace(expecting[strings.Index(expecting, "tests:"):], "10:00", "10:01", 1))})
	refusedByTest(t, err, "tests[0]")
}

// What phones switch for the moment is not what is written down.
func TestPhonesAreNotKeptByTests(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, expecting)
	// Closed for the day: the test goes by the hours.
	if _, err := h.Override(t.Context(), "acme", "1001", routing.Override{Schedule: "office", State: routing.OverrideClosed, Until: "2026-11-22T00:00:00Z"}); err != nil {
		t.Error(err)
	}
	if out := apply(t, h, "tenant: acme\nlists: []\nblocklist: [{number: \"+13055550166\"}]\n"); out.Tests != 1 {
		t.Errorf("%+v", out)
	}
	if _, err := h.Apply(t.Context(), config.Request{Files: files("tenant: acme\n" + wrongRule + "\n"), SkipTests: true}); err != nil {
		t.Fatal(err)
	}
	out, err := h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error {
		c.Extensions[0].DoNotDisturb = true
		c.Extensions[1].Forward = map[routing.ForwardType]routing.CallForward{routing.ForwardBusy: {Number: "1001"}}
		return nil
	})
	if err != nil || out.Tests != 0 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error { c.Extensions[0].RingSeconds = 9; return nil }); err != nil || out.Tests != 1 {
		t.Errorf("%+v %v", out, err)
	}
}

// A change of the operator's runs the tests of those it touches, and a suspended
// tenant's never.
func TestTheOperatorsChangesAreTested(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator, expecting)
	zone := strings.Replace(operator, "    country: US\n", "    country: US\n    timezone: Asia/Tokyo\n", 1)
	if out := apply(t, h, zone); out.Tests != 1 {
		t.Errorf("%+v", out)
	}
	night := strings.Replace(expecting, "name: office\n", "name: office\n    timezone: UTC\n", 1)
	apply(t, h, operator, night)
	_, err := h.Apply(t.Context(), config.Request{Files: files(zone)}) // 10:00 in Tokyo is 01:00 in UTC
	refusedByTest(t, err, "acme.tests[0]")
	if out := apply(t, h, strings.Replace(zone, "    country: US\n", "    country: US\n    suspended: true\n", 1)); out.Tests != 0 {
		t.Errorf("%+v", out)
	}
}
