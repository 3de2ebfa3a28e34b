package routing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const trailOffice = `
extensions:
  - extension: "1001"
    forward: {busy: {number: "1002"}}
    exits: {no-answer: {route: voicemail, target: "1001"}, busy: {route: ringgroup, target: sales}}
  - {extension: "1002"}
  - {extension: "1003", forward: {always: {number: "1001"}}}
  - {extension: "1004", exits: {no-answer: {route: voicemail, target: "1001"}}}
ringGroups: [{name: sales, extension: "1100", members: [{number: "1002"}], exits: {no-answer: {route: ivr, target: main}}}]
ivrMenus:
  - name: main
    extension: "1200"
    greeting: {file: main.wav}
    digits: {"1": {route: schedule, target: office}, "2": {route: ivr, target: more}, "9": {route: repeat}}
    directDial: {}
    exits: {no-input: {route: extension, target: "1004"}}
  - {name: more, greeting: {file: more.wav}, digits: {"*": {route: back}, "#": {route: hangup, target: NORMAL_CLEARING}}}
schedules:
  - name: office
    schedules: [{days: [tuesday], startTime: "09:00", endTime: "17:00"}]
    openAction: {route: extension, target: "1003"}
    afterHoursAction: {route: voicemail, target: "1001"}
dids: [{number: "+15551230001", schedule: office, inboundRoute: ivr, routeTarget: main}]
defaultDestination: {route: voicemail, target: "1002"}
`

func dest(route Route, target string) Destination { return Destination{Route: route, Target: target} }

// Of each step it is said by what the call came to it.
func TestTrail(t *testing.T) {
	plan := planOf(t, officeDirectory(t, trailOffice), "acme")
	for _, c := range []struct {
		name  string
		first Stop
		steps []Passed
		want  []string
	}{
		{"exits and a forward", Stop{Destination: dest(RouteExtension, "1003")},
			[]Passed{
				{Destination: dest(RouteExtension, "1003"), Outcome: Forwarded},
				{Destination: dest(RouteExtension, "1001"), Outcome: Busy, ForwardedBy: "1003"},
				{Destination: dest(RouteExtension, "1002"), Outcome: NoAnswer, ForwardedBy: "1001"},
				{Destination: dest(RouteVoicemail, "1002"), Outcome: MessageLeft},
			},
			[]string{"decision", "forward always of 1003", "forward busy of 1001", "default destination, no exit for no-answer"}},
		{"a menu", Stop{Destination: dest(RouteIVR, "main")},
			[]Passed{
				{Destination: dest(RouteIVR, "main"), Outcome: Chosen, Pressed: []string{"7", "2"}},
				{Destination: dest(RouteIVR, "more"), Outcome: Chosen, Pressed: []string{"*"}},
				{Destination: dest(RouteIVR, "main"), Outcome: Chosen, Pressed: []string{"1"}},
				{Destination: dest(RouteSchedule, "office"), Outcome: Open, At: noon.Add(-4 * time.Hour)},
				{Destination: dest(RouteExtension, "1003"), Outcome: Forwarded},
			},
			[]string{"decision", "key 2", "key *", "key 1", "schedule office, open: within hours"}},
		{"direct dial", Stop{Destination: dest(RouteIVR, "main")},
			[]Passed{
				{Destination: dest(RouteIVR, "main"), Outcome: Chosen, Pressed: []string{"1002"}},
				{Destination: dest(RouteExtension, "1002"), Outcome: Answered},
			},
			[]string{"decision", "direct-dial 1002"}},
		{"keys that are not kept", Stop{Destination: dest(RouteIVR, "main")},
			[]Passed{
				{Destination: dest(RouteIVR, "main"), Outcome: Chosen},
				{Destination: dest(RouteIVR, "more"), Outcome: Chosen},
				{Destination: dest(RouteHangup, "NORMAL_CLEARING"), Outcome: Ended},
			},
			[]string{"decision", "key that is not kept", "key that is not kept"}},
		{"a number's own hours", Stop{Destination: dest(RouteSchedule, "office"), Open: dest(RouteIVR, "main")},
			[]Passed{
				{Destination: dest(RouteSchedule, "office"), Outcome: Open, At: noon.Add(-4 * time.Hour)},
				{Destination: dest(RouteIVR, "main"), Outcome: NoInput},
				{Destination: dest(RouteExtension, "1004"), Outcome: NoAnswer},
				{Destination: dest(RouteVoicemail, "1001"), Outcome: MessageLeft},
			},
			[]string{"decision", "schedule office, open: within hours", "exit no-input of ivr main", "exit no-answer of extension 1004"}},
		{"closed", Stop{Destination: dest(RouteSchedule, "office")},
			[]Passed{
				{Destination: dest(RouteSchedule, "office"), Outcome: Closed, At: noon.Add(12 * time.Hour)},
				{Destination: dest(RouteVoicemail, "1001"), Outcome: MessageLeft},
			},
			[]string{"decision", "schedule office, closed: outside hours"}},
		{"the phone sends it on", Stop{Destination: dest(RouteExtension, "1002")},
			[]Passed{
				{Destination: dest(RouteExtension, "1002"), Outcome: Forwarded},
				{Destination: dest(RouteExtension, "1001"), Outcome: Busy, ForwardedBy: "1002", Forward: ForwardAlways},
				{Destination: dest(RouteVoicemail, "1002"), Outcome: MessageLeft},
			},
			[]string{"decision", "redirect by the phone of 1002", "default destination, no exit for busy"}},
		{"another server goes on with it", Stop{Destination: dest(RouteIVR, "main")},
			[]Passed{
				{Destination: dest(RouteIVR, "main"), Outcome: LeftSession},
				{Destination: dest(RouteIVR, "main"), Outcome: NoInput},
				{Destination: dest(RouteExtension, "1004"), Outcome: Answered},
			},
			[]string{"decision", "resumed", "exit no-input of ivr main"}},
		{"nothing of this configuration", Stop{Destination: dest(RouteIVR, "main")},
			[]Passed{{Destination: dest(RouteExtension, "1009"), Outcome: Busy}, {Destination: dest(RouteVoicemail, "1009")}}, []string{"unknown", "unknown"}},
		{"no step", Stop{}, nil, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := []string{}
			for _, taken := range plan.Trail(c.first, c.steps) {
				got = append(got, taken.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whichever way a call goes, the trail finds it again.
func TestTrailFindsEveryWay(t *testing.T) {
	plan := planOf(t, officeDirectory(t, trailOffice), "acme")
	rapid.Check(t, func(t *rapid.T) {
		first := Stop{Destination: rapid.SampledFrom([]Destination{
			dest(RouteExtension, "1001"), dest(RouteExtension, "1003"), dest(RouteRingGroup, "sales"), dest(RouteIVR, "main"), dest(RouteSchedule, "office"),
		}).Draw(t, "first")}
		at, steps := first, []Passed(nil)
		for range 8 {
			step := Passed{Destination: at.Destination, At: noon.Add(time.Duration(rapid.IntRange(0, 48).Draw(t, "hour")) * time.Hour)}
			if at.Forward != nil {
				step.ForwardedBy = at.Forward.By()
			}
			next, more := wander(t, plan, at, &step)
			steps = append(steps, step)
			if !more {
				break
			}
			at = next
		}
		for i, taken := range plan.Trail(first, steps) {
			if taken.By == TakenUnknown || taken.By == TakenResumed {
				t.Fatalf("step %d of %+v: %s", i, steps, taken)
			}
		}
	})
}

func wander(t *rapid.T, plan *Plan, at Stop, step *Passed) (Stop, bool) {
	switch at.Route {
	case RouteIVR:
		keys := rapid.SampledFrom([]string{"1", "2", "9", "*", "#", "1002", ""}).Draw(t, "keys")
		if entry := plan.Enter(at.Target, keys, true); entry.State == EntryChosen {
			step.Outcome, step.Pressed = Chosen, []string{keys}
			return plan.Choose(at, entry.To), true
		}
		step.Outcome = NoInput
	case RouteSchedule:
		next, hours, ok := plan.Follow(at, step.At)
		step.Outcome = Closed
		if hours.Open {
			step.Outcome = Open
		}
		if ok {
			return next, true
		}
	default:
		outcomes := append([]Outcome{Answered, Forwarded}, exitOutcomes[at.Route]...)
		step.Outcome = rapid.SampledFrom(outcomes).Draw(t, "outcome")
	}
	return plan.Next(at, step.Outcome)
}
