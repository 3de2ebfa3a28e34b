package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/config"
	"switchyard/routing"
)

var bodyOf = map[string]string{"/api/config/apply": `{"files":[]}`, "/api/explain": `{}`}

func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		opens  bool
	}{
		"none":              {nil, false},
		"wrong":             {http.Header{"Authorization": {"Bearer csk_live_wrong"}}, false},
		"prefix of it":      {http.Header{"X-Api-Key": {operatorKey[:5]}}, false},
		"other scheme":      {http.Header{"Authorization": {"Basic " + operatorKey}}, false},
		"bearer":            {http.Header{"Authorization": {"Bearer " + operatorKey}}, true},
		"X-API-Key":         {http.Header{"X-Api-Key": {operatorKey}}, true},
		"bearer goes first": {http.Header{"X-Api-Key": {operatorKey}, "Authorization": {"Bearer wrong"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/api/config/apply", "/api/explain"} {
				e := newEndpoint(t)
				w := e.do("POST", path, bodyOf[path], c.header)
				if !c.opens {
					e.refused(w, http.StatusUnauthorized, "unauthorized")
				}
				if opened := w.Code == http.StatusOK; opened != c.opens {
					t.Errorf("%s answered %d", path, w.Code)
				}
				if e.cfg.calls > 0 && !c.opens {
					t.Errorf("%s was carried out", path)
				}
			}
		})
	}
}

func TestBodies(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"empty":           {``, 400, "required"},
		"no JSON":         {`files: []`, 400, ""},
		"two":             {`{"files": []} {"files": []}`, 400, ""},
		"garbage behind":  {`{"files": []}}`, 400, ""},
		"ends too early":  {`{"files": [`, 400, ""},
		"wrong type":      {`{"files": "acme.yaml"}`, 422, "body.files: expected array"},
		"unknown field":   {`{"files": [], "tenant": "s3cret"}`, 422, "body.tenant: unexpected property"},
		"something else":  {`[]`, 422, "expected object"},
		"a field missing": {`{"files": [{"name": "a.yaml"}]}`, 422, "body.files[0]: expected required property text to be present"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			f := e.refused(e.post("/api/config/apply", c.body), c.status, code(c.status))
			if !strings.Contains(f.Error(), c.says) || strings.Contains(f.Error(), "s3cret") {
				t.Errorf("it says %q", f.Error())
			}
			if e.cfg.calls > 0 {
				t.Error("it was carried out")
			}
		})
	}
}

func TestBodyTooLarge(t *testing.T) {
	e := newEndpoint(t)
	body := `{"files":[{"name":"a.yaml","text":"` + strings.Repeat("x", configurationMost) + `"}]}`
	f := e.refused(e.post("/api/config/apply", body), http.StatusRequestEntityTooLarge, "too_large")
	if !strings.Contains(f.Message, "32 MiB") {
		t.Errorf("it does not say the limit: %s", f.Message)
	}
}

func TestNotFound(t *testing.T) {
	e := newEndpoint(t)
	e.refused(e.do("GET", "/api/nothing", "", nil), http.StatusNotFound, "not_found")
	e.refused(e.do("GET", "/", "", nil), http.StatusNotFound, "not_found")
	e.refused(e.do("DELETE", "/api/explain", "", nil), http.StatusNotFound, "not_found")
}

func TestApply(t *testing.T) {
	e := newEndpoint(t)
	var got config.Request
	e.cfg.instead = func(r config.Request) (config.Applied, error) {
		got = r
		return config.Applied{
			Changes:   []config.Difference{{Scope: "acme", Kind: "rules", Name: "vip", Change: "added"}},
			Revisions: map[string]int{"acme": 4},
		}, nil
	}
	w := e.post("/api/config/apply", `{"files":[{"name":"acme.yaml","text":"tenant: acme\n"}],"author":"ann","comment":"why","dryRun":true,"base":{"acme":3}}`)
	want := `{"changes":[{"scope":"acme","kind":"rules","name":"vip","change":"added"}],"revisions":{"acme":4}}` + "\n"
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	asked := config.Request{
		Files:  []routing.File{{Name: "acme.yaml", Data: []byte("tenant: acme\n")}},
		Author: "operator (ann)", Comment: "why", DryRun: true, Base: map[string]int{"acme": 3},
	}
	if diff := cmp.Diff(asked, got); diff != "" {
		t.Errorf("asked for (- want, + got):\n%s", diff)
	}
}

func TestApplyRefused(t *testing.T) {
	e := newEndpoint(t)
	problems := config.Problems{
		{File: "acme.yaml", Line: 3, Column: 9, Path: "rules[0].when", Message: "unknown name call.form", Hint: "did you mean call.from?"},
		{File: "acme.yaml", Line: 7, Column: 1, Message: "goes nowhere", Warning: true},
	}
	e.cfg.instead = func(config.Request) (config.Applied, error) { return config.Applied{}, problems }
	f := e.refused(e.post("/api/config/apply", `{"files":[]}`), http.StatusUnprocessableEntity, "invalid_configuration")
	if diff := cmp.Diff([]routing.Problem(problems), f.Problems); diff != "" {
		t.Errorf("problems (- want, + got):\n%s", diff)
	}
}

func TestApplyStale(t *testing.T) {
	e := newEndpoint(t)
	e.cfg.instead = func(config.Request) (config.Applied, error) {
		return config.Applied{}, errors.Join(errors.New("publish"), config.ErrStale)
	}
	f := e.refused(e.post("/api/config/apply", `{"files":[]}`), http.StatusConflict, "conflict")
	if !strings.Contains(f.Message, "changed by somebody else") {
		t.Errorf("it does not say why: %s", f.Message)
	}
}

// What the store says goes to the log and not to the client.
func TestApplyWithoutStore(t *testing.T) {
	e := newEndpoint(t)
	e.cfg.instead = func(config.Request) (config.Applied, error) {
		return config.Applied{}, errors.New("publish: dial tcp 10.1.2.3:5432: password authentication failed for user switchyard")
	}
	w := e.post("/api/config/apply", `{"files":[]}`)
	e.refused(w, http.StatusServiceUnavailable, "store_unavailable")
	for _, secret := range []string{"10.1.2.3", "password", "dial"} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("the answer tells %q: %s", secret, w.Body)
		}
	}
	if !strings.Contains(e.log.String(), "10.1.2.3") {
		t.Errorf("the log does not tell what happened: %s", &e.log)
	}
}

func TestReady(t *testing.T) {
	e := newEndpoint(t)
	if w := e.do("GET", "/readyz", "", nil); w.Code != http.StatusOK || w.Body.String() != `{"status":"ready"}`+"\n" {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
	e.server.Ready = func(context.Context) map[string]string { return map[string]string{"store": "away"} }
	w := e.do("GET", "/readyz", "", nil)
	if w.Code != http.StatusServiceUnavailable || w.Body.String() != `{"parts":{"store":"away"},"status":"degraded"}`+"\n" {
		t.Errorf("degraded: %d %s", w.Code, w.Body)
	}
	// Alive is another question than ready.
	if w := e.do("GET", "/healthz", "", nil); w.Code != http.StatusOK || w.Body.String() != `{"status":"ok"}`+"\n" {
		t.Errorf("healthz: %d %s", w.Code, w.Body)
	}
}

func TestMetrics(t *testing.T) {
	e := newEndpoint(t)
	if w := e.do("GET", "/metrics", "", nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "switchyard_calls_live 3") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
