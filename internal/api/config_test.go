package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"switchyard/internal/config"
)

// filesBody is a request with one file, and more.
func filesBody(text string, more map[string]any) string {
	body := map[string]any{"files": []map[string]string{{"name": "acme.yaml", "text": text}}}
	for key, value := range more {
		body[key] = value
	}
	out, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(out)
}

const silver = "tenant: acme\nrevision: 1\nlists: [{name: silver, numbers: [\"+13055550118\"]}]\n"

func TestATenantPublishesItsOwn(t *testing.T) {
	e := newEndpoint(t)
	out := given[config.Applied](e, e.as(e.admin, "POST", "/api/config/apply", filesBody(silver, map[string]any{"author": "bob\x1b[31m", "comment": "more\nof it"})), http.StatusOK)
	if out.Revisions["acme"] != 2 || len(out.Changes) != 1 {
		t.Errorf("%+v", out)
	}
	for _, key := range []string{e.admin, e.readonly} {
		list := given[revisionsBody](e, e.as(key, "GET", "/api/config/revisions?limit=1", ""), http.StatusOK)
		if r := list.Revisions[0]; r.Rev != 2 || r.Author != "crm (bob[31m)" || r.Comment != "more of it" || *r.Changes != 1 || list.Next != 2 {
			t.Errorf("%+v", list)
		}
	}
	rest := given[revisionsBody](e, e.as(e.admin, "GET", "/api/config/revisions?before=2", ""), http.StatusOK)
	if len(rest.Revisions) != 1 || rest.Next != 0 {
		t.Errorf("%+v", rest)
	}
	one := given[revisionBody](e, e.as(e.readonly, "GET", "/api/config/revisions/2", ""), http.StatusOK)
	if d := one.Revision.Differences; len(d) != 1 || d[0].Name != "silver" {
		t.Errorf("%+v", d)
	}
	same := given[config.Comparison](e, e.as(operatorKey, "GET", "/api/config/diff?from=1&to=2&tenantId=acme", ""), http.StatusOK)
	if same.Scope != "acme" || len(same.Changes) != 1 {
		t.Errorf("%+v", same)
	}
	back := given[config.Applied](e, e.as(e.admin, "POST", "/api/config/rollback", `{"to":1,"base":2}`), http.StatusOK)
	if back.Revisions["acme"] != 3 || back.Changes[0].Change != config.Removed {
		t.Errorf("%+v", back)
	}
	// The operator's own, by the operator alone.
	if list := given[revisionsBody](e, e.as(operatorKey, "GET", "/api/config/revisions", ""), http.StatusOK); len(list.Revisions) != 1 {
		t.Errorf("%+v", list)
	}
}

func TestTheSecondPublisherIsTold(t *testing.T) {
	e := newEndpoint(t)
	given[config.Applied](e, e.as(e.admin, "POST", "/api/config/apply", filesBody(silver, map[string]any{"author": "bob"})), http.StatusOK)
	f := e.refused(e.as(e.admin, "POST", "/api/config/apply", filesBody(strings.ReplaceAll(silver, "silver", "gold"), nil)), http.StatusConflict, "stale")
	if len(f.Stale) != 1 || f.Stale[0].Current != 2 || f.Stale[0].Since[0].Author != "crm (bob)" || !strings.Contains(f.Detail, "2 by crm (bob) added lists silver") {
		t.Errorf("%+v", f)
	}
	e.refused(e.as(e.admin, "POST", "/api/config/rollback", `{"to":1,"base":1}`), http.StatusConflict, "stale")
	if cfg, _, _ := e.cfg.Tenant("acme"); cfg.Lists[0].Name != "silver" {
		t.Errorf("%+v", cfg.Lists)
	}
}

func TestWhatATenantMayNotPublish(t *testing.T) {
	e := newEndpoint(t)
	for _, c := range []struct {
		name, body string
		code       int
		word       string
	}{
		{"the operator's", filesBody(platform, nil), http.StatusForbidden, "forbidden"},
		{"another tenant's", filesBody("tenant: rival\nlists: []\n", nil), http.StatusNotFound, "not_found"},
		{"nobody's", filesBody("tenant: nobody\nlists: []\n", nil), http.StatusNotFound, "not_found"},
		{"another tenant's number", filesBody("tenant: acme\ndids: [{number: \"+13055550200\", inboundRoute: extension, routeTarget: \"1001\"}]\n", nil), http.StatusUnprocessableEntity, "invalid_configuration"},
		{"a negative revision", filesBody("tenant: acme\nrevision: -1\nlists: []\n", nil), http.StatusUnprocessableEntity, "invalid_configuration"},
		{"a revision there never was", filesBody("tenant: acme\nrevision: 99\nlists: []\n", nil), http.StatusConflict, "stale"},
		{"without the tests", filesBody(silver, map[string]any{"skipTests": true}), http.StatusForbidden, "forbidden"},
		{"without a revision", filesBody("tenant: acme\nlists: []\n", map[string]any{"needsBase": true}), http.StatusUnprocessableEntity, "no_base"},
		{"a failing test", filesBody("tenant: acme\ntests: [{name: a, call: {to: \"+13055550100\", at: \"2026-11-20 20:00\"}, expect: {route: voicemail}}]\n", nil), http.StatusUnprocessableEntity, "invalid_configuration"},
		{"a long comment", filesBody(silver, map[string]any{"comment": strings.Repeat("x", 2001)}), http.StatusUnprocessableEntity, "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := e.as(e.admin, "POST", "/api/config/apply", c.body)
			e.refused(w, c.code, c.word)
			if c.name != "another tenant's" && strings.Contains(w.Body.String(), "rival") {
				t.Errorf("it tells of another tenant: %s", w.Body)
			}
		})
	}
	e.refused(e.as(e.admin, "POST", "/api/config/rollback", `{"to":1,"skipTests":true}`), http.StatusForbidden, "forbidden")
	e.refused(e.as(e.admin, "POST", "/api/config/rollback", `{"to":7}`), http.StatusNotFound, "not_found")
	e.refused(e.as(e.admin, "GET", "/api/config/revisions/7", ""), http.StatusNotFound, "not_found")
	e.refused(e.as(e.admin, "GET", "/api/config/diff?from=7", ""), http.StatusNotFound, "not_found")
	e.refused(e.as(e.readonly, "POST", "/api/config/check", filesBody(silver, nil)), http.StatusForbidden, "forbidden")
	e.refused(e.as(e.readonly, "POST", "/api/config/rollback", `{"to":1}`), http.StatusForbidden, "forbidden")
	if n := len(e.published.scopes[acme]); n != 1 {
		t.Errorf("%d revisions", n)
	}
}

func TestDiffAndFileHideSecrets(t *testing.T) {
	e := newEndpoint(t)
	hook := "tenant: acme\nwebhooks: [{name: crm, url: \"https://crm.example/hook\", secret: an0ther-s3cret-of-it}]\n"
	w := e.as(e.readonly, "POST", "/api/config/diff", filesBody(hook, nil))
	out := given[config.FileDiff](e, w, http.StatusOK)
	if len(out.Changes) != 1 || !out.Changes[0].Fields[0].Secret || strings.Contains(w.Body.String(), "s3cret") {
		t.Errorf("%s", w.Body)
	}
	file := given[fileBody](e, e.as(e.readonly, "GET", "/api/config/file", ""), http.StatusOK)
	if file.Name != "acme" || strings.Contains(file.Text, "s3cret") || !strings.Contains(file.Text, "secret: \"(unchanged)\"\n") || !strings.HasPrefix(file.Text, "tenant: acme\nrevision: 1\n") {
		t.Errorf("%+v", file)
	}
	if again := given[config.Applied](e, e.as(e.admin, "POST", "/api/config/apply", filesBody(file.Text, nil)), http.StatusOK); len(again.Changes) > 0 {
		t.Errorf("%+v", again.Changes)
	}
	if platform := given[fileBody](e, e.as(operatorKey, "GET", "/api/config/file", ""), http.StatusOK); platform.Name != "operator" || !strings.Contains(platform.Text, "name: rival") {
		t.Errorf("%+v", platform)
	}
	checked := given[config.Checked](e, e.as(e.admin, "POST", "/api/config/check", filesBody("tenant: acme\nrules: [{name: a, when: nonsense}]\n", nil)), http.StatusOK)
	if !checked.Refused || len(checked.Problems) == 0 {
		t.Errorf("%+v", checked)
	}
}

func TestDraftsOverHTTP(t *testing.T) {
	e := newEndpoint(t)
	const path = "/api/config/drafts/hours"
	w := e.as(e.admin, "PUT", path, filesBody(silver, map[string]any{"author": "bob", "comment": "new list"}))
	saved := given[savedBody](e, w, http.StatusOK).Draft
	if saved.Version != 1 || saved.Author != "crm (bob)" || saved.Base[acme] != 1 || w.Header().Get("ETag") != `"1"` {
		t.Errorf("%+v %q", saved, w.Header().Get("ETag"))
	}
	// Somebody else begins one of the same name, and two people change it.
	f := e.refused(e.as(e.admin, "PUT", path, filesBody(silver, nil)), http.StatusConflict, "stale")
	if f.Draft == nil || f.Draft.Version != 1 || !strings.Contains(f.Detail, "saved by crm (bob)") {
		t.Errorf("%+v", f)
	}
	match := func(version string) http.Header {
		return http.Header{"Authorization": {"Bearer " + e.admin}, "If-Match": {version}}
	}
	given[savedBody](e, e.do("PUT", path, filesBody(silver, nil), match(`"1"`)), http.StatusOK)
	e.refused(e.do("PUT", path, filesBody(silver, nil), match(`"1"`)), http.StatusPreconditionFailed, "stale")
	e.refused(e.do("PUT", path, filesBody(silver, nil), match(`"x"`)), http.StatusUnprocessableEntity, "invalid")
	e.refused(e.as(e.admin, "DELETE", path+"?version=1", ""), http.StatusConflict, "stale")
	e.refused(e.as(e.admin, "POST", path+"/publish", `{"version":1}`), http.StatusConflict, "stale")

	if got := given[draftBody](e, e.as(e.admin, "GET", path, ""), http.StatusOK); got.Draft.Files[0].Text != silver {
		t.Errorf("%+v", got)
	}
	e.refused(e.as(e.readonly, "GET", path, ""), http.StatusForbidden, "forbidden")
	if d := given[config.FileDiff](e, e.as(e.readonly, "GET", path+"/diff", ""), http.StatusOK); len(d.Changes) != 1 {
		t.Errorf("%+v", d)
	}
	if c := given[config.Checked](e, e.as(e.admin, "POST", path+"/check", ""), http.StatusOK); c.Refused {
		t.Errorf("%+v", c)
	}
	out := given[config.Applied](e, e.as(e.admin, "POST", path+"/publish", ""), http.StatusOK)
	if out.Revisions["acme"] != 2 {
		t.Errorf("%+v", out)
	}
	if list := given[draftsBody](e, e.as(e.readonly, "GET", "/api/config/drafts", ""), http.StatusOK); len(list.Drafts) != 0 {
		t.Errorf("%+v", list)
	}
	// The next one is overtaken: it stays.
	given[savedBody](e, e.as(e.admin, "PUT", path, filesBody(strings.ReplaceAll(silver, "silver", "gold"), nil)), http.StatusOK)
	e.refused(e.as(e.admin, "POST", path+"/publish", ""), http.StatusConflict, "stale")
	e.refused(e.as(e.admin, "POST", path+"/publish", `{"skipTests":true}`), http.StatusForbidden, "forbidden")
	given[struct{}](e, e.as(e.admin, "DELETE", path, ""), http.StatusNoContent)
}

func TestHostileDrafts(t *testing.T) {
	e := newEndpoint(t)
	for name, c := range map[string]struct {
		path, body string
		code       int
		word       string
	}{
		"a slash":            {"a%2Fb", filesBody(silver, nil), http.StatusUnprocessableEntity, "invalid"},
		"up":                 {"..%2Fhours", filesBody(silver, nil), http.StatusUnprocessableEntity, "invalid"},
		"long":               {strings.Repeat("a", 65), filesBody(silver, nil), http.StatusUnprocessableEntity, "invalid"},
		"large":              {"a", filesBody(strings.Repeat("# \n", config.MaxDraftSize/3+1), nil), http.StatusRequestEntityTooLarge, "too_large"},
		"of the operator":    {"a", filesBody(platform, nil), http.StatusForbidden, "forbidden"},
		"of another tenant":  {"a", filesBody("tenant: rival\n", nil), http.StatusNotFound, "not_found"},
		"a negative version": {"a", filesBody(silver, map[string]any{"version": -1}), http.StatusUnprocessableEntity, "invalid"},
		"one that is gone":   {"a", filesBody(silver, map[string]any{"version": 7}), http.StatusConflict, "stale"},
	} {
		t.Run(name, func(t *testing.T) {
			e.refused(e.as(e.admin, "PUT", "/api/config/drafts/"+c.path, c.body), c.code, c.word)
		})
	}
	if len(e.published.drafts) > 0 {
		t.Errorf("%+v", e.published.drafts)
	}
}
