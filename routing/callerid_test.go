package routing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const callerIDTenant = `
extensions: [{extension: "1001", callerId: "+15551230001"}, {extension: "1002"}]
callerId: "+15551230002"
`

func TestCallerID(t *testing.T) {
	acme := planOf(t, withOperator(t, threeNumbers(), "tenant: acme\n"+callerIDTenant), "acme")
	plain := planOf(t, withOperator(t, threeNumbers(), `{tenant: acme, extensions: [{extension: "1002"}]}`), "acme")
	poor := threeNumbers()
	poor.Tenants[0].Numbers = nil
	none := planOf(t, withOperator(t, poor, `{tenant: acme, extensions: [{extension: "1001"}]}`), "acme")

	e164, short, odd := ParseNumber("+13055550166", ""), extensionNumber("1002"), Number{text: "sip:\x07evil"}
	keep, own := Line{CallerID: CallerIDKeep, Header: HeaderNone}, Line{CallerID: CallerIDOwn, Header: HeaderNone}
	header := func(l Line, h CallerIDHeader) Line { l.Header = h; return l }
	const did, extensionOwn, tenantOwn = "+15551230003", "+15551230001", "+15551230002"
	inbound := Decision{Direction: Inbound, Caller: e164, DID: did}
	hidden := Decision{Direction: Inbound, DID: did, Anonymous: true}
	cases := []struct {
		name string
		plan *Plan
		d    Decision
		by   string
		line Line
		want CallerID
	}{
		{"kept", acme, inbound, "", keep, CallerID{Number: "+13055550166", Name: true, Own: did}},
		{"kept, forwarded by an extension with a number", acme, inbound, "1001", keep, CallerID{Number: "+13055550166", Name: true, Own: extensionOwn}},
		{"own: the number that was called", acme, inbound, "1002", own, CallerID{Number: did, Own: did}},
		{"own: that of the extension that forwards", acme, inbound, "1001", own, CallerID{Number: extensionOwn, Own: extensionOwn}},
		{"own, of a tenant without numbers", none, Decision{Direction: Inbound, Caller: e164}, "1001", own, CallerID{Number: "+13055550166", Name: true}},
		{"own, an anonymous caller: our number hides him", acme, hidden, "", own, CallerID{Number: did, Own: did}},
		{"an anonymous caller", acme, hidden, "", keep, CallerID{Anonymous: true, Own: did}},
		{"an anonymous caller, a tenant without numbers", none, Decision{Direction: Inbound, Anonymous: true}, "", own, CallerID{Anonymous: true}},
		{"anonymous, and its number is known", acme, Decision{Direction: Inbound, Caller: e164, Anonymous: true, DID: did}, "", keep, CallerID{Anonymous: true, Own: did}},
		{"a caller that cannot be read", acme, Decision{Direction: Inbound, Caller: odd, DID: did}, "", keep, CallerID{Anonymous: true, Own: did}},
		{"a short caller from outside", acme, Decision{Direction: Inbound, Caller: short, DID: did}, "", keep, CallerID{Anonymous: true, Own: did}},

		{"Diversion", acme, inbound, "1002", header(keep, HeaderDiversion), CallerID{Number: "+13055550166", Name: true, Own: did, Diversion: true}},
		{"P-Asserted-Identity", acme, inbound, "1002", header(keep, HeaderAsserted), CallerID{Number: "+13055550166", Name: true, Own: did, Asserted: true}},
		{"both headers", acme, inbound, "1001", header(keep, HeaderBoth),
			CallerID{Number: "+13055550166", Name: true, Own: extensionOwn, Diversion: true, Asserted: true}},
		{"both headers of an anonymous caller", acme, hidden, "", header(keep, HeaderBoth), CallerID{Anonymous: true, Own: did, Diversion: true, Asserted: true}},
		{"both headers, own", acme, inbound, "", header(own, HeaderBoth), CallerID{Number: did, Own: did, Diversion: true, Asserted: true}},
		{"headers of a tenant without numbers", none, Decision{Direction: Inbound, Caller: e164}, "", header(keep, HeaderBoth), CallerID{Number: "+13055550166", Name: true}},

		{"a phone calls", acme, Decision{Direction: Outbound, Caller: extensionNumber("1001")}, "1001", keep, CallerID{Number: extensionOwn, Name: true, Own: extensionOwn}},
		{"a phone without its own number", acme, Decision{Direction: Outbound, Caller: short}, "1002", keep, CallerID{Number: tenantOwn, Name: true, Own: tenantOwn}},
		{"the same, own", acme, Decision{Direction: Outbound, Caller: short}, "1002", own, CallerID{Number: tenantOwn, Name: true, Own: tenantOwn}},
		{"the tenant's first number", plain, Decision{Direction: Outbound, Caller: short}, "1002", keep, CallerID{Number: extensionOwn, Name: true, Own: extensionOwn}},
		{"a phone of a tenant without numbers", none, Decision{Direction: Outbound, Caller: short}, "1002", own, CallerID{Number: "1002", Name: true}},
		{"no phone diverts its own call", acme, Decision{Direction: Outbound, Caller: short}, "1002", header(keep, HeaderBoth),
			CallerID{Number: tenantOwn, Name: true, Own: tenantOwn, Asserted: true}},
		{"a phone that hides", acme, Decision{Direction: Outbound, Caller: short, Anonymous: true}, "1002", header(own, HeaderBoth),
			CallerID{Anonymous: true, Own: tenantOwn, Asserted: true}},
		{"a phone that hides, of a tenant without numbers", none, Decision{Direction: Outbound, Caller: short, Anonymous: true}, "1001", own, CallerID{Anonymous: true}},
		{"a colleague is forwarded: the number of who forwards", acme, Decision{Direction: Internal, Caller: short}, "1001", keep,
			CallerID{Number: extensionOwn, Name: true, Own: extensionOwn}},
		{"the same by one without a number", acme, Decision{Direction: Internal, Caller: extensionNumber("1001")}, "1002", header(own, HeaderDiversion),
			CallerID{Number: tenantOwn, Name: true, Own: tenantOwn}},
		{"the same by nobody we know", acme, Decision{Direction: Internal, Caller: short}, "", keep, CallerID{Number: tenantOwn, Name: true, Own: tenantOwn}},
		{"a colleague of a tenant without numbers", none, Decision{Direction: Internal, Caller: short}, "1001", keep, CallerID{Number: "1002", Name: true}},
		{"no number at all", none, Decision{Direction: Internal, Caller: odd}, "1001", keep, CallerID{Anonymous: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := c.plan.CallerID(c.d, c.by, c.line)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
		})
	}
}

func threeNumbers() OperatorConfig {
	operator := oneTenant()
	operator.Tenants[0].Numbers = []string{"+15551230001", "+15551230002", "+15551230003"}
	return operator
}

// A forward that says own counts on a trunk that would keep the caller's.
func TestForwardShowsItsOwnNumber(t *testing.T) {
	d := withOperator(t, oneTenant(), `{tenant: acme, forwards: [{name: mobile, number: "+15557654321", callerId: own}]}`)
	plan := planOf(t, d, "acme")
	call, err := plan.Outside("mobile")
	if err != nil {
		t.Fatal(err)
	}
	decision := d.Decide(inboundCall("+13055550166", "+15551230002"), noon, nil)
	if got := plan.CallerID(decision, "", call.Lines[0]); got.Number != "+15551230002" || got.Name {
		t.Errorf("shown %+v", got)
	}
}

func TestExplainShowsTheCallerID(t *testing.T) {
	operator := threeNumbers()
	operator.Trunks[0].CallerIDHeader = HeaderAsserted
	d := withOperator(t, operator, "tenant: acme\n"+callerIDTenant)
	hides := func(c *Call) { c.Anonymous = true }
	cases := []struct {
		call Call
		want []Check
	}{
		{phoneCall("1001", "acme.test", "+13055550166"),
			[]Check{{Check: "caller id", Subject: "main", Result: "+15551230001", Detail: "+15551230001 in P-Asserted-Identity"}}},
		{phoneCall("1002", "acme.test", "+13055550166"),
			[]Check{{Check: "caller id", Subject: "main", Result: "+15551230002", Detail: "+15551230002 in P-Asserted-Identity"}}},
		{with(phoneCall("1002", "acme.test", "+13055550166"), hides),
			[]Check{{Check: "caller id", Subject: "main", Result: "anonymous", Detail: "+15551230002 in P-Asserted-Identity"}}},
		{phoneCall("1002", "acme.test", "1001"), nil},
	}
	for _, c := range cases {
		var got []Check
		for _, check := range d.Explain(c.call, noon, nil).Checks {
			if check.Check == "caller id" {
				got = append(got, check)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s calls (-want +got):\n%s", c.call.AuthUser, diff)
		}
	}
	if id := (CallerID{Own: "+15551230001", Diversion: true, Asserted: true}); id.headers() != "+15551230001 in Diversion and P-Asserted-Identity" {
		t.Errorf("headers are shown as %q", id.headers())
	}
}
