package routing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEligible(t *testing.T) {
	plan := office(t, `
extensions:
  - {extension: "1001", id: 0c1d2e3f-0000-4000-8000-000000000001}
  - {extension: "1002", doNotDisturb: true, callLimit: 2}
  - {extension: "1003", doNotDisturb: true, forward: {always: {number: "1001"}, busy: {number: "1001"}}}
  - {extension: "1004", callLimit: 2, forward: {busy: {number: "1001"}, no-answer: {number: "1001"}}}
  - {extension: "1005", callLimit: 2, forward: {unregistered: {number: "1001"}, busy: {number: "1001"}, no-answer: {number: "1001"}}, exits: {call-limit: {route: voicemail, target: "1005"}}}
  - {extension: "1006", followMe: [{number: "1001"}]}
  - {extension: "1007", forward: {no-answer: {number: "1001"}}, exits: {unregistered: {route: voicemail, target: "1007"}}}
  - {extension: "1008", forward: {always: {number: "1001", enabled: false}}}
  - {extension: "1009", doNotDisturb: true, forward: {busy: {number: "1001"}}}
`)
	free := PhoneState{Known: true, Contacts: 1}
	gone := PhoneState{Known: true}
	talking := PhoneState{Known: true, Contacts: 1, Calls: 1}
	full := PhoneState{Known: true, Contacts: 1, Calls: 2}
	stale := func(s PhoneState) PhoneState { s.Stale, s.AsOf = true, time.Unix(1, 0); return s }
	unknown := PhoneState{Contacts: 0, Calls: 9}
	yes := Eligibility{}
	cases := []struct {
		name      string
		extension string
		ask       Ask
		want      Eligibility
	}{
		{"free", "1001", Ask{Phone: free}, yes},
		{"free, another one calls", "1001", Ask{Phone: free, Caller: "1002"}, yes},
		{"no such extension", "1999", Ask{Phone: free}, Eligibility{Reason: SkipUnknown, Outcome: Failed}},
		{"itself", "1001", Ask{Phone: free, Caller: "1001"}, Eligibility{Reason: SkipSelf, Outcome: Busy}},
		{"itself, by id", "0c1d2e3f-0000-4000-8000-000000000001", Ask{Phone: free, Caller: "1001"}, Eligibility{Reason: SkipSelf, Outcome: Busy}},
		{"itself, before its forward", "1003", Ask{Phone: free, Caller: "1003"}, Eligibility{Reason: SkipSelf, Outcome: Busy}},
		{"forwarded, before do-not-disturb", "1003", Ask{Phone: free}, Eligibility{Reason: SkipForwarded, Outcome: Forwarded, Forward: ForwardAlways}},
		{"forwarded, whatever its phones are", "1003", Ask{Phone: gone}, Eligibility{Reason: SkipForwarded, Outcome: Forwarded, Forward: ForwardAlways}},
		{"forwards are ignored", "1003", Ask{Phone: free, IgnoreForwards: true}, Eligibility{Reason: SkipDoNotDisturb, Outcome: Busy, Forward: ForwardBusy}},
		{"a forward that is not enabled", "1008", Ask{Phone: free}, yes},
		{"do-not-disturb", "1002", Ask{Phone: free}, Eligibility{Reason: SkipDoNotDisturb, Outcome: Busy}},
		{"do-not-disturb, before unregistered", "1002", Ask{Phone: gone}, Eligibility{Reason: SkipDoNotDisturb, Outcome: Busy}},
		{"do-not-disturb, nothing known", "1002", Ask{Phone: unknown}, Eligibility{Reason: SkipDoNotDisturb, Outcome: Busy}},
		{"do-not-disturb, its forward busy answers", "1009", Ask{Phone: free}, Eligibility{Reason: SkipDoNotDisturb, Outcome: Busy, Forward: ForwardBusy}},
		{"unregistered", "1001", Ask{Phone: gone}, Eligibility{Reason: SkipUnregistered, Outcome: Unregistered}},
		{"unregistered, as last known", "1001", Ask{Phone: stale(gone)}, Eligibility{Reason: SkipUnregistered, Outcome: Unregistered}},
		{"unregistered, no-answer answers", "1004", Ask{Phone: gone}, Eligibility{Reason: SkipUnregistered, Outcome: Unregistered, Forward: ForwardNoAnswer}},
		{"unregistered, its own forward answers", "1005", Ask{Phone: gone}, Eligibility{Reason: SkipUnregistered, Outcome: Unregistered, Forward: ForwardUnregistered}},
		{"unregistered, its exit wins over no-answer", "1007", Ask{Phone: gone}, Eligibility{Reason: SkipUnregistered, Outcome: Unregistered}},
		{"unregistered, but others ring for it", "1006", Ask{Phone: gone}, yes},
		{"unregistered, before the call limit", "1004", Ask{Phone: PhoneState{Known: true, Calls: 2}},
			Eligibility{Reason: SkipUnregistered, Outcome: Unregistered, Forward: ForwardNoAnswer}},
		{"nothing known: the switch finds out", "1001", Ask{Phone: unknown, SkipOnCall: true}, yes},
		{"nothing known of calls either", "1004", Ask{Phone: unknown, SkipOnCall: true}, yes},
		{"below its call limit", "1004", Ask{Phone: talking}, yes},
		{"at its call limit, busy answers", "1004", Ask{Phone: full}, Eligibility{Reason: SkipCallLimit, Outcome: CallLimited, Forward: ForwardBusy}},
		{"at its call limit, its exit wins over busy", "1005", Ask{Phone: full}, Eligibility{Reason: SkipCallLimit, Outcome: CallLimited}},
		{"at its call limit, as last known", "1004", Ask{Phone: stale(full)}, Eligibility{Reason: SkipCallLimit, Outcome: CallLimited, Forward: ForwardBusy}},
		{"at its call limit, before on a call", "1004", Ask{Phone: full, SkipOnCall: true}, Eligibility{Reason: SkipCallLimit, Outcome: CallLimited, Forward: ForwardBusy}},
		{"no call limit", "1001", Ask{Phone: full}, yes},
		{"on a call", "1001", Ask{Phone: talking, SkipOnCall: true}, Eligibility{Reason: SkipOnCall, Outcome: Busy}},
		{"on a call, busy answers", "1004", Ask{Phone: talking, SkipOnCall: true}, Eligibility{Reason: SkipOnCall, Outcome: Busy, Forward: ForwardBusy}},
		{"on a call, which does not matter", "1001", Ask{Phone: talking}, yes},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, plan.Eligible(c.extension, c.ask)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
