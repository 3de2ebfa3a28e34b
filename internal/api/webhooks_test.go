package api

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

func (e *endpoint) hook(name string) routing.Webhook {
	e.t.Helper()
	cfg, _, err := e.cfg.Tenant("acme")
	if err != nil {
		e.t.Fatal(err)
	}
	i := webhookIn(cfg.Webhooks, name)
	if i < 0 {
		e.t.Fatalf("no webhook %s", name)
	}
	return cfg.Webhooks[i]
}

func TestAWebhookIsMadeAsARevision(t *testing.T) {
	e := newEndpoint(t)
	w := e.as(e.admin, "POST", "/api/webhooks", `{"name":"erp","url":"https://erp.example/hook","events":["call.ended"],"secret":"a secret of the erp","timeoutSeconds":9}`)
	got := given[webhookBody](e, w, 201).Webhook
	want := Webhook{ID: e.hook("erp").ID, Name: "erp", URL: "https://erp.example/hook", Events: []string{"call.ended"}, HasSecret: true, Order: "call", TimeoutSeconds: 9, Enabled: true, State: "working"}
	if diff := cmp.Diff(want, got); diff != "" || got.ID == "" {
		t.Error(diff)
	}
	for _, body := range []string{w.Body.String(), e.as(e.readonly, "GET", "/api/webhooks", "").Body.String(), e.as(e.admin, "GET", "/api/webhooks/"+got.ID, "").Body.String()} {
		if strings.Contains(body, "a secret") || strings.Contains(body, "s3cret") || strings.Contains(body, `"secret"`) {
			t.Errorf("a secret is shown: %s", body)
		}
	}
	plan, _ := e.cfg.Directory().Plan("acme")
	if plan.Revision() != 2 || len(plan.Webhooks()) != 2 || plan.Webhooks()[1].Secret != "a secret of the erp" {
		t.Errorf("revision %d, %+v", plan.Revision(), plan.Webhooks())
	}
	if !strings.Contains(e.log.String(), `"author":"crm"`) {
		t.Errorf("the log does not say who: %s", &e.log)
	}
}

// What is left out stays, null clears, a value replaces.
func TestOmittedNullAndValue(t *testing.T) {
	for body, change := range map[string]func(*routing.Webhook){
		`{}`:                             func(*routing.Webhook) {},
		`{"name":"crm 2"}`:               func(w *routing.Webhook) { w.Name = "crm 2" },
		`{"secret":null}`:                func(w *routing.Webhook) { w.Secret = "" },
		`{"secret":"another secret!!!"}`: func(w *routing.Webhook) { w.Secret = "another secret!!!" },
		`{"events":["call.ended"]}`:      func(w *routing.Webhook) { w.Events = []string{"call.ended"} },
		`{"events":null}`:                func(*routing.Webhook) {},
		`{"timeoutSeconds":30}`:          func(w *routing.Webhook) { w.TimeoutSeconds = 30 },
		`{"timeoutSeconds":null}`:        func(*routing.Webhook) {},
		`{"order":"none"}`:               func(w *routing.Webhook) { w.Order = "none" },
		`{"enabled":false}`:              func(w *routing.Webhook) { w.Enabled = new(bool) },
		`{"enabled":null}`:               func(*routing.Webhook) {},
		`{"url":"https://x.example"}`:    func(w *routing.Webhook) { w.URL = "https://x.example" },
	} {
		t.Run(body, func(t *testing.T) {
			e := newEndpoint(t)
			want := e.hook("crm")
			change(&want)
			given[webhookBody](e, e.as(e.admin, "PATCH", "/api/webhooks/"+want.ID, body), 200)
			if diff := cmp.Diff(want, e.hook(want.ID)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWebhooksThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		method, body, code, says string
	}{
		"no name":         {"POST", `{"url":"https://erp.example"}`, "invalid", "expected required property name"},
		"scheme":          {"POST", `{"name":"x","url":"ftp://erp.example"}`, "invalid_configuration", `cannot be reached by "ftp"`},
		"user in the url": {"POST", `{"name":"x","url":"https://ann:pass@erp.example"}`, "invalid_configuration", "signed with the secret instead"},
		"same name":       {"POST", `{"name":"crm","url":"https://erp.example"}`, "invalid_configuration", "crm"},
		"same url":        {"POST", `{"name":"x","url":"https://crm.example/hook"}`, "invalid_configuration", "the same url twice"},
		"event":           {"POST", `{"name":"x","url":"https://erp.example","events":["call.strated"]}`, "invalid_configuration", "call.started"},
		"timeout":         {"POST", `{"name":"x","url":"https://erp.example","timeoutSeconds":31}`, "invalid_configuration", "timeoutSeconds"},
		"order":           {"POST", `{"name":"x","url":"https://erp.example","order":"random"}`, "invalid_configuration", "order"},
		"unknown field":   {"POST", `{"name":"x","url":"https://erp.example","secrets":"y"}`, "invalid", "body.secrets"},
		"wrong type":      {"POST", `{"name":"x","url":["https://erp.example"]}`, "invalid", "body.url: expected string"},
		"null name":       {"PATCH", `{"name":null}`, "invalid", "needs its name"},
		"empty url":       {"PATCH", `{"url":""}`, "invalid", "its url"},
		"events a string": {"PATCH", `{"events":"call.ended"}`, "invalid", "body.events: expected array"},
		"an id":           {"PATCH", `{"id":"x"}`, "invalid", "body.id"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			path := "/api/webhooks"
			if c.method == "PATCH" {
				path += "/" + e.hook("crm").ID
			}
			f := e.refused(e.as(e.admin, c.method, path, c.body), 422, c.code)
			if !strings.Contains(f.Detail, c.says) || len(f.Problems) == 0 || strings.Contains(f.Detail, "pass@") {
				t.Errorf("%+v", f)
			}
			if len(e.published.scopes[acme]) != 1 {
				t.Error("something was published")
			}
		})
	}
}

func TestAWebhookIsDeleted(t *testing.T) {
	e := newEndpoint(t)
	id := e.hook("crm").ID
	given[struct{}](e, e.as(e.admin, "DELETE", "/api/webhooks/"+id, ""), 204)
	e.refused(e.as(e.admin, "GET", "/api/webhooks/"+id, ""), 404, "not_found")
	if plan, _ := e.cfg.Directory().Plan("acme"); len(plan.Webhooks()) != 0 {
		t.Errorf("%+v", plan.Webhooks())
	}
}

// Somebody else published, and the store could not: both are said as they are.
func TestChangesThatCouldNotBeStored(t *testing.T) {
	e := newEndpoint(t)
	e.published.stale = true
	e.refused(e.as(e.admin, "DELETE", "/api/webhooks/crm", ""), 409, "conflict")
	e.published.err = errors.New("dial tcp 10.1.2.3:5432")
	w := e.as(e.admin, "DELETE", "/api/webhooks/crm", "")
	e.refused(w, 503, "store_unavailable")
	if strings.Contains(w.Body.String(), "10.1.2.3") || !strings.Contains(e.log.String(), "10.1.2.3") {
		t.Errorf("%s\n%s", w.Body, &e.log)
	}
}

func TestRotation(t *testing.T) {
	e := newEndpoint(t)
	made := given[rotatedBody](e, e.as(e.admin, "POST", "/api/webhooks/crm/rotate-secret", `{}`), 200)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
	w := e.hook("crm")
	if err != nil || len(raw) != 32 || w.Secret != made.Secret || w.PreviousSecret != "s3cret-s3cret-s3cret" || w.PreviousSecretUntil != "2026-11-21T12:00:00Z" {
		t.Errorf("%v, %+v, %+v", err, made, w)
	}
	if made.Webhook.OldSecretUntil != w.PreviousSecretUntil {
		t.Errorf("%+v", made.Webhook)
	}
	given2 := e.as(e.admin, "POST", "/api/webhooks/crm/rotate-secret", `{"secret":"one that I chose myself","overlapHours":0}`)
	if got := given[rotatedBody](e, given2, 200); got.Secret != "" || strings.Contains(given2.Body.String(), "I chose") {
		t.Errorf("a secret that was given is shown: %s", given2.Body)
	}
	if w := e.hook("crm"); w.Secret != "one that I chose myself" || w.PreviousSecret != "" || w.PreviousSecretUntil != "" {
		t.Errorf("%+v", w)
	}
	e.refused(e.as(e.admin, "POST", "/api/webhooks/crm/rotate-secret", `{"secret":"one that I chose myself"}`), 422, "invalid")
	e.refused(e.as(e.admin, "POST", "/api/webhooks/crm/rotate-secret", `{"overlapHours":-1}`), 422, "invalid")
}

func TestHowAWebhookFares(t *testing.T) {
	e := newEndpoint(t)
	id := e.hook("crm").ID
	state := func(h delivery.Health) Webhook {
		h.TenantID, h.EndpointID = acme, id
		e.deliveries.health = map[string]delivery.Health{id: h}
		return given[webhookBody](e, e.as(e.readonly, "GET", "/api/webhooks/crm", ""), 200).Webhook
	}
	for want, h := range map[string]delivery.Health{
		"failing":  {Failures: 2, FailingSince: noon, PausedUntil: noon},
		"paused":   {Failures: 9, FailingSince: noon, PausedUntil: noon.Add(time.Minute)},
		"disabled": {Failures: 9, DisabledAt: noon, DisabledWhy: "gone (410)"},
		"working":  {LastOKAt: noon},
	} {
		if got := state(h); got.State != want || got.Health == nil || got.Health.DisabledWhy != h.DisabledWhy || got.Health.Failures != h.Failures {
			t.Errorf("%s: %+v %+v", want, got, got.Health)
		}
	}
	e.as(e.admin, "PATCH", "/api/webhooks/crm", `{"enabled":false}`)
	if got := state(delivery.Health{}); got.State != "off" {
		t.Errorf("%+v", got)
	}
	e.refused(e.as(e.admin, "POST", "/api/webhooks/crm/test", ""), 409, "conflict")
	if got := given[webhookBody](e, e.as(e.admin, "POST", "/api/webhooks/crm/enable", ""), 200); !got.Webhook.Enabled {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{acme + " " + id}, e.deliveries.enabled); diff != "" || <-e.woken != id {
		t.Error(diff)
	}
}

// A test tells what came of it as soon as it is known.
func TestATestEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		id := e.hook("crm").ID
		go func() {
			if woken := <-e.woken; woken != id {
				t.Errorf("%s was woken", woken)
			}
			time.Sleep(time.Second) // the endpoint takes its time
			sent := e.records.events[0]
			if sent.Type != "test" || len(sent.Endpoints) != 1 || sent.Endpoints[0] != id || string(sent.CallID) != sent.ID || sent.TenantID != acme {
				t.Errorf("%+v", sent)
			}
			result := delivery.Result{DeliveryID: 1, TenantID: acme, Attempt: 1, At: noon, Took: time.Second, Code: 500, Class: delivery.HTTP, Response: []byte("no\x00pe\x1b[31m\nat all")}
			e.deliveries.mu.Lock()
			defer e.deliveries.mu.Unlock()
			e.deliveries.list[0].Last, e.deliveries.list[0].Attempt = result, 1
			e.deliveries.attempts = map[int64][]delivery.Result{1: {result}}
		}()
		e.server.Records = putInLine{e.records, e.deliveries}
		began := time.Now()
		got := given[deliveryBody](e, e.as(e.admin, "POST", "/api/webhooks/crm/test", ""), 200).Delivery
		if took := time.Since(began); took < time.Second || took > 1200*time.Millisecond {
			t.Errorf("after %s", took)
		}
		if got.Event != "test" || got.CallID != "" || len(got.Tried) != 1 || got.Tried[0].StatusCode != 500 || got.Tried[0].Response != "nope[31m\nat all" {
			t.Errorf("%+v", got)
		}

		// An endpoint that hangs: the answer comes all the same.
		go func() { <-e.woken }()
		began = time.Now()
		got = given[deliveryBody](e, e.as(e.admin, "POST", "/api/webhooks/crm/test", ""), 200).Delivery
		if took := time.Since(began); took != 5*time.Second+testMargin || len(got.Tried) != 0 || got.State != delivery.Ready {
			t.Errorf("after %s: %+v", took, got)
		}
	})
}
