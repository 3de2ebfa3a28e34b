package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
		{"an outcome nobody knows", acme, extension("1003"), Outcome("odd"), end},
		{"an extension that is gone", acme, extension("1999"), Busy, extension("1001")},
		{"no default destination", globex, extension("1001"), NoAnswer, end},
	}
	for _, c := range cases {
		got, goesOn := c.plan.Next(Stop{Destination: c.at}, c.out)
		if got.Destination != c.want || got.Forward != nil || goesOn != (c.want != end) {
			t.Errorf("%s: %s, %v; want %s", c.name, stopText(got), goesOn, c.want)
		}
	}
}

const officeOperator = `
trunks: [{name: main, gateway: carrier}]
tenants:
  - {id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10, name: acme, domains: [acme.test], country: US, numbers: ["+15551230001"], trunks: [main], countries: [US], maxForwards: 3}
`

// office is a tenant whose extensions cover each other.
func office(t testing.TB, tenant string) *Plan {
	t.Helper()
	return planOf(t, officeDirectory(t, tenant), "acme")
}

func officeDirectory(t testing.TB, tenant string) *Directory {
	t.Helper()
	return compiled(t, File{Name: "operator.yaml", Data: []byte(officeOperator)}, File{Name: "acme.yaml", Data: []byte("tenant: acme\n" + tenant)})
}

// wayOf gives the stops of a call that begins at an extension, outcome by
// outcome.
func wayOf(t *testing.T, p *Plan, extension string, outcomes ...Outcome) string {
	t.Helper()
	at := Stop{Destination: Destination{RouteExtension, extension}}
	text := []string{extension}
	for _, out := range outcomes {
		next, goesOn := p.Next(at, out)
		if !goesOn {
			return strings.Join(append(text, string(out)+"> end"), " ")
		}
		how := ">"
		if next.Forward != nil {
			how = fmt.Sprintf(">%s of %s:", next.Forward.Type, next.Forward.By())
		}
		text = append(text, string(out)+how, next.Destination.String())
		at = next
	}
	return strings.Join(text, " ")
}

func TestForwardsOfAnExtension(t *testing.T) {
	plan := office(t, `
extensions:
  - extension: "1001"
    forward:
      busy: {number: "1002"}
      no-answer: {number: mobile}
    exits:
      busy: {route: voicemail, target: "1001"}
      unregistered: {route: hangup, target: NO_USER_RESPONSE}
  - extension: "1002"
    forward: {busy: {number: "1001"}, no-answer: {number: "1001", enabled: false}}
    exits:
      no-answer: {route: voicemail, target: "1002"}
      call-limit: {route: hangup, target: USER_BUSY}
  - extension: "1003"
    forward: {no-answer: {number: "+15550001111"}, busy: {number: "1004"}}
    exits: {failed: {route: voicemail, target: "1003"}}
  - extension: "1004"
    forward: {always: {number: "1003"}, unregistered: {number: "1001"}}
  - extension: "1005"
    forward: {busy: {number: "1001"}, unregistered: {number: "1002"}}
    exits: {no-answer: {route: extension, target: "1006"}}
  - extension: "1006"
    forward: {always: {number: "1007"}}
  - extension: "1007"
    forward: {always: {number: "1008"}}
  - extension: "1008"
    forward: {always: {number: "1009"}}
  - extension: "1009"
    forward: {always: {number: "1010"}}
    exits: {failed: {route: voicemail, target: "1009"}}
  - extension: "1010"
forwards:
  - {name: mobile, number: "+15557654321", exits: {busy: {route: hangup, target: USER_BUSY}}}
defaultDestination: {route: voicemail, target: "1001"}
`)
	cases := []struct {
		name     string
		from     string
		outcomes []Outcome
		want     string
	}{
		{"a forward comes before the exit", "1001", []Outcome{Busy}, "1001 busy>busy of 1001: extension 1002"},
		{"who covers each other ends in the first one's exit", "1001", []Outcome{Busy, Busy}, "1001 busy>busy of 1001: extension 1002 busy> voicemail 1001"},
		{"the second one's exit does not count", "1001", []Outcome{Busy, NoAnswer}, "1001 busy>busy of 1001: extension 1002 no-answer> voicemail 1001"},
		{"nor does that of the number forwarded to", "1001", []Outcome{NoAnswer, Busy}, "1001 no-answer>no-answer of 1001: forward mobile busy> voicemail 1001"},
		{"an exit for how the forward failed", "1003", []Outcome{NoAnswer, Failed}, "1003 no-answer>no-answer of 1003: forward +15550001111 failed> voicemail 1003"},
		{"neither for how it failed nor for why: as not answered", "1005", []Outcome{Busy, NoAnswer, Busy},
			"1005 busy>busy of 1005: extension 1001 no-answer>no-answer of 1001: forward mobile busy> extension 1006"},
		{"nothing at all: the default", "1006", []Outcome{Forwarded, Busy}, "1006 forwarded>always of 1006: extension 1007 busy> voicemail 1001"},
		{"no forward that is not enabled", "1002", []Outcome{NoAnswer}, "1002 no-answer> voicemail 1002"},
		{"no-answer stands in for unregistered", "1003", []Outcome{Unregistered}, "1003 unregistered>no-answer of 1003: forward +15550001111"},
		{"but not before an exit", "1001", []Outcome{Unregistered}, "1001 unregistered> hangup NO_USER_RESPONSE"},
		{"unregistered has its own", "1005", []Outcome{Unregistered}, "1005 unregistered>unregistered of 1005: extension 1002"},
		{"busy stands in for the call limit", "1001", []Outcome{CallLimited}, "1001 call-limit>busy of 1001: extension 1002"},
		{"nor does busy before one", "1002", []Outcome{CallLimited}, "1002 call-limit> hangup USER_BUSY"},
		{"failed is not forwarded", "1001", []Outcome{Failed}, "1001 failed> voicemail 1001"},
		{"always, back to who forwarded: how it failed comes first", "1003", []Outcome{Busy, Forwarded},
			"1003 busy>busy of 1003: extension 1004 forwarded> voicemail 1003"},
		{"as many forwards as the tenant may use, over exits", "1005", []Outcome{Busy, Busy, NoAnswer, Forwarded, Forwarded},
			"1005 busy>busy of 1005: extension 1001 busy>busy of 1001: extension 1002 no-answer> extension 1006 forwarded>always of 1006: extension 1007 forwarded> voicemail 1001"},
		{"one more ends in the first one's exits", "1006", []Outcome{Forwarded, Forwarded, Forwarded, Forwarded},
			"1006 forwarded>always of 1006: extension 1007 forwarded>always of 1007: extension 1008 forwarded>always of 1008: extension 1009 forwarded> voicemail 1001"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := wayOf(t, plan, c.from, c.outcomes...); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// What is known of a forward travels with the call; a stop is not changed by
// going on from it.
func TestForwardingCarriesWhatItIs(t *testing.T) {
	plan := office(t, `
extensions:
  - {extension: "1001", forward: {busy: {number: "1002", ringSeconds: 7, confirm: true}}}
  - {extension: "1002", forward: {no-answer: {number: "1003"}}}
  - {extension: "1003", forward: {busy: {number: mobile}}}
  - {extension: "1004"}
forwards: [{name: mobile, number: "+15557654321"}]
`)
	first, _ := plan.Next(Stop{Destination: Destination{RouteExtension, "1001"}}, Busy)
	want := Stop{Destination: Destination{RouteExtension, "1002"}, Forwards: 1,
		Forward: &Forwarding{Type: ForwardBusy, RingSeconds: 7, Confirm: true, Path: []string{"1001"}, Outcome: Busy}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	room := append(make([]string, 0, 8), first.Forward.Path...)
	first.Forward.Path = room
	one, _ := plan.Next(first, NoAnswer)
	two, _ := plan.Redirect(first, "1004")
	three, _ := plan.Next(one, Busy)
	if written := room[:2][1]; written != "" {
		t.Errorf("going on wrote %q into the stop it came from", written)
	}
	for _, c := range []struct {
		got  Stop
		want Stop
	}{
		{first, want},
		{one, Stop{Destination: Destination{RouteExtension, "1003"}, Forwards: 2,
			Forward: &Forwarding{Type: ForwardNoAnswer, Path: []string{"1001", "1002"}, Outcome: Busy}}},
		{two, Stop{Destination: Destination{RouteExtension, "1004"}, Forwards: 2,
			Forward: &Forwarding{Type: ForwardAlways, Path: []string{"1001", "1002"}, Outcome: Busy}}},
		{three, Stop{Destination: Destination{RouteForward, "mobile"}, Forwards: 3,
			Forward: &Forwarding{Type: ForwardBusy, Path: []string{"1001", "1002", "1003"}, Outcome: Busy}}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestExitsOfARingGroup(t *testing.T) {
	to := func(cause string) Destination { return Destination{RouteHangup, cause} }
	exit := map[Outcome]string{
		NoAnswer: "NO_ANSWER", Busy: "USER_BUSY", NobodyAvailable: "NO_USER_RESPONSE", CallLimited: "CALL_REJECTED",
		ExitKey: "NORMAL_CLEARING", Failed: "NORMAL_TEMPORARY_FAILURE",
	}
	cases := []struct {
		out        Outcome
		configured []Outcome
		want       Outcome // whose exit is taken; "" the default's
	}{
		{NoAnswer, []Outcome{NoAnswer, Busy}, NoAnswer},
		{NoAnswer, []Outcome{Busy, Failed}, ""},
		{Busy, []Outcome{Busy, NoAnswer}, Busy},
		{Busy, []Outcome{NoAnswer}, NoAnswer},
		{NobodyAvailable, []Outcome{NobodyAvailable, NoAnswer}, NobodyAvailable},
		{NobodyAvailable, []Outcome{NoAnswer, Busy}, NoAnswer},
		{CallLimited, []Outcome{CallLimited, Busy, NoAnswer}, CallLimited},
		{CallLimited, []Outcome{Busy, NoAnswer}, Busy},
		{CallLimited, []Outcome{NoAnswer}, NoAnswer},
		{Failed, []Outcome{Failed, NoAnswer}, Failed},
		{Failed, []Outcome{NoAnswer}, NoAnswer},
		{ExitKey, []Outcome{ExitKey, NoAnswer}, ExitKey},
	}
	for _, c := range cases {
		group := RingGroup{Name: "sales", Members: []GroupMember{{Number: "1001"}}, Exits: Exits{}}
		for _, out := range c.configured {
			group.Exits[out] = to(exit[out])
		}
		if slices.Contains(c.configured, ExitKey) {
			group.ExitKey = "#"
		}
		fallback := Destination{RouteVoicemail, "1001"}
		directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{{
			Tenant: "acme", Extensions: []Extension{{Extension: "1001"}}, RingGroups: []RingGroup{group}, DefaultDestination: &fallback,
		}}})
		if Refused(problems) {
			t.Fatal(problems)
		}
		want := fallback
		if c.want != "" {
			want = to(exit[c.want])
		}
		got, goesOn := planOf(t, directory, "acme").Next(Stop{Destination: Destination{RouteRingGroup, "sales"}}, c.out)
		if got.Destination != want || !goesOn {
			t.Errorf("%s with exits %v: %s, want %s", c.out, c.configured, got.Destination, want)
		}
	}
}

// A phone's 302 is a forward like any other: as many as the tenant may use, and
// through nobody twice.
func TestRedirectIsBounded(t *testing.T) {
	plan := office(t, `
extensions: [{extension: "1001"}, {extension: "1002"}, {extension: "1003", forward: {busy: {number: "1001"}}}, {extension: "1004"}, {extension: "1005"}]
`)
	at := Stop{Destination: Destination{RouteExtension, "1003"}}
	at, _ = plan.Next(at, Busy) // to 1001
	at, err := plan.Redirect(at, "1002")
	want := Stop{Destination: Destination{RouteExtension, "1002"}, Forwards: 2,
		Forward: &Forwarding{Type: ForwardAlways, Path: []string{"1003", "1001"}, Outcome: Busy}}
	if diff := cmp.Diff(want, at); diff != "" || err != nil {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	for _, contact := range []string{"1002", "1001", "1003"} {
		wantHopsRefused(t, plan, at, contact)
	}
	at, err = plan.Redirect(at, "1004")
	if err != nil || at.Forwards != 3 {
		t.Fatalf("the third forward: %s, %v", stopText(at), err)
	}
	wantHopsRefused(t, plan, at, "1005")
	wantHopsRefused(t, plan, at, "+15557654321")
}

func wantHopsRefused(t *testing.T, p *Plan, at Stop, contact string) {
	t.Helper()
	got, err := p.Redirect(at, contact)
	refused, ok := errors.AsType[*RefusedError](err)
	if !ok || refused.Reason != RefusedHops || !got.IsZero() {
		t.Errorf("302 from %s to %s: %s, %v", stopText(at), contact, stopText(got), err)
	}
}
