package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"switchyard/routing"
)

const rivalsTrunk = `
trunks:
  - {name: rival-line, country: GB}
  - {name: carrier-a, gateway: carrier-a, country: US}
`

// withARivalsTrunk has a trunk first that acme was not granted and that takes
// calls from anywhere.
func withARivalsTrunk(t *testing.T) *endpoint {
	e := newEndpoint(t)
	given[struct{}](e, e.post("/api/config/apply", filesBody(rivalsTrunk, nil)), http.StatusOK)
	return e
}

// A tenant's keys ask about calls of their tenant, a readonly one too.
func TestATenantExplains(t *testing.T) {
	e := withARivalsTrunk(t)
	for name, body := range map[string]string{
		"its number":          `{"from":"+13055550111","to":"+13055550100"}`,
		"by its name":         `{"tenant":"acme","from":"+13055550111","to":"+13055550100"}`,
		"by its id":           `{"tenant":"` + acme + `","from":"+13055550111","to":"+13055550100"}`,
		"from a phone":        `{"phone":"1002","to":"1001"}`,
		"national, its trunk": `{"from":"3055550111","to":"3055550100","trunk":"carrier-a"}`,
	} {
		for who, key := range map[string]string{"admin": e.admin, "readonly": e.readonly} {
			w := e.as(key, "POST", "/api/explain", body)
			out := given[routing.Explanation](e, w, http.StatusOK)
			if out.Tenant != "acme" || out.Destination.Target != "1001" || strings.Contains(w.Body.String(), "rival") {
				t.Errorf("%s, %s: %s", name, who, w.Body)
			}
		}
	}
	out := given[routing.Explanation](e, e.as(operatorKey, "POST", "/api/explain?tenantId=acme", `{"to":"+13055550100"}`), http.StatusOK)
	if out.Checks[0].Result != "carrier-a" {
		t.Errorf("%+v", out.Checks[0])
	}
	if out := given[routing.Explanation](e, e.post("/api/explain", `{"to":"+13055550100"}`), http.StatusOK); out.Checks[0].Result != "rival-line" {
		t.Errorf("the operator sees %+v", out.Checks[0])
	}
}

// What is not the tenant's cannot be told from what is not there.
func TestATenantLearnsNothingOfOthersByExplain(t *testing.T) {
	e := withARivalsTrunk(t)
	answer := func(body string) (int, string) {
		w := e.as(e.admin, "POST", "/api/explain", body)
		return w.Code, w.Body.String()
	}
	for name, c := range map[string]struct{ theirs, nobodys string }{
		"tenants":         {`{"tenant":"rival","to":"+13055550200"}`, `{"tenant":"nobody","to":"+13055550200"}`},
		"by id":           {`{"tenant":"` + rival + `","to":"+13055550100"}`, `{"tenant":"nobody","to":"+13055550100"}`},
		"numbers":         {`{"to":"+13055550200"}`, `{"to":"+13055559999"}`},
		"trunks":          {`{"to":"+13055550100","trunk":"rival-line"}`, `{"to":"+13055550100","trunk":"no-such-one"}`},
		"trunks' country": {`{"to":"3055550100","trunk":"rival-line"}`, `{"to":"3055550100","trunk":"no-such-one"}`},
	} {
		code, theirs := answer(c.theirs)
		nobodysCode, nobodys := answer(c.nobodys)
		// What was asked for is the one thing that may differ.
		theirs = strings.ReplaceAll(theirs, "+13055550200", "+13055559999")
		if code != nobodysCode || theirs != nobodys || strings.Contains(theirs, "rival") {
			t.Errorf("%s: %d %s\nand of what is not there %d %s", name, code, theirs, nobodysCode, nobodys)
		}
	}
	e.refused(e.as(e.admin, "POST", "/api/explain", `{"tenant":"rival","to":"1"}`), http.StatusNotFound, "not_found")
}

// unwatched are the phones of a server without switches.
type unwatched struct{ phones }

func (unwatched) Watched() bool { return false }

// Without switches a phone is as unknown as when a call comes, unless the request
// assumes something of it.
func TestExplainWithoutSwitches(t *testing.T) {
	const rule = "tenant: acme\nrules: [{name: there, when: 'extension(\"1001\").registered', then: {route: extension, target: \"1002\"}}]\n"
	for name, c := range map[string]struct {
		phones     Phones
		assume     string
		rule, says string
	}{
		"switches":           {phones{}, `{}`, "there", "true: assumed"},
		"none":               {unwatched{}, `{}`, "", "extension 1001: registered is not known: no switch is watched; try --assume 1001=registered"},
		"no phones at all":   {nil, `{}`, "", "no switch is watched"},
		"registered":         {unwatched{}, `{"1001":{"registered":true}}`, "there", "true: assumed"},
		"another, assumed":   {unwatched{}, `{"1002":{"registered":true}}`, "", "no switch is watched"},
		"unregistered":       {unwatched{}, `{"1001":{"registered":false}}`, "", "false: assumed"},
		"free is registered": {unwatched{}, `{"1001":{"onCall":false}}`, "there", "true: assumed"},
	} {
		e := newEndpoint(t)
		given[struct{}](e, e.post("/api/config/apply", filesBody(rule, nil)), http.StatusOK)
		e.server.Phones = c.phones
		out := e.explained(`{"from":"+13055550111","to":"+13055550100","assume":{"extensions":` + c.assume + `}}`)
		if text := out.String(); out.Rule != c.rule || !strings.Contains(text, c.says) {
			shown, _ := json.Marshal(out.FailedRules)
			t.Errorf("%s: by %q (failed %s), want %q and %q in\n%s", name, out.Rule, shown, c.rule, c.says, text)
		}
	}
}
