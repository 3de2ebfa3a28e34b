package api

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"switchyard/internal/keys"
)

func (e *endpoint) newKey(as, query, body string) APIKey {
	e.t.Helper()
	return given[apiKeyBody](e, e.as(as, "POST", "/api/api-keys"+query, body), 201).APIKey
}

func TestAKeysLife(t *testing.T) {
	e := newEndpoint(t)
	k := e.newKey(e.admin, "", `{"name":"wall\tboard\u0007 ","role":"readonly"}`)
	if !regexp.MustCompile(`^csk_live_[0-9a-f]{48}$`).MatchString(k.Key) || k.Name != "wall board" || k.TenantID != acme || k.CreatedBy != "crm" || !strings.HasSuffix(k.Key, k.Hint) {
		t.Errorf("%+v", k)
	}
	for _, path := range []string{"/api/api-keys", "/api/api-keys/" + k.ID} {
		if w := e.as(e.readonly, "GET", path, ""); w.Code != 200 || strings.Contains(w.Body.String(), k.Key) || strings.Contains(w.Body.String(), keys.Hash(k.Key)) || !strings.Contains(w.Body.String(), k.ID) {
			t.Errorf("%s: %s", path, w.Body)
		}
	}
	given[callsBody](e, e.as(k.Key, "GET", "/api/calls", ""), 200)
	e.refused(e.as(k.Key, "POST", "/api/api-keys", `{"name":"x","role":"readonly"}`), 403, "forbidden")

	got := given[apiKeyBody](e, e.as(e.admin, "PATCH", "/api/api-keys/"+k.ID, `{"role":"admin"}`), 200).APIKey
	if got.Role != keys.Admin || got.Name != "wall board" || got.Key != "" {
		t.Errorf("%+v", got)
	}
	fresh := given[apiKeyBody](e, e.as(k.Key, "POST", "/api/api-keys/"+k.ID+"/regenerate", ""), 200).APIKey
	e.refused(e.as(k.Key, "GET", "/api/calls", ""), 401, "unauthorized")
	given[callsBody](e, e.as(fresh.Key, "GET", "/api/calls", ""), 200)

	for range 2 {
		given[struct{}](e, e.as(e.admin, "DELETE", "/api/api-keys/"+k.ID, ""), 204)
	}
	e.refused(e.as(fresh.Key, "GET", "/api/calls", ""), 401, "unauthorized")
	e.refused(e.as(e.admin, "POST", "/api/api-keys/"+k.ID+"/regenerate", ""), 409, "conflict")
	if got := given[apiKeyBody](e, e.as(e.admin, "GET", "/api/api-keys/"+k.ID, ""), 200).APIKey; got.RevokedAt == nil {
		t.Errorf("%+v", got)
	}
	if strings.Contains(e.log.String(), "csk_live") {
		t.Errorf("the log has a key: %s", &e.log)
	}
}

func TestWhoMakesWhichKeys(t *testing.T) {
	e := newEndpoint(t)
	e.refused(e.as(e.admin, "POST", "/api/api-keys", `{"name":"x","role":"superadmin"}`), 403, "forbidden")
	e.refused(e.as(operatorKey, "POST", "/api/api-keys", `{"name":"x","role":"admin"}`), 422, "invalid")
	e.refused(e.as(operatorKey, "POST", "/api/api-keys?tenantId=acme", `{"name":"x","role":"superadmin"}`), 422, "invalid")
	e.refused(e.as(e.admin, "PATCH", "/api/api-keys/"+e.keys.list[0].ID, `{"role":"superadmin"}`), 422, "invalid")
	for _, body := range []string{`{"name":"x"}`, `{"name":"","role":"admin"}`, `{"name":"\u0007","role":"admin"}`, `{"name":"x","role":"king"}`, `{"name":"x","role":"admin","tenantId":"rival"}`} {
		e.refused(e.as(e.admin, "POST", "/api/api-keys", body), 422, "invalid")
	}
	if len(e.keys.list) != 4 {
		t.Errorf("%+v", e.keys.list)
	}
	super := e.newKey(operatorKey, "", `{"name":"second operator","role":"superadmin"}`)
	if super.TenantID != "" || super.CreatedBy != "operator" {
		t.Errorf("%+v", super)
	}
	if k := e.newKey(super.Key, "?tenantId="+rival, `{"name":"theirs","role":"admin"}`); k.TenantID != rival {
		t.Errorf("%+v", k)
	}
}

// The keys cannot be looked up: nobody gets in, and it is not called a wrong key.
func TestKeysWithoutTheirStore(t *testing.T) {
	e := newEndpoint(t)
	e.keys.err = errors.New("dial tcp 10.1.2.3:5432")
	w := e.as(e.admin, "GET", "/api/calls", "")
	e.refused(w, 503, "store_unavailable")
	if strings.Contains(w.Body.String(), "10.1.2.3") {
		t.Errorf("%s", w.Body)
	}
	given[callsBody](e, e.as(operatorKey, "GET", "/api/calls", ""), 200)
}

// A tenant that is not there any more has no keys.
func TestATenantsKeysEndWithIt(t *testing.T) {
	e := newEndpoint(t)
	platform := strings.Split(platform, "  - name: rival")[0]
	if w := e.post("/api/config/apply", `{"files":[{"name":"o.yaml","text":"`+strings.ReplaceAll(strings.ReplaceAll(platform, `"`, `\"`), "\n", `\n`)+`"}]}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	e.refused(e.as(e.rival, "GET", "/api/calls", ""), 401, "unauthorized")
	given[callsBody](e, e.as(e.admin, "GET", "/api/calls", ""), 200)
}
