package replay_test

import (
	"fmt"
	"strings"
	"testing"

	"switchyard/internal/record"
	"switchyard/internal/replay"
	"switchyard/routing"
)

// rules gives the platform with one rule, in front of a route to 1001.
func rules(t *testing.T, when string) *routing.Directory {
	t.Helper()
	_, d, problems := routing.CompileFiles([]routing.File{
		{Name: "operator.yaml", Data: []byte(strings.ReplaceAll(operator, "MORE", ""))},
		{Name: "acme.yaml", Data: fmt.Appendf(nil, `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002"}]
dids: [{number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}]
rules: [{name: asks, when: '%s', then: {route: extension, target: "1002"}}]
`, when)},
	})
	if d == nil {
		t.Fatal(problems)
	}
	return d
}

// Whether a call can be decided again depends on what its rules asked for then:
// what they did is known, a header that was not there too.
func TestWhatWasAskedForThen(t *testing.T) {
	const (
		nothing  = `call.from == "+13055550199"`
		spring   = `"x-campaign" in call.headers && call.headers["x-campaign"] == "spring"`
		summer   = `"x-campaign" in call.headers && call.headers["x-campaign"] == "summer"`
		other    = `"x-other" in call.headers`
		any      = `call.headers.exists(name, call.headers[name] == "summer")`
		here     = `extension("1001").registered`
		gone     = `!extension("1001").registered`
		anothers = `extension("1002").registered`
	)
	campaign := func(season string) map[string]string { return map[string]string{"X-Campaign": season} }
	for name, tt := range map[string]struct {
		published, draft string
		headers          map[string]string
		live             routing.Live
		want             string // changed, unchanged, or why it is not known
	}{
		"the header that was kept":           {spring, summer, campaign("summer"), nil, "changed"},
		"another value of it":                {spring, summer, campaign("winter"), nil, "unchanged"},
		"a header that was not there":        {spring, summer, nil, nil, "unchanged"},
		"a header nobody asked for":          {nothing, spring, campaign("spring"), nil, "header x-campaign was not kept with it: no rule asked for it then"},
		"another header":                     {spring, other, campaign("spring"), nil, "header x-other was not kept with it: no rule asked for it then"},
		"all headers, of which one was kept": {spring, any, campaign("summer"), nil, "not all of its headers were kept with it"},
		"one header of all":                  {any, spring, campaign("spring"), nil, "changed"},
		"one of all that was not there":      {any, other, campaign("spring"), nil, "unchanged"},
		"the phone that was asked for":       {gone, here, nil, routing.Assumed(nil), "changed"},
		"a phone of which nothing was known": {gone, here, nil, nil, "unchanged"},
		"another phone":                      {here, anothers, nil, routing.Assumed(nil), "what extension 1002 was then was not kept with it"},
	} {
		t.Run(name, func(t *testing.T) {
			published, draft := rules(t, tt.published), rules(t, tt.draft)
			call := in("+13055550122", "+13055550100")
			call.ID, call.Headers = "c1", tt.headers
			decision := published.Decide(call, monday, tt.live)
			c := record.Call{
				ID: "c1", TenantID: decision.Tenant, Direction: decision.Direction, CallerRaw: call.CallerNumber, DialledRaw: call.Dialled,
				StartedAt: monday, Facts: decision.Facts, Rule: decision.Rule, Steps: []record.Step{{N: 1, Destination: decision.Destination}},
			}
			r, err := replay.Run(t.Context(), memory{c}, replay.Request{Published: published, Draft: draft})
			if err != nil {
				t.Fatal(err)
			}
			got := "unchanged"
			switch {
			case len(r.Unknowns) > 0:
				got = r.Unknowns[0].Reason
			case r.Changed > 0:
				got = "changed"
			}
			if got != tt.want || r.Calls != 1 || r.WentElsewhere != 0 {
				t.Errorf("%s, want %s (%+v)", got, tt.want, r)
			}
		})
	}
}
