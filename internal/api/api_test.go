package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/internal/config"
	"switchyard/routing"
)

const key = "csk_live_test"

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// configuration stands in for the holder.
type configuration struct {
	directory *routing.Directory
	applied   config.Applied
	err       error
	asked     config.Request
	calls     int
}

func (c *configuration) Apply(_ context.Context, r config.Request) (config.Applied, error) {
	c.calls++
	c.asked = r
	return c.applied, c.err
}

func (c *configuration) Directory() *routing.Directory { return c.directory }

const platform = `
trunks: [{name: carrier-a, gateway: carrier-a, country: US}]
tenants:
  - name: acme
    id: 6a097cb2-504f-43be-819a-b76209976818
    country: US
    domains: [acme.example]
    numbers: ["+13055550100"]
    trunks: [carrier-a]
`

const tenant = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002"}]
dids: [{number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}]
rules: [{name: early, when: "now.hour < 12", then: {route: extension, target: "1002"}}]
`

// endpoint is a server under test with what it logged.
type endpoint struct {
	t      *testing.T
	server *Server
	cfg    *configuration
	log    bytes.Buffer
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	_, directory, problems := routing.CompileFiles([]routing.File{{Name: "operator.yaml", Data: []byte(platform)}, {Name: "acme.yaml", Data: []byte(tenant)}})
	if directory == nil {
		t.Fatalf("the test's configuration: %v", problems)
	}
	e := &endpoint{t: t, cfg: &configuration{directory: directory}}
	e.server = &Server{
		Configuration: e.cfg,
		OperatorKey:   key,
		Ready:         func(context.Context) map[string]string { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("switchyard_calls_live 3\n"))
		}),
		Now: func() time.Time { return noon },
		Log: zerolog.New(&e.log),
	}
	return e
}

func (e *endpoint) do(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	e.server.Handler().ServeHTTP(w, r)
	return w
}

func (e *endpoint) post(path, body string) *httptest.ResponseRecorder {
	return e.do("POST", path, body, http.Header{"Authorization": {"Bearer " + key}})
}

// refused expects an error of the documented shape.
func (e *endpoint) refused(w *httptest.ResponseRecorder, code int, name string) Failure {
	e.t.Helper()
	var f Failure
	if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil {
		e.t.Fatalf("not an error's body: %s", w.Body)
	}
	if w.Code != code || f.Code != name || f.Error == "" {
		e.t.Errorf("answered %d %s, want %d with code %s", w.Code, w.Body, code, name)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		e.t.Errorf("content type %q", got)
	}
	return f
}

func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		header http.Header
		opens  bool
	}{
		"none":              {nil, false},
		"wrong":             {http.Header{"Authorization": {"Bearer csk_live_wrong"}}, false},
		"prefix of it":      {http.Header{"X-Api-Key": {key[:5]}}, false},
		"other scheme":      {http.Header{"Authorization": {"Basic " + key}}, false},
		"bearer":            {http.Header{"Authorization": {"Bearer " + key}}, true},
		"X-API-Key":         {http.Header{"X-Api-Key": {key}}, true},
		"bearer goes first": {http.Header{"X-Api-Key": {key}, "Authorization": {"Bearer wrong"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/api/config/apply", "/api/explain"} {
				e := newEndpoint(t)
				w := e.do("POST", path, `{}`, c.header)
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

// A server without a key lets nobody in, rather than everybody.
func TestNoKeyOpensNothing(t *testing.T) {
	e := newEndpoint(t)
	e.server.OperatorKey = ""
	e.refused(e.do("POST", "/api/explain", `{}`, http.Header{"X-Api-Key": {""}}), http.StatusUnauthorized, "unauthorized")
}

func TestBodies(t *testing.T) {
	for name, body := range map[string]string{
		"empty":          ``,
		"no JSON":        `files: []`,
		"wrong type":     `{"files": "acme.yaml"}`,
		"unknown field":  `{"files": [], "tenant": "acme"}`,
		"two":            `{"files": []} {"files": []}`,
		"garbage behind": `{"files": []}}`,
		"ends too early": `{"files": [`,
		"something else": `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			e.refused(e.post("/api/config/apply", body), http.StatusBadRequest, "bad_request")
			if e.cfg.calls > 0 {
				t.Error("it was carried out")
			}
		})
	}
}

func TestBodyTooLarge(t *testing.T) {
	e := newEndpoint(t)
	body := `{"files":[{"name":"a.yaml","text":"` + strings.Repeat("x", bodyMost) + `"}]}`
	f := e.refused(e.post("/api/config/apply", body), http.StatusRequestEntityTooLarge, "too_large")
	if !strings.Contains(f.Error, "32 MB") {
		t.Errorf("it does not say the limit: %s", f.Error)
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
	e.cfg.applied = config.Applied{
		Changes:   []config.Difference{{Scope: "acme", Kind: "rules", Name: "vip", Change: "added"}},
		Revisions: map[string]int{"acme": 4},
	}
	w := e.post("/api/config/apply", `{"files":[{"name":"acme.yaml","text":"tenant: acme\n"}],"author":"ann","comment":"why","dryRun":true,"base":{"acme":3}}`)
	want := `{"changes":[{"scope":"acme","kind":"rules","name":"vip","change":"added"}],"revisions":{"acme":4}}` + "\n"
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	asked := config.Request{
		Files:  []routing.File{{Name: "acme.yaml", Data: []byte("tenant: acme\n")}},
		Author: "ann", Comment: "why", DryRun: true, Base: map[string]int{"acme": 3},
	}
	if diff := cmp.Diff(asked, e.cfg.asked); diff != "" {
		t.Errorf("asked for (- want, + got):\n%s", diff)
	}
}

func TestApplyRefused(t *testing.T) {
	e := newEndpoint(t)
	problems := config.Problems{
		{File: "acme.yaml", Line: 3, Column: 9, Path: "rules[0].when", Message: "undeclared call.form", Hint: "did you mean call.from?"},
		{File: "acme.yaml", Line: 7, Column: 1, Message: "goes nowhere", Warning: true},
	}
	e.cfg.err = problems
	f := e.refused(e.post("/api/config/apply", `{"files":[]}`), http.StatusUnprocessableEntity, "invalid_configuration")
	if diff := cmp.Diff([]routing.Problem(problems), f.Problems); diff != "" {
		t.Errorf("problems (- want, + got):\n%s", diff)
	}
}

func TestApplyStale(t *testing.T) {
	e := newEndpoint(t)
	e.cfg.err = errors.Join(errors.New("publish"), config.ErrStale)
	f := e.refused(e.post("/api/config/apply", `{"files":[]}`), http.StatusConflict, "conflict")
	if !strings.Contains(f.Error, "changed by somebody else") {
		t.Errorf("it does not say why: %s", f.Error)
	}
}

// What the store says goes to the log and not to the client.
func TestApplyWithoutStore(t *testing.T) {
	e := newEndpoint(t)
	e.cfg.err = errors.New("publish: dial tcp 10.1.2.3:5432: password authentication failed for user switchyard")
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
