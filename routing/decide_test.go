package routing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func inboundCall(from, to string) Call {
	return Call{ID: "c1", CallerNumber: from, Dialled: to, Profile: "external", NetworkIP: "192.0.2.10"}
}

func phoneCall(user, domain, dialled string) Call {
	return Call{ID: "c2", CallerNumber: "spoofed", Dialled: dialled, AuthUser: user, AuthDomain: domain, Profile: "internal"}
}

func with(c Call, change func(*Call)) Call {
	change(&c)
	return c
}

// outcome is the part of a decision that the table below is about.
type outcome struct {
	Verdict     Verdict
	Tenant      TenantID
	Direction   Direction
	From, To    string
	Trunk       string
	Destination Destination
	Rule        string
	Reason      string
	Failed      []string
}

func outcomeOf(d Decision) outcome {
	return outcome{
		Verdict: d.Verdict, Tenant: d.Tenant, Direction: d.Direction, From: d.Caller.String(), To: d.Dialled.String(), Trunk: d.Trunk,
		Destination: d.Destination, Rule: d.Rule, Reason: orText(blockReason(d.Block), d.DenyReason), Failed: d.FailedRules,
	}
}

func TestDecide(t *testing.T) {
	night := time.Date(2026, time.March, 4, 3, 0, 0, 0, time.UTC) // 22:00 in New York
	sunday := time.Date(2026, time.March, 1, 17, 0, 0, 0, time.UTC)
	header := []string{"header"}
	cases := []struct {
		name string
		call Call
		now  time.Time
		want outcome
	}{
		{"a number's route", inboundCall("+15557770000", "+15551230001"), noon,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+15551230001", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"national spelling", inboundCall("5557770000", "15551230001"), noon,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+15551230001", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a route by a forward's id", inboundCall("+15557770000", "+15551230002"), noon,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+15551230002", "main", Destination{RouteForward, "mobile"}, "", "", header}},
		{"a number without a route goes to the default", inboundCall("+15557770000", "+15551230003"), noon,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+15551230003", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"the trunk's country reads the number",
			with(inboundCall("030 555123", "030 12345600"), func(c *Call) { c.NetworkIP = "::ffff:198.51.100.7" }), noon,
			outcome{Routed, acmeID, Inbound, "+4930555123", "+493012345600", "berlin", Destination{RouteExtension, "1001"}, "", "", header}},
		{"the dialplan names the trunk",
			with(inboundCall("+15557770000", "030/12345600"), func(c *Call) { c.Trunk = "berlin" }), noon,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+493012345600", "berlin", Destination{RouteExtension, "1001"}, "", "", header}},
		{"no trunk fits: the default country", Call{CallerNumber: "5557770000", Dialled: "5551230001", Profile: "other"}, noon,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+15551230001", "", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a rule by list", inboundCall("+15551113333", "+15551230001"), noon,
			outcome{Routed, acmeID, Inbound, "+15551113333", "+15551230001", "main", Destination{RouteForward, "mobile"}, "vip", "", header}},
		{"an anonymous caller is in no list",
			with(inboundCall("+15551113333", "+15551230001"), func(c *Call) { c.Anonymous = true }), noon,
			outcome{Routed, acmeID, Inbound, "", "+15551230001", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a rule by header, whatever its case",
			with(inboundCall("+15551113333", "+15551230001"), func(c *Call) { c.Headers = map[string]string{"X-Campaign": "spring"} }), noon,
			outcome{Routed, acmeID, Inbound, "+15551113333", "+15551230001", "main", Destination{RouteExtension, "1003"}, "header", "", nil}},
		{"a rule by the tenant's clock", inboundCall("+15557770000", "+15551230001"), night,
			outcome{Routed, acmeID, Inbound, "+15557770000", "+15551230001", "main", Destination{RouteVoicemail, "1001"}, "night", "", header}},
		{"a rule by weekday",
			with(inboundCall("anonymous", "+15551230001"), func(c *Call) { c.Anonymous = true }), sunday,
			outcome{Routed, acmeID, Inbound, "", "+15551230001", "main", Destination{RouteHangup, "CALL_REJECTED"}, "weekend", "", header}},
		{"a blocked caller", inboundCall("(555) 000-0001", "+15551230001"), noon,
			outcome{CallerBlocked, acmeID, Inbound, "+15550000001", "+15551230001", "main", Destination{}, "", "spam", nil}},
		{"blocked for outbound only", inboundCall("+15550000002", "+15551230001"), noon,
			outcome{Routed, acmeID, Inbound, "+15550000002", "+15551230001", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a blocked caller without a name",
			with(inboundCall("+15550000001", "+15551230001"), func(c *Call) { c.Anonymous = true }), noon,
			outcome{Routed, acmeID, Inbound, "", "+15551230001", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a caller that is no number", inboundCall("sip:bob@evil", "+15551230001"), noon,
			outcome{Routed, acmeID, Inbound, "sip:bob@evil", "+15551230001", "main", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a number nobody has", inboundCall("+15557770000", "+15559999999"), noon,
			outcome{UnknownNumber, "", Inbound, "+15557770000", "+15559999999", "main", Destination{}, "", "", nil}},
		{"an extension from outside", inboundCall("+15557770000", "1001"), noon,
			outcome{UnknownNumber, "", Inbound, "+15557770000", "1001", "main", Destination{}, "", "", nil}},
		{"a suspended tenant", inboundCall("+15557770000", "+15551240001"), noon,
			outcome{TenantSuspended, frozenID, Inbound, "+15557770000", "+15551240001", "main", Destination{}, "", "", nil}},
		{"no route", inboundCall("+15557770000", "+49309876543"), noon,
			outcome{NoRoute, globexID, Inbound, "+15557770000", "+49309876543", "main", Destination{}, "", "", nil}},

		{"phone to phone, its own number never from the From header", phoneCall("1001", "ACME.example.com", "1002"), noon,
			outcome{Routed, acmeID, Internal, "1001", "1002", "", Destination{RouteExtension, "1002"}, "", "", header}},
		{"a rule for an extension", phoneCall("1003", "acme.test", "1002"), noon,
			outcome{Routed, acmeID, Internal, "1003", "1002", "", Destination{RouteForward, "mobile"}, "vip", "", header}},
		{"a wrong extension goes to the default", phoneCall("1001", "acme.test", "1999"), noon,
			outcome{Routed, acmeID, Internal, "1001", "1999", "", Destination{RouteExtension, "1001"}, "", "", header}},
		{"an extension is dialled by its number, not its id", phoneCall("1002", "acme.test", "0c1d2e3f-0000-4000-8000-000000000001"), noon,
			outcome{Routed, acmeID, Internal, "1002", "0c1d2e3f-0000-4000-8000-000000000001", "", Destination{RouteExtension, "1001"}, "", "", header}},
		{"an extension wins over a number with its digits", phoneCall("1001", "globex.example.com", "1001"), noon,
			outcome{Routed, globexID, Internal, "1001", "1001", "", Destination{RouteExtension, "1001"}, "", "", nil}},
		{"outside", phoneCall("1001", "acme.test", "555 765 0000"), noon,
			outcome{Routed, acmeID, Outbound, "1001", "+15557650000", "main", Destination{RouteForward, "+15557650000"}, "", "", header}},
		{"outside to a country not granted", phoneCall("1001", "acme.test", "+442079460018"), noon,
			outcome{CallDenied, acmeID, Outbound, "1001", "+442079460018", "", Destination{}, "", "calls to GB are not allowed for the tenant", header}},
		{"outside to another country of the same code", phoneCall("1001", "acme.test", "+18092201111"), noon,
			outcome{CallDenied, acmeID, Outbound, "1001", "+18092201111", "", Destination{}, "", "calls to DO are not allowed for the tenant", header}},
		{"outside without a gateway", phoneCall("1001", "globex.example.com", "030 111222"), noon,
			outcome{CallDenied, globexID, Outbound, "1001", "+4930111222", "", Destination{}, "", "no trunk of the tenant can carry outside calls", nil}},
		{"outside to a blocked number", phoneCall("1001", "acme.test", "+15550000002"), noon,
			outcome{CallerBlocked, acmeID, Outbound, "1001", "+15550000002", "", Destination{}, "", "costs too much", nil}},
		{"blocked both ways", phoneCall("1001", "acme.test", "+15550000003"), noon,
			outcome{CallerBlocked, acmeID, Outbound, "1001", "+15550000003", "", Destination{}, "", "", nil}},
		{"outside to a number blocked only as a caller", phoneCall("1001", "acme.test", "+15550000001"), noon,
			outcome{Routed, acmeID, Outbound, "1001", "+15550000001", "main", Destination{RouteForward, "+15550000001"}, "", "", header}},
		{"a phone of a suspended tenant's domain without extensions", phoneCall("1001", "frozen.example.com", "+15557770000"), noon,
			outcome{UnknownNumber, "", Inbound, "spoofed", "+15557770000", "", Destination{}, "", "", nil}},
		{"a domain nobody has", phoneCall("1001", "evil.example.com", "+15551230001"), noon,
			outcome{Routed, acmeID, Inbound, "spoofed", "+15551230001", "", Destination{RouteExtension, "1001"}, "", "", header}},
		{"a user the tenant does not have", phoneCall("1009", "acme.test", "1001"), noon,
			outcome{UnknownNumber, "", Inbound, "spoofed", "1001", "", Destination{}, "", "", nil}},
	}
	d := platform(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := d.Decide(c.call, c.now, nil)
			if diff := cmp.Diff(c.want, outcomeOf(got)); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
			if (got.Plan == nil) != (c.want.Verdict == UnknownNumber) {
				t.Errorf("plan is there: %v", got.Plan != nil)
			}
		})
	}
}

func TestDecisionCarriesWhatItWentBy(t *testing.T) {
	d := platform(t)
	got := d.Decide(inboundCall("+15551112222", "+15551230001"), noon, nil)
	want := map[string]string{
		"direction": "inbound", "from": "+15551112222", "to": "+15551230001", "did": "+15551230001", "trunk": "main", "set callerIdPrefix": "VIP ",
		"now": "2026-03-03T12:30:00-05:00", "headers": "x-campaign",
	}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(RuleSet{CallerIDPrefix: "VIP ", Tags: []string{"vip"}}, got.Set); diff != "" {
		t.Errorf("set (-want +got):\n%s", diff)
	}
	if got.Revision != 7 || got.DID != "+15551230001" {
		t.Errorf("revision %d, did %q", got.Revision, got.DID)
	}
}

func TestDecideLeavesTheCallAlone(t *testing.T) {
	d := platform(t)
	call := with(inboundCall("+15557770000", "+15551230001"), func(c *Call) { c.Headers = map[string]string{"X-A": "1"} })
	first := d.Decide(call, noon, nil)
	second := d.Decide(call, noon, nil)
	if diff := cmp.Diff(outcomeOf(first), outcomeOf(second)); diff != "" {
		t.Errorf("the same call was decided differently:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"X-A": "1"}, call.Headers); diff != "" {
		t.Errorf("headers were changed:\n%s", diff)
	}
}
