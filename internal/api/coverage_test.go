package api

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/config"
	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

// use is how the test below uses one operation: with what of acme's it is
// called, and that nobody else learns of it.
type use struct {
	body string
	// query that names something of acme's; the answer to its rival is 404.
	query string
	// needs is a query it cannot do without.
	needs string
	// list: the rival gets an answer, and nothing of acme's in it.
	list bool
	// reads: a readonly key may, though it is no GET.
	reads bool
}

const acmesFiles = `{"files":[{"name":"acme.yaml","text":"tenant: acme\nlists: []\n"}]}`

// uses has every operation of the OpenAPI document.
var uses = map[string]use{
	"list-api-keys":           {list: true},
	"create-api-key":          {body: `{"name":"n","role":"admin"}`, query: "tenantId=acme"},
	"get-api-key":             {},
	"change-api-key":          {body: `{"name":"n"}`},
	"revoke-api-key":          {},
	"regenerate-api-key":      {},
	"list-webhooks":           {list: true},
	"create-webhook":          {body: `{"name":"n","url":"https://crm.example/two"}`, query: "tenantId=acme"},
	"get-webhook":             {},
	"change-webhook":          {body: `{"name":"n"}`},
	"delete-webhook":          {},
	"test-webhook":            {},
	"enable-webhook":          {},
	"rotate-webhook-secret":   {body: `{}`},
	"list-webhook-deliveries": {},
	"list-deliveries":         {list: true},
	"get-delivery":            {},
	"replay-deliveries":       {body: `{"id":7}`},
	"pull-events":             {list: true},
	"list-calls":              {list: true},
	"list-active-calls":       {list: true},
	"get-call":                {},
	"control-recording":       {body: `{"action":"pause"}`},
	"erase-number":            {body: `{"number":"+13055550111"}`, query: "tenantId=acme"},
	"export-calls":            {list: true},
	"list-extensions":         {list: true},
	"get-extension":           {},
	"get-call-forward":        {},
	"set-call-forward":        {body: `{"always":{"number":"1002"}}`},
	"set-do-not-disturb":      {body: `{"enabled":true}`},
	"list-ring-groups":        {list: true},
	"list-ivr-menus":          {list: true},
	"get-ivr-menu":            {},
	"list-schedules":          {list: true},
	"get-schedule":            {},
	"get-schedule-status":     {},
	"get-schedule-calendar":   {},
	"override-schedule":       {body: `{"state":"open","hours":2}`},
	"clear-override":          {},
	"list-blocklist":          {list: true},
	"block-number":            {body: `{"number":"+13055550168"}`, query: "tenantId=acme"},
	"unblock-number":          {},
	"check-number":            {needs: "number=%2B13055550166", list: true},
	"list-allowlist":          {list: true},
	"allow-number":            {body: `{"number":"+13055550168"}`, query: "tenantId=acme"},
	"disallow-number":         {},
	"apply-configuration":     {body: acmesFiles, query: "tenantId=acme"},
	"diff-configuration":      {body: acmesFiles, query: "tenantId=acme", reads: true},
	"check-configuration":     {body: acmesFiles, query: "tenantId=acme"},
	"list-revisions":          {list: true},
	"get-revision":            {},
	"compare-revisions":       {list: true},
	"get-configuration-file":  {list: true},
	"rollback-configuration":  {body: `{"to":1}`},
	"list-drafts":             {list: true},
	"get-draft":               {},
	"save-draft":              {body: `{"version":1,"files":[{"name":"acme.yaml","text":"tenant: acme\nlists: []\n"}]}`, query: "tenantId=acme"},
	"delete-draft":            {},
	"diff-draft":              {},
	"check-draft":             {},
	"publish-draft":           {},
	"replay-calls":            {body: `{"files":[]}`, list: true},
	"explain":                 {body: `{"to":"+13055550100"}`, query: "tenantId=acme", reads: true},
}

// acmes gives an endpoint with something of acme's in every store, and the ids
// by the path they belong to.
func acmes(t *testing.T) (*endpoint, map[string]string) {
	e := newEndpoint(t)
	if _, err := e.cfg.Override(t.Context(), "acme", "ann", routing.Override{Schedule: "office", State: routing.OverrideClosed, Until: "2026-11-21T12:00:00Z"}); err != nil {
		t.Fatal(err)
	}
	cfg, _, err := e.cfg.Tenant("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.cfg.SaveDraft(t.Context(), config.DraftSave{Tenant: "acme", Name: "hours", Files: []routing.File{{Name: "a", Data: []byte("tenant: acme\n")}}}); err != nil {
		t.Fatal(err)
	}
	e.records.calls = []record.Call{{ID: "call-of-acme", TenantID: acme, Status: "active", StartedAt: noon, CallerNumber: "+13055550111"}}
	e.records.events = []record.Event{{ID: "event-of-acme", TenantID: acme, CallID: "call-of-acme", Type: "call.started", At: noon, Body: []byte(`{"data":{}}`)}}
	e.deliveries.list = []delivery.Sent{{
		Delivery: delivery.Delivery{ID: 7, TenantID: acme, EndpointID: cfg.Webhooks[0].ID, EventID: "event-of-acme", CallID: "call-of-acme"},
		State:    delivery.Done, Last: delivery.Result{At: noon},
	}}
	return e, map[string]string{
		"/api/api-keys": e.keys.list[0].ID, "/api/webhooks": cfg.Webhooks[0].ID, "/api/deliveries": "7", "/api/calls": "call-of-acme",
		"/api/config/revisions": "1", "/api/config/drafts": "hours",
		"/api/schedules": cfg.Schedules[0].ID, "/api/ivr-menus": cfg.IVRMenus[0].ID,
		"/api/extensions": cfg.Extensions[0].ID, "/api/blocklist": cfg.Blocklist[0].ID, "/api/allowlist": cfg.Allowlist[0].ID,
	}
}

type operation struct {
	method, path string
	use          use
}

// at puts an id of acme's into the path.
func (o operation) at(t *testing.T, ids map[string]string) operation {
	for prefix, id := range ids {
		if strings.HasPrefix(o.path, prefix+"/{id}") {
			o.path = strings.Replace(o.path, "{id}", id, 1)
		}
	}
	if strings.Contains(o.path, "{") {
		t.Errorf("%s: no id for it", o.path)
	}
	return o
}

// operations reads the document as clients do.
func operations(t *testing.T, s *Server) map[string]operation {
	t.Helper()
	out := map[string]operation{}
	for template, item := range s.resources(http.NewServeMux()).OpenAPI().Paths {
		for method, o := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete, "HEAD": item.Head, "OPTIONS": item.Options, "TRACE": item.Trace,
		} {
			if o == nil {
				continue
			}
			u, covered := uses[o.OperationID]
			if !covered {
				t.Errorf("%s %s (%s) is not covered: add it to uses", method, template, o.OperationID)
			}
			if len(o.Security) == 0 {
				t.Errorf("%s needs no key", o.OperationID)
			}
			out[o.OperationID] = operation{method, template, u}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(uses)) {
		if _, there := out[id]; !there {
			t.Errorf("there is no operation %s", id)
		}
	}
	return out
}

func (o operation) as(e *endpoint, key, query string) *httptest.ResponseRecorder {
	return e.as(key, o.method, o.path+"?"+strings.Trim(o.use.needs+"&"+query, "&"), o.use.body)
}

func TestEveryOperationIsGuarded(t *testing.T) {
	for id, o := range operations(t, newEndpoint(t).server) {
		t.Run(id, func(t *testing.T) {
			e, ids := acmes(t)
			o = o.at(t, ids)
			before := len(e.published.scopes[acme])
			w := e.do(o.method, o.path, o.use.body, nil)
			e.refused(w, http.StatusUnauthorized, "unauthorized")
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
			e.refused(o.as(e, "csk_live_"+strings.Repeat("0", 48), ""), http.StatusUnauthorized, "unauthorized")
			switch {
			case o.use.reads:
				if w := o.as(e, e.readonly, ""); w.Code != http.StatusOK {
					t.Errorf("a readonly key gets %d %s", w.Code, w.Body)
				}
			case o.method != "GET":
				e.refused(o.as(e, e.readonly, ""), http.StatusForbidden, "forbidden")
			}
			switch u := o.use; {
			case u.list:
				if w := o.as(e, e.rival, ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "acme") || strings.Contains(w.Body.String(), "13055550111") {
					t.Errorf("the rival gets %d %s", w.Code, w.Body)
				}
				e.refused(o.as(e, e.rival, "tenantId=acme"), http.StatusNotFound, "not_found")
			default:
				e.refused(o.as(e, e.rival, u.query), http.StatusNotFound, "not_found")
				if o.method == "GET" {
					e.refused(o.as(e, e.rivalReadonly, u.query), http.StatusNotFound, "not_found")
				}
			}
			e.refused(o.as(e, e.rival, "tenantId="+acme), http.StatusNotFound, "not_found")
			if len(e.published.scopes[acme]) != before || len(e.switches.asked)+len(e.records.erased)+len(e.deliveries.replays)+len(e.deliveries.enabled) > 0 || len(e.records.events) != 1 || len(e.keys.list) != 4 {
				t.Error("something was carried out")
			}
			for _, k := range e.keys.list {
				if !k.RevokedAt.IsZero() || k.Name == "n" {
					t.Errorf("a key was changed: %+v", k)
				}
			}
		})
	}
}

// The same with acme's own key and the superadmin's works: the refusals above
// are not because of something else.
func TestEveryOperationWorks(t *testing.T) {
	for id, o := range operations(t, newEndpoint(t).server) {
		t.Run(id, func(t *testing.T) {
			for _, key := range []string{"operator", "admin"} {
				e, ids := acmes(t)
				o := o.at(t, ids)
				e.records.events[0].ID = "another"
				e.deliveries.list = append(e.deliveries.list, e.deliveries.list...) // any event's
				query, secret := "", e.admin
				if key == "operator" {
					query, secret = "tenantId=acme", operatorKey
				}
				if id == "test-webhook" {
					o.use.body = ""
					e.server.Records = tested{e.records, e.deliveries}
				}
				if w := o.as(e, secret, query); w.Code >= 300 {
					t.Errorf("%s's key: %d %s", key, w.Code, w.Body)
				}
			}
		})
	}
}

// tested is a store in which every event is delivered at once.
type tested struct {
	*records
	history *history
}

func (r tested) SaveEvents(_ context.Context, events []record.Event) error {
	r.history.mu.Lock()
	defer r.history.mu.Unlock()
	for _, e := range events {
		id := int64(100 + len(r.history.list))
		result := delivery.Result{DeliveryID: id, TenantID: e.TenantID, At: e.At.Add(time.Second), Took: 20 * time.Millisecond, Code: 204, Done: true}
		r.history.list = append(r.history.list, delivery.Sent{
			Delivery: delivery.Delivery{ID: id, TenantID: e.TenantID, EndpointID: e.Endpoints[0], EventID: e.ID, EventType: e.Type, CallID: e.CallID, Attempt: 1},
			State:    delivery.Done, Last: result,
		})
		r.history.attempts = map[int64][]delivery.Result{id: {result}}
	}
	return nil
}
