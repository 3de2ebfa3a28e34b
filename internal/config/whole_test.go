package config_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/routing"
)

// whole has every key a tenant's file can have at its top.
const whole = `
tenant: acme
callerId: "+13055550100"
extensions:
  - {extension: "1001", doNotDisturb: true, forward: {busy: {number: "1002", confirm: true}}}
  - {extension: "1002"}
forwards: [{name: mobile, number: "+13055550199"}]
ringGroups: [{name: sales, members: [{number: "1001"}, {number: "1002"}]}]
dids: [{number: "+13055550100", inboundRoute: ringgroup, routeTarget: sales}]
blocklist:
  - {number: "+13055550166"}
  - {prefix: "+13055550166", direction: both}
  - {pattern: '\+1305555.*'}
  - {anonymous: true}
allowlist: [{number: "+13055550167"}]
lists: [{name: vip, numbers: ["+13055550111"]}]
rules: [{name: vip, when: 'call.from in list("vip")', then: {route: extension, target: "1002"}}]
webhooks: [{name: crm, url: "https://crm.example/hook", secret: s3cret-s3cret-s3cret}]
defaultDestination: {route: extension, target: "1001"}
`

// What a file says is published and loaded again, all of it; a key somebody
// adds to the files and not to the sections is missed here.
func TestEverythingIsPublished(t *testing.T) {
	h, s, path := opened(t)
	first := apply(t, h, operator, whole)
	if repeated := apply(t, h, whole); len(repeated.Changes) > 0 || repeated.Revisions["acme"] != first.Revisions["acme"] {
		t.Errorf("the same once more changes %+v", repeated.Changes)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	h, _, _ = reopened(t, path)
	got, _, err := h.Tenant("acme")
	if err != nil {
		t.Fatal(err)
	}
	for field, v := range reflect.ValueOf(got).Fields() {
		if v.IsZero() {
			t.Errorf("%s is lost, or not in the file above", field.Name)
		}
	}
	parsed, problems := routing.ParseFiles(files(whole))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	ids := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ID" }, cmp.Ignore())
	if diff := cmp.Diff(parsed.Tenants[0], got, ids); diff != "" {
		t.Error(diff)
	}
}

// A file that names one of the keys that are no lists leaves the others.
func TestSettingsAreSections(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator+"blockedPrefixes: [\"+1900\"]\ndefaultCountry: US\n", whole)
	apply(t, h, "tenant: acme\ndefaultDestination: {route: extension, target: \"1002\"}\n")
	apply(t, h, "defaultCountry: CA\n")
	cfg, _, err := h.Tenant("acme")
	if err != nil || cfg.CallerID != "+13055550100" || cfg.DefaultDestination.Target != "1002" {
		t.Errorf("%q %v %v", cfg.CallerID, cfg.DefaultDestination, err)
	}
	var refused *routing.RefusedError
	plan, _ := h.Directory().Plan("acme")
	if _, err := plan.Outside("+19005550100"); !errors.As(err, &refused) || refused.Reason != routing.RefusedPrefix {
		t.Errorf("%v", err)
	}
	if _, err := h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error { c.CallerID = ""; return nil }); err != nil {
		t.Fatal(err)
	}
	if cfg, _, err := h.Tenant("acme"); err != nil || cfg.CallerID != "" || cfg.DefaultDestination == nil {
		t.Errorf("%q %v", cfg.CallerID, err)
	}
}
