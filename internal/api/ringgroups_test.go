package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/routing"
)

func TestRingGroupsAreListedWithTheirMembers(t *testing.T) {
	e := newEndpoint(t)
	got := given[ringGroupsBody](e, e.as(e.readonly, "GET", "/api/ring-groups", ""), 200)
	if len(got.RingGroups) != 1 || len(got.RingGroups[0].Members) != 3 {
		t.Fatalf("%+v", got)
	}
	g := got.RingGroups[0]
	if g.ID == "" {
		t.Error("no id")
	}
	g.ID, g.Members = "", nil
	want := RingGroup{Name: "sales", Extension: "1100", Strategy: routing.Simultaneous, RingSeconds: 60, Rounds: 1, SkipBusy: true, MemberForwards: true}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Error(diff)
	}
	if m := got.RingGroups[0].Members[1]; m.Route != "extension" || m.Number != "1002" || m.DelaySeconds != 5 || m.Registered != nil || m.Skipped != nil {
		t.Errorf("%+v", m)
	}
	if got := given[ringGroupsBody](e, e.as(e.rival, "GET", "/api/ring-groups", ""), 200); len(got.RingGroups) != 0 {
		t.Errorf("the rival sees %+v", got)
	}
}

// A member is shown as calls find it.
func TestWhyAMemberWouldNotRing(t *testing.T) {
	const group = "tenant: acme\nringGroups: [{name: sales, members: [{number: \"1001\"}, {number: \"1003\"}, {number: \"+13055550199\"}], GROUP}]\n"
	for name, c := range map[string]struct {
		group string
		phone routing.PhoneState // of 1001
		first routing.SkipReason
		third routing.SkipReason // of 1003, that forwards always to 1001
		to    string             // its forward
	}{
		"nothing known":         {"rounds: 1", routing.PhoneState{}, "", routing.SkipForwarded, "1001"},
		"free":                  {"rounds: 1", routing.PhoneState{Known: true, Contacts: 1}, "", routing.SkipForwarded, "1001"},
		"on a call":             {"rounds: 1", routing.PhoneState{Known: true, Contacts: 1, Calls: 1}, routing.SkipOnCall, routing.SkipForwarded, "1001"},
		"busy ones ring too":    {"skipBusy: false", routing.PhoneState{Known: true, Contacts: 1, Calls: 1}, "", routing.SkipForwarded, "1001"},
		"at its limit":          {"skipBusy: false", routing.PhoneState{Known: true, Contacts: 1, Calls: 2}, routing.SkipCallLimit, routing.SkipForwarded, "1001"},
		"not registered":        {"rounds: 1", routing.PhoneState{Known: true}, routing.SkipUnregistered, routing.SkipForwarded, "1001"},
		"forwards do not count": {"memberForwards: false", routing.PhoneState{Known: true, Contacts: 1}, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t)
			e.apply(strings.Replace(group, "GROUP", c.group, 1))
			e.phones["1001@acme.example"] = c.phone
			members := given[ringGroupsBody](e, e.as(e.readonly, "GET", "/api/ring-groups", ""), 200).RingGroups[0].Members
			reason := func(m RingGroupMember) routing.SkipReason {
				if m.Skipped == nil {
					return ""
				}
				return *m.Skipped
			}
			if reason(members[0]) != c.first || reason(members[1]) != c.third || members[1].Forwarded != c.to {
				t.Errorf("%+v", members)
			}
			if m := members[2]; m.Route != "forward" || m.Number != "+13055550199" || m.Skipped != nil || m.Registered != nil {
				t.Errorf("the outside number: %+v", m)
			}
			if m := members[0]; c.phone.Known && (m.Contacts == nil || *m.Contacts != c.phone.Contacts || m.DisplayName != "Reception") {
				t.Errorf("%+v", m)
			}
		})
	}
}
