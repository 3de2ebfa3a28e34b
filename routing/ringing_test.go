package routing

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRingGroupDefaults(t *testing.T) {
	plan := office(t, `
extensions: [{extension: "1001", id: 0c1d2e3f-0000-4000-8000-000000000001}, {extension: "1002"}]
forwards: [{name: mobile, id: 0c1d2e3f-0000-4000-8000-000000000002, number: "+15557654321"}]
ringGroups:
  - {name: plain, id: 0c1d2e3f-0000-4000-8000-000000000003, members: [{number: 0c1d2e3f-0000-4000-8000-000000000001}]}
  - name: full
    extension: "2000"
    strategy: sequence
    ringSeconds: 90
    rounds: 3
    skipBusy: false
    memberForwards: false
    stopOnReject: true
    callLimit: 4
    callerIdPrefix: "Sales: "
    distinctiveRing: Bellcore-dr2
    ringback: music:moh_48k
    exitKey: "*"
    members:
      - {number: "1002", confirm: true}
      - {number: 0c1d2e3f-0000-4000-8000-000000000002, ringSeconds: 40}
      - {number: "(555) 765-0000"}
    exits: {exit-key: {route: ringgroup, target: 0c1d2e3f-0000-4000-8000-000000000003}}
`)
	yes, no := true, false
	plain := RingGroup{
		ID: "0c1d2e3f-0000-4000-8000-000000000003", Name: "plain", Strategy: Simultaneous, RingSeconds: 60, Rounds: 1,
		SkipBusy: &yes, MemberForwards: &yes, Ringback: "ring", Exits: Exits{},
	}
	full := RingGroup{
		Name: "full", Extension: "2000", Strategy: Sequence, RingSeconds: 90, Rounds: 3, SkipBusy: &no, MemberForwards: &no, StopOnReject: true,
		CallLimit: 4, CallerIDPrefix: "Sales: ", DistinctiveRing: "Bellcore-dr2", Ringback: "music:moh_48k", ExitKey: "*",
		Exits: Exits{ExitKey: {RouteRingGroup, "plain"}},
	}
	written := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Members" }, cmp.Ignore())
	for _, c := range []struct {
		target  string
		want    RingGroup
		members []Member
	}{
		{"plain", plain, []Member{{To: Destination{RouteExtension, "1001"}}}},
		{plain.ID, plain, []Member{{To: Destination{RouteExtension, "1001"}}}},
		{"full", full, []Member{
			{To: Destination{RouteExtension, "1002"}, RingSeconds: 15, Confirm: true}, {To: Destination{RouteForward, "mobile"}, RingSeconds: 40},
			{To: Destination{RouteForward, "+15557650000"}, RingSeconds: 15},
		}},
	} {
		got, members, ok := plan.RingGroup(c.target)
		if diff := cmp.Diff(c.want, got, written) + cmp.Diff(c.members, members); diff != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", c.target, diff)
		}
	}
	if _, _, ok := plan.RingGroup("nobody"); ok {
		t.Error("there is a group nobody made")
	}
}

func TestEveryRingbackIsAccepted(t *testing.T) {
	for _, tone := range append(Ringbacks(), "music:moh", "music:local.8k-A_b") {
		plan := office(t, fmt.Sprintf("extensions: [{extension: \"1001\"}]\nringGroups: [{name: a, ringback: %s, members: [{number: \"1001\"}]}]\n", tone))
		if g, _, _ := plan.RingGroup("a"); g.Ringback != tone {
			t.Errorf("%s is kept as %s", tone, g.Ringback)
		}
	}
}

func TestWhatExtensionsForwardTo(t *testing.T) {
	plan := office(t, `
callerId: (555) 123-0001
extensions:
  - extension: "1001"
    id: 0c1d2e3f-0000-4000-8000-000000000001
    callerId: "5551230001"
    forward:
      always: {number: "1002", enabled: false}
      busy: {number: 0c1d2e3f-0000-4000-8000-000000000002, ringSeconds: 12}
      no-answer: {number: 555 765 0000, confirm: true, enabled: true}
    followMe:
      - {number: 0c1d2e3f-0000-4000-8000-000000000001-not-an-id, delaySeconds: 120}
      - {number: "1002", ringSeconds: 9, confirm: true}
  - extension: "1002"
forwards:
  - {name: mobile, id: 0c1d2e3f-0000-4000-8000-000000000002, number: "+15557654321"}
  - {name: 0c1d2e3f-0000-4000-8000-000000000001-not-an-id, number: "+15557654322"}
`)
	want := map[ForwardType]Member{
		ForwardBusy:     {To: Destination{RouteForward, "mobile"}, RingSeconds: 12},
		ForwardNoAnswer: {To: Destination{RouteForward, "+15557650000"}, Confirm: true},
	}
	for _, kind := range forwardTypesKnown {
		got, ok := plan.ForwardOf("1001", kind)
		wanted, wants := want[kind]
		if got != wanted || ok != wants {
			t.Errorf("forward %s: %+v, %v", kind, got, ok)
		}
	}
	beside := []Member{
		{To: Destination{RouteForward, "0c1d2e3f-0000-4000-8000-000000000001-not-an-id"}, DelaySeconds: 120},
		{To: Destination{RouteExtension, "1002"}, RingSeconds: 9, Confirm: true},
	}
	if diff := cmp.Diff(beside, plan.FollowMe("1001")); diff != "" {
		t.Errorf("follow-me (-want +got):\n%s", diff)
	}
	if got := plan.FollowMe("1002"); got != nil {
		t.Errorf("1002 has follow-me %v", got)
	}
	if e, _ := plan.Extension("1001"); e.CallerID != "+15551230001" || plan.callerID != "+15551230001" {
		t.Errorf("caller ids %q and %q", e.CallerID, plan.callerID)
	}
}

// A forward may show less of the caller than its trunks do; it changes nothing
// for others that use them.
func TestCallerIDOfAForward(t *testing.T) {
	plan := planOf(t, compiled(t, File{Name: "operator.yaml", Data: []byte(`
trunks: [{name: main, gateway: carrier}, {name: spare, gateway: carrier-b}]
tenants: [{id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10, name: acme, trunks: [main, spare], countries: [US]}]
`)}, File{Name: "acme.yaml", Data: []byte(`
tenant: acme
forwards:
  - {name: everywhere, number: "+15557654321", callerId: own}
  - {name: spare, number: "+15557654321", trunks: [spare, main], callerId: own}
  - {name: kept, number: "+15557654321", trunk: spare, callerId: keep}
  - {name: plain, number: "+15557654321"}
`)}), "acme")
	for target, want := range map[string][]string{
		"everywhere": {"main own", "spare own"}, "spare": {"spare own", "main own"}, "kept": {"spare"}, "plain": {"main", "spare"},
		"+15557654321": {"main", "spare"},
	} {
		call, err := plan.Outside(target)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, line := range call.Lines {
			text := line.Trunk
			if line.CallerID == CallerIDOwn {
				text += " own"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", target, diff)
		}
	}
}

// What comes back from outside is as new a call as any: it must not fall back
// to what sent it there.
func TestNothingTheDefaultCallsFallsBackToIt(t *testing.T) {
	plan := office(t, `
extensions:
  - {extension: "1001", forward: {no-answer: {number: "+15551230001"}, busy: {number: "1003"}}}
  - {extension: "1002"}
  - {extension: "1003"}
dids: [{number: "+15551230001", inboundRoute: extension, routeTarget: "1002"}]
defaultDestination: {route: extension, target: "1001"}
`)
	if next, goesOn := plan.Next(Stop{Destination: Destination{RouteExtension, "1002"}}, NoAnswer); goesOn {
		t.Errorf("1002 goes on to %s", next.Destination)
	}
	if got := wayOf(t, plan, "1003", NoAnswer, Busy, NoAnswer); got != "1003 no-answer> extension 1001 busy>busy of 1001: extension 1003 no-answer> end" {
		t.Error(got)
	}
}
