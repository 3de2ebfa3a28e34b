package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"switchyard/routing"
)

func (e *endpoint) explained(body string) routing.Explanation {
	e.t.Helper()
	w := e.post("/api/explain", body)
	var out routing.Explanation
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		e.t.Fatalf("%s answered %d %s", body, w.Code, w.Body)
	}
	return out
}

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		body        string
		verdict     routing.Verdict
		destination string
	}{
		"at noon, which is now":    {`{"from":"+13055550111","to":"+13055550100"}`, routing.Routed, "extension 1001"},
		"in the morning":           {`{"from":"+13055550111","to":"+13055550100","at":"2026-11-20T09:00:00Z"}`, routing.Routed, "extension 1002"},
		"for its tenant":           {`{"tenant":"acme","from":"+13055550111","to":"+13055550100"}`, routing.Routed, "extension 1001"},
		"for its tenant by id":     {`{"tenant":"6a097cb2-504f-43be-819a-b76209976818","from":"+13055550111","to":"+13055550100"}`, routing.Routed, "extension 1001"},
		"from a phone":             {`{"tenant":"acme","phone":"1001","to":"1002"}`, routing.Routed, "extension 1002"},
		"from a phone, to outside": {`{"tenant":"acme","phone":"1001","to":"+442071234567"}`, routing.CallDenied, " "},
		"a number nobody has":      {`{"from":"+13055550111","to":"+13055559999"}`, routing.UnknownNumber, " "},
	} {
		t.Run(name, func(t *testing.T) {
			out := newEndpoint(t).explained(c.body)
			if out.Verdict != c.verdict || out.Destination.String() != c.destination {
				t.Errorf("%s to %q, want %s to %q", out.Verdict, out.Destination, c.verdict, c.destination)
			}
		})
	}
}

// A caller without a number is anonymous to rules too.
func TestExplainAnonymous(t *testing.T) {
	var blocklist string
	for _, c := range newEndpoint(t).explained(`{"to":"+13055550100"}`).Checks {
		if c.Check == "blocklist" {
			blocklist = c.Subject
		}
	}
	if blocklist != "anonymous caller" {
		t.Errorf("the blocklist looked at %q", blocklist)
	}
}

// What is assumed of a call and of phones is what rules read.
func TestExplainAssumes(t *testing.T) {
	for name, c := range map[string]struct{ body, rule, shows string }{
		"phones are free unless it is said": {`{"from":"+13055550111","to":"+13055550100"}`, "", `extension("1001").onCall  false: assumed`},
		"a phone on a call":                 {`{"from":"+13055550111","to":"+13055550100","assume":{"extensions":{"1001":{"onCall":true}}}}`, "busy", `extension("1001").onCall  true: assumed`},
		"a phone that is not there":         {`{"from":"+13055550111","to":"+13055550100","assume":{"extensions":{"1001":{"registered":false}}}}`, "", `extension 1001 [not rung: 1001 unregistered]`},
		"a header":                          {`{"from":"+13055550111","to":"+13055550100","headers":{"X-Campaign":"spring"}}`, "campaign", `call.headers["x-campaign"] is "spring"`},
		"a name":                            {`{"from":"+13055550111","to":"+13055550100","name":"Ann"}`, "ann", `call.callerName is "Ann"`},
		"a call's id":                       {`{"from":"+13055550111","to":"+13055550100","id":"c3"}`, "", `call.bucket is 19`},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			rules := `[{name: ann, when: 'call.callerName == "Ann"', then: {route: extension, target: "1002"}},` +
				`{name: campaign, when: 'call.headers["x-campaign"] == "spring"', then: {route: extension, target: "1002"}},` +
				`{name: busy, when: 'extension("1001").onCall || call.bucket == 99', then: {route: extension, target: "1002"}}]`
			if w := e.post("/api/config/apply", `{"files":[{"name":"a.yaml","text":"{tenant: acme, rules: `+strings.ReplaceAll(rules, `"`, `\"`)+`}"}]}`); w.Code != 200 {
				t.Fatal(w.Body)
			}
			out := e.explained(c.body)
			if text := out.String(); out.Rule != c.rule || !strings.Contains(text, c.shows) {
				t.Errorf("rule %q, want %q, and %q in\n%s", out.Rule, c.rule, c.shows, text)
			}
		})
	}
}

func TestExplainRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, says string }{
		"no such tenant":         {`{"tenant":"nobody","to":"+13055550100"}`, `no tenant "nobody"`},
		"another tenant's":       {`{"tenant":"acme","to":"+13055559999"}`, `not for tenant "acme"`},
		"a phone without tenant": {`{"phone":"1001","to":"1002"}`, "needs its tenant"},
		"phones it has not":      {`{"to":"+13055550100","assume":{"extensions":{"1999":{"onCall":true}}}}`, `no extension "1999" to assume`},
		"a phone nobody has":     {`{"tenant":"acme","phone":"1009","to":"1002"}`, `has no phone "1009"`},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			f := e.refused(e.post("/api/explain", c.body), http.StatusNotFound, "not_found")
			if !strings.Contains(f.Message, c.says) {
				t.Errorf("it says %q", f.Message)
			}
		})
	}
}
