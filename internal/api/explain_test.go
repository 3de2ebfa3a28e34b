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

func TestExplainRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, says string }{
		"no such tenant":         {`{"tenant":"nobody","to":"+13055550100"}`, `no tenant "nobody"`},
		"another tenant's":       {`{"tenant":"acme","to":"+13055559999"}`, `not for tenant "acme"`},
		"a phone without tenant": {`{"phone":"1001","to":"1002"}`, "needs its tenant"},
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
