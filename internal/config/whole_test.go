package config_test

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
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
ivrMenus:
  - name: main
    extension: "1200"
    greeting: {file: main.wav, text: Welcome}
    invalidPrompt: {tone: "%(200,100,440)"}
    digits: {"1": {route: extension, target: "1001"}, "9": {route: repeat}}
    directDial: {allow: [10xx], deny: ["1002"]}
    bargeIn: false
    set: {tags: [menu], language: en-US}
    exits: {no-input: {route: extension, target: "1001"}, too-many-tries: {route: extension, target: "1002"}}
schedules:
  - name: office
    timezone: America/New_York
    schedules: [{days: [monday, friday], startTime: "09:00", endTime: "17:00"}, {day: saturday, enabled: false, startTime: "10:00", endTime: "12:00"}]
    holidays: [{name: Christmas, date: "12-25", hours: [{startTime: "10:00", endTime: "12:00"}], destination: {route: extension, target: "1001"}}]
    openAction: {route: ringgroup, target: sales}
    afterHoursAction: {route: extension, target: "1002"}
    overrideCode: {code: "*28", extensions: ["1001"], hours: 4}
overrides: [{schedule: office, state: destination, destination: {route: extension, target: "1001"}, since: "2026-11-20T08:00:00Z", until: "2099-11-21T18:00:00-05:00", by: ann, reason: fire drill}]
recording: {policy: inbound, announcement: {file: recorded.wav}, stereo: false}
dids: [{number: "+13055550100", inboundRoute: ringgroup, routeTarget: sales, schedule: office}]
blocklist:
  - {number: "+13055550166"}
  - {prefix: "+13055550166", direction: both}
  - {pattern: '\+1305555.*'}
  - {anonymous: true}
allowlist: [{number: "+13055550167"}]
lists: [{name: vip, numbers: ["+13055550111"]}]
rules: [{name: vip, when: 'call.from in list("vip")', then: {route: extension, target: "1002"}}]
tests: [{name: vip, call: {from: "+13055550111", to: "+13055550100", at: "2026-11-20 10:00"}, expect: {verdict: caller-blocked}}]
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
		if v.IsZero() && field.Name != "Revision" { // which files say and nothing stores
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

// Every key may stand in a file of its own.
func TestEveryKeyInAFileOfItsOwn(t *testing.T) {
	want, problems := routing.ParseFiles(files(whole))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var parts []routing.File
	for _, text := range regexp.MustCompile(`(?m)^[a-zA-Z]+:.*\n(?:[ -].*\n)*`).FindAllString(strings.Replace(whole, "tenant: acme\n", "", 1), -1) {
		parts = append(parts, routing.File{Name: fmt.Sprintf("%d.yaml", len(parts)), Data: []byte("tenant: acme\n" + text)})
	}
	got, problems := routing.ParseFiles(parts)
	if len(parts) < 14 || len(problems) > 0 {
		t.Fatalf("%d files: %v", len(parts), problems)
	}
	if diff := cmp.Diff(want.Tenants, got.Tenants); diff != "" {
		t.Error(diff)
	}
}

// A file that names one of the keys that are no lists leaves the others.
func TestSettingsAreSections(t *testing.T) {
	h, _, _ := opened(t)
	apply(t, h, operator+"blockedPrefixes: [\"+1900\"]\ndefaultCountry: US\n", whole)
	apply(t, h, "tenant: acme\ndefaultDestination: {route: extension, target: \"1002\"}\n")
	apply(t, h, "defaultCountry: CA\n")
	apply(t, h, "tenant: acme\nrecording: {policy: always}\n")
	cfg, _, err := h.Tenant("acme")
	if err != nil || cfg.CallerID != "+13055550100" || cfg.DefaultDestination.Target != "1002" || *cfg.Recording != (routing.Recording{Policy: routing.RecordAlways}) {
		t.Errorf("%q %v %v", cfg.CallerID, cfg.DefaultDestination, err)
	}
	var refused *routing.RefusedError
	plan, _ := h.Directory().Plan("acme")
	if _, err := plan.Outside("+19005550100"); !errors.As(err, &refused) || refused.Reason != routing.RefusedPrefix {
		t.Errorf("%v", err)
	}
	if _, err := h.Change(t.Context(), "acme", "", "", func(c *routing.TenantConfig) error { c.CallerID, c.Recording = "", nil; return nil }); err != nil {
		t.Fatal(err)
	}
	if cfg, _, err := h.Tenant("acme"); err != nil || cfg.CallerID != "" || cfg.Recording != nil || cfg.DefaultDestination == nil {
		t.Errorf("%q %v", cfg.CallerID, err)
	}
}
