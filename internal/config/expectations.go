package config

import (
	"bytes"
	"encoding/json"
	"slices"

	"switchyard/routing"
)

const testsKind = "tests"

// tested runs the tests of the tenants that a proposal changes, and of those
// that a change of the operator's touches, on the directory there would be: cfg
// is what that was compiled from. It gives how many there were, and a problem
// for each that fails; a warning for one that failed before as well, by no word
// changed, and so is not broken by this change.
//
// What phones and commands switch for the moment runs none: an extension's
// doNotDisturb and forwards, overrides of schedules. It is not what is written
// down, and no test may keep a phone from it.
func (h *Holder) tested(p proposal, cfg routing.Config, d *routing.Directory) (all []routing.TestResult, problems []routing.Problem) {
	for _, scope := range h.toTest(p, d) {
		plan, ok := d.Plan(scope)
		if !ok {
			continue
		}
		config := cfg
		if !slices.ContainsFunc(cfg.Tenants, func(t routing.TenantConfig) bool { return t.Tenant == plan.Tenant().Name }) {
			config = routing.Config{Operator: cfg.Operator, Tenants: h.publishedTenant(scope, plan.Tenant().Name)}
		}
		results := routing.RunTests(d, config, plan.Tenant().Name)
		all = append(all, results...)
		problems = append(problems, h.failures(scope, config, results)...)
	}
	return all, problems
}

// toTest gives the tenants, by id, whose tests a proposal has to pass.
func (h *Holder) toTest(p proposal, d *routing.Directory) []string {
	if p.skipTests {
		return nil
	}
	var scopes []string
	for i := range p.publications {
		change := &p.publications[i]
		switch {
		case change.Scope == OperatorScope:
			for _, g := range d.Tenants() {
				if h.hasTests(string(g.ID)) && !d.SameTenant(h.Directory(), g.ID) {
					scopes = append(scopes, string(g.ID))
				}
			}
		case !p.byProgram() || !ofTheMoment(change):
			scopes = append(scopes, change.Scope)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

func (h *Holder) hasTests(scope string) bool {
	return slices.ContainsFunc(h.published().of(scope), func(o Object) bool { return o.Kind == testsKind })
}

// byProgram tells that no files are behind a proposal.
func (p proposal) byProgram() bool { return len(p.parsed.Tenants) == 0 && !p.parsed.OperatorFiles() }

// ofTheMoment tells whether a change of a tenant is one of what phones and
// commands switch, and nothing else.
func ofTheMoment(p *Publication) bool {
	for _, pair := range paired(p.Edit.Gone, p.Edit.Added) {
		switch {
		case pair.was == nil || pair.now == nil:
			if kind := kindOf(pair); kind != overridesKind {
				return false
			}
		case pair.now.Kind == overridesKind || bytes.Equal(pair.was.Body, pair.now.Body) && pair.was.Place == pair.now.Place:
		case pair.now.Kind != "extensions" || !sameButSwitches(pair):
			return false
		}
	}
	return true
}

func kindOf(p objectPair) string {
	if p.now != nil {
		return p.now.Kind
	}
	return p.was.Kind
}

// sameButSwitches compares two states of an extension without what its phone
// switches.
func sameButSwitches(p objectPair) bool {
	var was, now routing.Extension
	if json.Unmarshal(p.was.Body, &was) != nil || json.Unmarshal(p.now.Body, &now) != nil {
		return false
	}
	for _, e := range []*routing.Extension{&was, &now} {
		e.DoNotDisturb, e.Forward = false, nil
	}
	a, errA := json.Marshal(was)
	b, errB := json.Marshal(now)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// failures gives the problems of the tests that failed.
func (h *Holder) failures(scope string, cfg routing.Config, results []routing.TestResult) []routing.Problem {
	var problems []routing.Problem
	var before map[string]bool
	for _, r := range results {
		if r.Passed {
			continue
		}
		if before == nil {
			before = h.failing(scope)
		}
		p := *r.Problem
		if before[testKey(cfg, r)] {
			p.Warning = true
			p.Message += "; it failed before this change as well"
		}
		problems = append(problems, p)
	}
	return problems
}

// failing gives the tests of a tenant that fail as things are, by testKey.
func (h *Holder) failing(scope string) map[string]bool {
	failing := map[string]bool{}
	plan, ok := h.Directory().Plan(scope)
	if !ok {
		return failing
	}
	cfg := routing.Config{Operator: h.publishedOperator(), Tenants: h.publishedTenant(scope, plan.Tenant().Name)}
	for _, r := range routing.RunTests(h.Directory(), cfg, plan.Tenant().Name) {
		if !r.Passed {
			failing[testKey(cfg, r)] = true
		}
	}
	return failing
}

// testKey is a test as it is written, but for its id.
func testKey(cfg routing.Config, r routing.TestResult) string {
	for _, t := range cfg.Tenants {
		for _, test := range t.Tests {
			if t.Tenant == r.Tenant && test.Name == r.Name {
				test.ID = ""
				text, err := json.Marshal(test)
				if err != nil {
					return ""
				}
				return string(text)
			}
		}
	}
	return ""
}

// publishedTenant gives one tenant's configuration as it is published.
func (h *Holder) publishedTenant(scope, name string) []routing.TenantConfig {
	cfg := routing.TenantConfig{Tenant: name}
	for _, o := range h.withoutExpired(h.published().of(scope)) {
		if addTenant(&cfg, o) != nil {
			return nil // it could not have been loaded
		}
	}
	return []routing.TenantConfig{cfg}
}

func (h *Holder) publishedOperator() routing.OperatorConfig {
	var cfg routing.OperatorConfig
	for _, o := range h.published().of(OperatorScope) {
		if addOperator(&cfg, o) != nil {
			return routing.OperatorConfig{} // it could not have been loaded
		}
	}
	return cfg
}
