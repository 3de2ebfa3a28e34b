package routing

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
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

func TestPlanForward(t *testing.T) {
	d := platform(t)
	acme, globex := planOf(t, d, "acme"), planOf(t, d, string(globexID))
	mobile := OutsideCall{Name: "mobile", Number: ParseNumber("+15557654321", ""), Gateway: "carrier", Trunk: "main", RingSeconds: 30}
	cases := []struct {
		plan    *Plan
		target  string
		want    OutsideCall
		refused RefusalReason
	}{
		{acme, "mobile", mobile, ""},
		{acme, "0c1d2e3f-0000-4000-8000-000000000002", mobile, ""},
		{acme, "berlin", OutsideCall{Name: "berlin", Number: ParseNumber("+4930123456", ""), Gateway: "carrier-de", Trunk: "berlin", RingSeconds: 45}, ""},
		{acme, "+15550001111", OutsideCall{Number: ParseNumber("+15550001111", ""), Gateway: "carrier", Trunk: "main", RingSeconds: 30}, ""},
		{acme, "+442079460018", OutsideCall{}, RefusedCountry},
		{acme, "nobody", OutsideCall{}, RefusedTarget},
		{acme, "1001", OutsideCall{}, RefusedTarget},
		{globex, "+4930123456", OutsideCall{}, RefusedTrunk},
	}
	for _, c := range cases {
		got, err := c.plan.Forward(c.target)
		reason := RefusalReason("")
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			reason = refused.Reason
		}
		if got != c.want || reason != c.refused || (err == nil) != (c.refused == "") {
			t.Errorf("Forward(%q) = %+v, %v; want %+v, %q", c.target, got, err, c.want, c.refused)
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

func TestNext(t *testing.T) {
	d := platform(t)
	acme, globex := planOf(t, d, "acme"), planOf(t, d, "globex")
	extension := func(n string) Destination { return Destination{RouteExtension, n} }
	mobile := Destination{RouteForward, "mobile"}
	end := Destination{}
	cases := []struct {
		name string
		plan *Plan
		at   Destination
		out  Outcome
		want Destination
	}{
		{"an exit", acme, extension("1001"), NoAnswer, extension("1002")},
		{"an exit, the destination given by id", acme, extension("0c1d2e3f-0000-4000-8000-000000000001"), NoAnswer, extension("1002")},
		{"an exit of a forward", acme, mobile, Busy, Destination{RouteVoicemail, "1001"}},
		{"no exit: the default destination", acme, extension("1003"), NoAnswer, extension("1001")},
		{"no exit of an outside number", acme, Destination{RouteForward, "+15550001111"}, Failed, extension("1001")},
		{"no exit of the default destination itself", acme, extension("1001"), Busy, end},
		{"the same, given by id", acme, extension("0c1d2e3f-0000-4000-8000-000000000001"), Busy, end},
		{"no exit of what the default destination leads to", acme, extension("1002"), Busy, end},
		{"the same of a forward", acme, mobile, Failed, end},
		{"voicemail that fails", acme, Destination{RouteVoicemail, "1003"}, Failed, end},
		{"a hangup that fails", acme, Destination{RouteHangup, "USER_BUSY"}, Failed, end},
		{"answered", acme, extension("1001"), Answered, end},
		{"a message left", acme, Destination{RouteVoicemail, "1001"}, MessageLeft, end},
		{"ended", acme, Destination{RouteHangup, "USER_BUSY"}, Ended, end},
		{"the caller is gone", acme, extension("1003"), CallerGone, end},
		{"the call left", acme, extension("1003"), LeftSession, end},
		{"an outcome nobody knows", acme, extension("1001"), Outcome("odd"), end},
		{"no default destination", globex, extension("1001"), NoAnswer, end},
	}
	for _, c := range cases {
		got, goesOn := c.plan.Next(c.at, c.out)
		if got != c.want || goesOn != (c.want != end) {
			t.Errorf("%s: %s, %v; want %s", c.name, got, goesOn, c.want)
		}
	}
}
