package routing

import (
	"slices"
	"time"
)

// TestResult is what came of one of a tenant's tests.
type TestResult struct {
	Tenant string `json:"tenant"`
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	// Problem says what went otherwise and why, at the test's place; nil if it
	// passed.
	Problem *Problem `json:"problem,omitempty"`
}

// RunTests runs the tests of one tenant, by its name in cfg, on d, which cfg was
// compiled to. Overrides of the tenant's schedules do not count. A tenant that is
// not there, or is suspended, has no results: none of its calls go anywhere,
// which is the operator's to say.
func RunTests(d *Directory, cfg Config, tenant string) []TestResult {
	i := slices.IndexFunc(cfg.Tenants, func(t TenantConfig) bool { return t.Tenant == tenant })
	if i < 0 || len(cfg.Tenants[i].Tests) == 0 {
		return nil
	}
	own, known := d.Plan(tenant)
	if !known || own.grant.Suspended {
		return nil
	}
	if d = withoutOverrides(d, own, cfg.Tenants[i]); d == nil {
		return nil // what it is without them is refused for itself
	}
	place := scope{compiler: &compiler{cfg: cfg}, key: tenant, owner: tenant}
	results := make([]TestResult, 0, len(cfg.Tenants[i].Tests))
	for j, test := range cfg.Tenants[i].Tests {
		r := TestResult{Tenant: own.grant.Name, Name: test.Name, Passed: true}
		if wrong, hint, failed := runTest(d, own.grant.ID, test); failed {
			r.Passed, r.Problem = false, place.testProblem(j, wrong, hint)
		}
		results = append(results, r)
	}
	return results
}

// withoutOverrides gives a directory in which no override of the tenant counts;
// nil if the tenant does not compile without them.
func withoutOverrides(d *Directory, own *Plan, config TenantConfig) *Directory {
	if len(config.Overrides) == 0 {
		return d
	}
	config.Overrides = nil
	place := d.byID[own.grant.ID]
	was := d.tenants[place]
	plan, _ := compileAlone(was.granted, was.revision, config, own)
	if plan == nil {
		return nil
	}
	alone := &tenant{granted: was.granted, revision: was.revision, good: true}
	alone.plan.Store(plan)
	next := &Directory{roster: d.roster, tenants: slices.Clone(d.tenants), hooks: d.hooks}
	next.tenants[place] = alone
	return next
}

// testProblem is what is said of a test that failed, where it is written.
func (s scope) testProblem(i int, message, hint string) *Problem {
	before := len(s.problems)
	s.add(path{"tests", i}, message, hint)
	if len(s.problems) == before { // its place could not be read: said already
		return &Problem{Path: joinRest(s.owner, path{"tests", i}), Message: message, Hint: hint}
	}
	return &s.problems[len(s.problems)-1]
}

// runTest decides a test's call and compares.
func runTest(d *Directory, tenant TenantID, test Test) (wrong, hint string, failed bool) {
	plan, ok := d.Plan(string(tenant))
	if !ok {
		return "", "", false
	}
	at, ok := plan.testTime(test.Call.At)
	if !ok {
		return "", "", false // said when it was read
	}
	call, live := plan.testCall(test, at), Assumed(test.Call.Extensions)
	decision := d.Decide(call, at, live)
	if decision.Tenant != tenant {
		// A call of nobody's, or of another tenant: nothing to learn about it here.
		decision = Decision{Verdict: UnknownNumber}
	}
	missing := test.Expect.missing(plan, decision)
	if missing == "" {
		return "", "", false
	}
	return `test "` + test.Name + `" failed: it ` + went(decision) + ", expected " + missing,
		testReason(d.Explain(call, at, live), plan, decision, test.Expect), true
}

// testTime reads when a test's call is.
func (p *Plan) testTime(text string) (time.Time, bool) {
	if exact, err := time.Parse(time.RFC3339, text); err == nil {
		return exact.In(p.zone), true
	}
	local, err := time.Parse(testTimeLayout, text)
	if err != nil {
		return time.Time{}, false
	}
	w := wall{zone: p.zone}
	return time.Unix(w.first(local.Unix()), 0).In(p.zone), true
}

// testTimeLayout is a time by the tenant's clock.
const testTimeLayout = "2006-01-02 15:04"

// testCall is a test's call as a switch would have told of it.
func (p *Plan) testCall(test Test, at time.Time) Call {
	c := test.Call
	call := Call{
		ID: CallID(c.ID), CallerNumber: c.From, CallerName: c.Name, Dialled: c.To,
		Trunk: c.Trunk, Headers: c.Headers, CreatedAt: at,
		Anonymous: c.From == "" && c.Phone == "",
	}
	if call.ID == "" {
		call.ID = CallID("test " + test.Name)
	}
	if e, ok := p.extensions[c.Phone]; ok {
		call.AuthUser, call.AuthDomain, call.CallerNumber = e.Extension, p.Domain(), e.Extension
	}
	return call
}

// TestProblems runs the tests of all tenants of a configuration, and gives what is
// to say of those that fail.
func TestProblems(d *Directory, cfg Config) []Problem {
	var problems []Problem
	for _, t := range cfg.Tenants {
		for _, r := range RunTests(d, cfg, t.Tenant) {
			if r.Problem != nil {
				problems = append(problems, *r.Problem)
			}
		}
	}
	return problems
}
