package routing

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPlanExtension(t *testing.T) {
	plan := planOf(t, platform(t), "acme")
	reception := Extension{
		ID: "0c1d2e3f-0000-4000-8000-000000000001", Extension: "1001", DisplayName: "Reception", RingSeconds: 25,
		Exits: Exits{NoAnswer: {RouteExtension, "1002"}, Unregistered: {RouteForward, "mobile"}},
	}
	for _, key := range []string{"1001", reception.ID} {
		got, ok := plan.Extension(key)
		if diff := cmp.Diff(reception, got); diff != "" || !ok {
			t.Errorf("extension %s (-want +got):\n%s", key, diff)
		}
	}
	if got, _ := plan.Extension("1002"); got.RingSeconds != 10 {
		t.Errorf("1002 rings for %d s, want 10", got.RingSeconds)
	}
	if got, ok := plan.Extension("1009"); ok {
		t.Errorf("extension 1009 is %v", got)
	}
}

func TestPlanOutside(t *testing.T) {
	d := platform(t)
	acme, globex := planOf(t, d, "acme"), planOf(t, d, string(globexID))
	berlin := Line{Trunk: "berlin", Gateway: "carrier-de", ProgressSeconds: 8}
	all := []Line{{Trunk: "main", Gateway: "carrier", ProgressSeconds: 8}, berlin}
	mobile := OutsideCall{Name: "mobile", Number: ParseNumber("+15557654321", ""), Lines: all, RingSeconds: 30}
	cases := []struct {
		plan    *Plan
		target  string
		want    OutsideCall
		refused RefusalReason
	}{
		{acme, "mobile", mobile, ""},
		{acme, "0c1d2e3f-0000-4000-8000-000000000002", mobile, ""},
		{acme, "berlin", OutsideCall{Name: "berlin", Number: ParseNumber("+4930123456", ""), Lines: []Line{berlin}, RingSeconds: 45}, ""},
		{acme, "+15550001111", OutsideCall{Number: ParseNumber("+15550001111", ""), Lines: all, RingSeconds: 30}, ""},
		{acme, "+442079460018", OutsideCall{}, RefusedCountry},
		{acme, "nobody", OutsideCall{}, RefusedTarget},
		{acme, "1001", OutsideCall{}, RefusedTarget},
		{globex, "+4930123456", OutsideCall{}, RefusedTrunk},
	}
	for _, c := range cases {
		got, err := c.plan.Outside(c.target)
		reason := RefusalReason("")
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			reason = refused.Reason
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(Number{}), cmpopts.IgnoreFields(Line{}, "CallerID", "Header")); diff != "" || reason != c.refused || (err == nil) != (c.refused == "") {
			t.Errorf("Outside(%q): %v; want %q; (-want +got):\n%s", c.target, err, c.refused, diff)
		}
	}
}

func TestPlanWebhooks(t *testing.T) {
	d := platform(t)
	got := planOf(t, d, "acme").Webhooks()
	want := []Webhook{{
		ID: got[0].ID, Name: "crm", URL: "https://crm.example.com/hooks", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		Events: []string{"call.started", "call.answered", "call.forwarded", "call.ended"}, Order: OrderCall, TimeoutSeconds: 5,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("webhooks (-want +got):\n%s", diff)
	}
	const derived = "f0f69d9a-8975-542c-a16d-374b441dbfab" // UUID v5 of "crm" under acme's id
	if got[0].ID != derived {
		t.Errorf("id %s, want %s", got[0].ID, derived)
	}
}

func TestPlanTenant(t *testing.T) {
	d := platform(t)
	plan := planOf(t, d, "acme")
	if plan.Tenant().ID != acmeID || plan.Tenant().Country != "US" || plan.Revision() != 7 || plan.Domain() != "acme.example.com" {
		t.Errorf("tenant %+v, revision %d, domain %s", plan.Tenant(), plan.Revision(), plan.Domain())
	}
	var names []string
	for _, grant := range d.Tenants() {
		names = append(names, grant.Name)
	}
	if diff := cmp.Diff([]string{"acme", "globex", "frozen"}, names); diff != "" {
		t.Errorf("tenants (-want +got):\n%s", diff)
	}
	if _, ok := d.Plan("nobody"); ok {
		t.Error("there is a plan of nobody")
	}
}
