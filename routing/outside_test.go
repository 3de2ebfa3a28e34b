package routing

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const outsideOperator = `
blockedPrefixes: ["+1900", "+1 900-555"]
trunks:
  - {name: main, gateway: carrier, callerId: own, callerIdHeader: both, progressSeconds: 3}
  - {name: spare, gateway: other}
  - {name: incoming}
tenants:
  - id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10
    name: acme
    domains: [acme.test]
    country: US
    numbers: ["+15551230001", "+15551230002", "+15551230003"]
    trunks: [incoming, main, spare]
    countries: [US, DE]
    blockedPrefixes: ["+4915", "+1242"]
    maxForwards: 2
  - {id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a11, name: globex, domains: [globex.test], country: US, numbers: ["+15551240001"], trunks: [main]}
  - {id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a12, name: silent, domains: [silent.test], country: US, trunks: [incoming], countries: [US]}
`

const outsideTenant = `
tenant: acme
extensions: [{extension: "1001"}, {extension: "1002"}, {extension: "1003"}, {extension: "3055550166"}]
forwards: [{name: mobile, number: "+15557654321"}]
ringGroups: [{name: sales, extension: "600", members: [{number: "1002"}]}]
dids:
  - {number: "+15551230001", inboundRoute: extension, routeTarget: "1001"}
  - {number: "+15551230002", inboundRoute: ringgroup, routeTarget: sales}
%s
`

func outsidePlatform(t testing.TB, more string) *Directory {
	return compiled(t,
		File{Name: "operator.yaml", Data: []byte(outsideOperator)},
		File{Name: "acme.yaml", Data: fmt.Appendf(nil, outsideTenant, more)},
		File{Name: "globex.yaml", Data: []byte("{tenant: globex, extensions: [{extension: '1001'}]}")},
		File{Name: "silent.yaml", Data: []byte("{tenant: silent, extensions: [{extension: '1001'}]}")},
	)
}

func TestWhoMayBeCalled(t *testing.T) {
	d := outsidePlatform(t, "")
	cases := []struct {
		tenant, number string
		refused        RefusalReason
		detail         string
	}{
		{"acme", "+15557654321", "", ""},
		{"acme", "+4930123456", "", ""},
		{"acme", "+442079460018", RefusedCountry, "calls to GB are not allowed for the tenant"},
		{"acme", "+18092201111", RefusedCountry, "calls to DO are not allowed for the tenant"}, // the code of the US
		{"acme", "+19005550100", RefusedPrefix, "calls to numbers that begin with +1900555 are blocked"},
		{"acme", "+19004440100", RefusedPrefix, "calls to numbers that begin with +1900 are blocked"},
		{"acme", "900 444 0100", RefusedPrefix, "calls to numbers that begin with +1900 are blocked"},
		{"acme", "+4915112345678", RefusedPrefix, "calls to numbers that begin with +4915 are blocked"},
		{"acme", "+12425550100", RefusedCountry, "calls to BS are not allowed for the tenant"},
		{"globex", "+15557654321", RefusedCountry, "the tenant may not call outside numbers"}, // nothing is granted
		{"silent", "+15557654321", RefusedTrunk, "no trunk of the tenant can carry outside calls"},
		{"silent", "+19005550100", RefusedPrefix, "calls to numbers that begin with +1900555 are blocked"},
		{"silent", "+4915112345678", RefusedCountry, "calls to DE are not allowed for the tenant"},
	}
	for _, c := range cases {
		_, err := planOf(t, d, c.tenant).Outside(c.number)
		reason, detail := refusalOf(err)
		if reason != c.refused || detail != c.detail {
			t.Errorf("%s calls %s: %s, %s; want %s, %s", c.tenant, c.number, reason, detail, c.refused, c.detail)
		}
		decision := d.Decide(phoneCall("1001", c.tenant+".test", c.number), noon, nil)
		if denied := decision.Verdict == CallDenied; denied != (c.refused != "") || decision.DenyReason != c.detail {
			t.Errorf("a phone of %s calls %s: %s, %s", c.tenant, c.number, decision.Verdict, decision.DenyReason)
		}
	}
}

func refusalOf(err error) (RefusalReason, string) {
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused.Reason, refused.Detail
	}
	return "", ""
}

func TestLinesOfOutsideCalls(t *testing.T) {
	d := outsidePlatform(t, "")
	got, err := planOf(t, d, "acme").Outside("+15557654321")
	want := OutsideCall{Number: ParseNumber("+15557654321", ""), RingSeconds: 30, Lines: []Line{
		{Trunk: "main", Gateway: "carrier", ProgressSeconds: 3, CallerID: CallerIDOwn, Header: HeaderBoth},
		{Trunk: "spare", Gateway: "other", ProgressSeconds: 8, CallerID: CallerIDKeep, Header: HeaderNone},
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Number{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if most := planOf(t, d, "acme").Tenant().MaxForwards; most != 2 {
		t.Errorf("acme may forward %d times", most)
	}
	if most := planOf(t, d, "globex").Tenant().MaxForwards; most != 5 {
		t.Errorf("globex may forward %d times", most)
	}
}

func TestRefusalIsSafeToShow(t *testing.T) {
	plan := planOf(t, outsidePlatform(t, ""), "acme")
	_, err := plan.Outside("\x1b[2J" + strings.Repeat("9", 500))
	if text := err.Error(); len(text) > 250 || strings.Contains(text, "\x1b") {
		t.Errorf("shown as %q", text)
	}
}

func TestRedirect(t *testing.T) {
	plan := planOf(t, outsidePlatform(t, ""), "acme")
	extension := func(number string) Destination { return Destination{RouteExtension, number} }
	cases := []struct {
		name, contact string
		want          Destination
		refused       RefusalReason
	}{
		{"an extension", "1002", extension("1002"), ""},
		{"an extension wins over a number with its digits", "3055550166", extension("3055550166"), ""},
		{"the number of a ring group", "600", Destination{RouteRingGroup, "sales"}, ""},
		{"a number", "+15557654321", Destination{RouteForward, "+15557654321"}, ""},
		{"a national number", "(555) 765-4321", Destination{RouteForward, "+15557654321"}, ""},
		{"with the code and no plus", "15557654321", Destination{RouteForward, "+15557654321"}, ""},
		{"a number of the tenant: its route", "+15551230002", Destination{RouteRingGroup, "sales"}, ""},
		{"a number of the tenant that leads back", "+15551230001", Destination{}, RefusedHops},
		{"a number of the tenant without a route", "+15551230003", Destination{}, RefusedTarget},
		{"itself", "1001", Destination{}, RefusedHops},
		{"no such extension", "1999", Destination{}, RefusedTarget},
		{"a country not granted", "+442079460018", Destination{}, RefusedCountry},
		{"the platform's prefix", "+19005550100", Destination{}, RefusedPrefix},
		{"the tenant's prefix", "+4915112345678", Destination{}, RefusedPrefix},
		{"nothing", "", Destination{}, RefusedTarget},
		{"a forward's name", "mobile", Destination{}, RefusedTarget},
		{"a ring group's name", "sales", Destination{}, RefusedTarget},
		{"letters", "call-me", Destination{}, RefusedTarget},
		{"letters that are digits on a phone", "1-800-FLOWERS", Destination{}, RefusedTarget},
		{"a parameter", "+15557654321;ext=1", Destination{}, RefusedTarget},
		{"a parameter of an extension", "1002;user=phone", Destination{}, RefusedTarget},
		{"a URI", "sip:+15557654321@198.51.100.9", Destination{}, RefusedTarget},
		{"a host", "+15557654321@198.51.100.9", Destination{}, RefusedTarget},
		{"very long", strings.Repeat("1", 200), Destination{}, RefusedTarget},
		{"control bytes", "1002\x00", Destination{}, RefusedTarget},
		{"a line break inside", "+1555\r\n7654321", Destination{}, RefusedTarget},
		{"a variable of the switch", "${sofia_contact(1002)}", Destination{}, RefusedTarget},
		{"a dial string", "1002,[leg_timeout=1]loopback/911", Destination{}, RefusedTarget},
		{"not UTF-8", "\xff\xfe", Destination{}, RefusedTarget},
		{"digits of another script", "１００２", Destination{}, RefusedTarget},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := plan.Redirect(Stop{Destination: extension("1001")}, c.contact)
			reason, _ := refusalOf(err)
			if got.Destination != c.want || reason != c.refused {
				t.Fatalf("%s, %v; want %s, %q", stopText(got), err, c.want, c.refused)
			}
			if err != nil {
				return
			}
			want := &Forwarding{Type: ForwardAlways, Path: []string{"1001"}, Outcome: Forwarded}
			if diff := cmp.Diff(want, got.Forward); diff != "" {
				t.Errorf("forwarding (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedirectToANumberWithoutARoute(t *testing.T) {
	plan := planOf(t, outsidePlatform(t, `defaultDestination: {route: voicemail, target: "1002"}`), "acme")
	got, err := plan.Redirect(Stop{Destination: Destination{RouteExtension, "1001"}}, "+15551230003")
	if err != nil || got.Destination != (Destination{RouteVoicemail, "1002"}) {
		t.Errorf("%s, %v; want the default destination", stopText(got), err)
	}
}

// Whatever a phone answers, a call goes to nobody the tenant may not call.
func TestRedirectNeverLeavesThePolicy(t *testing.T) {
	plan := planOf(t, outsidePlatform(t, ""), "acme")
	contact := rapid.OneOf(rapid.String(), rapid.StringMatching(`(\+|00|011)?(1|49|44)?[0-9 ();$-]{0,14}`))
	rapid.Check(t, func(t *rapid.T) {
		text := contact.Draw(t, "contact")
		got, err := plan.Redirect(Stop{Destination: Destination{RouteExtension, "1001"}}, text)
		if err != nil {
			if reason, detail := refusalOf(err); reason == "" || detail == "" || got.Forward != nil {
				t.Fatalf("%q: %v beside %s", text, err, got)
			}
			return
		}
		if got.Route != RouteForward {
			return
		}
		if _, err := plan.Outside(got.Target); err != nil || ParseNumber(got.Target, "").E164() != got.Target {
			t.Fatalf("%q goes to %s: %v", text, got, err)
		}
	})
}
