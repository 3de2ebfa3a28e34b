//go:build acceptance

package acceptance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// group is a tenant with one ring group, dialled by its first number, whose
// exits lead to 1005.
func group(of string) string {
	return `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
  - {extension: "1004"}
  - {extension: "1005"}
ringGroups:
  - {name: sales, ` + of + `}
` + toGroup
}

const toGroup = `
dids:
  - {number: DID0, inboundRoute: ringgroup, routeTarget: sales}
  - {number: DID1, inboundRoute: extension, routeTarget: "1001"}
`

const toFive = `{route: extension, target: "1005"}`

// groupFeatures are features of ring groups.
var groupFeatures = []feature{
	{name: "sequence with a busy and an unregistered member", tenant: group(
		`strategy: sequence, members: [{number: "1001"}, {number: "1002"}, {number: "1003"}, {number: "1004"}]`),
		test: (*scene).sequence},
	{name: "simultaneous with a busy and an unregistered member", tenant: group(
		`members: [{number: "1001"}, {number: "1002"}, {number: "1003"}, {number: "1004"}]`),
		test: (*scene).simultaneous},
	{name: "members with several phones", tenant: group(`members: [{number: "1001"}, {number: "1002"}]`),
		test: (*scene).membersWithSeveralPhones},
	{name: "random", tenant: group(
		`strategy: random, members: [{number: "1001"}, {number: "1002"}, {number: "1003"}, {number: "1004"}]`),
		test: (*scene).random},
	{name: "round-robin", tenant: group(
		`strategy: round-robin, members: [{number: "1001"}, {number: "1002"}, {number: "1003"}]`),
		test: (*scene).roundRobin},
	{name: "delays of members", tenant: group(`members: [{number: "1001"}, {number: "1002", delaySeconds: 1}, {number: "1003", delaySeconds: 10}], ringSeconds: 20`),
		test: (*scene).delays},
	{name: "ring times of members", tenant: group(`members: [{number: "1001", ringSeconds: 1}, {number: "1002"}], ringSeconds: 20`),
		test: (*scene).memberTimes},
	{name: "a member that is on a call is not rung", tenant: group(`members: [{number: "1001"}, {number: "1002"}]`),
		test: (*scene).skipsBusyMember},
	{name: "a member's forward is followed", tenant: strings.Replace(group(`members: [{number: "1001"}, {number: "1002"}]`),
		`{extension: "1001"}`, `{extension: "1001", forward: {always: {number: MOBILE}}}`, 1), test: (*scene).memberForward},
	{name: "the group's time and its exit", tenant: group(
		`members: [{number: "1001"}, {number: "1002"}], ringSeconds: 2, exits: {no-answer: ` + toFive + `}`),
		test: (*scene).groupTimeout},
	{name: "two rounds", tenant: group(
		`strategy: sequence, rounds: 2, members: [{number: "1001", ringSeconds: 1}, {number: "1002"}]`),
		test: (*scene).rounds},
	{name: "stops at a single reject", tenant: group(
		`stopOnReject: true, members: [{number: "1001"}, {number: "1002"}], exits: {busy: ` + toFive + `}`),
		test: (*scene).stopOnReject},
	{name: "distinctive ring and name prefix", tenant: group(
		`distinctiveRing: vip-ring, callerIdPrefix: Sales, members: [{number: "1001"}, {number: "1002"}]`),
		test: (*scene).distinctive},
	{name: "the caller leaves by the exit key", tenant: group(
		`exitKey: "5", members: [{number: "1001"}, {number: "1002"}], exits: {exit-key: ` + toFive + `}`),
		test: (*scene).exitKey},
	{name: "the exit key with one member at a time", tenant: group(
		`strategy: sequence, exitKey: "*", members: [{number: "1001"}, {number: "1002"}], exits: {exit-key: ` + toFive + `}`),
		test: (*scene).exitKey},
	{name: "nobody available", tenant: group(
		`members: [{number: "1001"}, {number: "1002"}], exits: {nobody-available: ` + toFive + `, no-answer: {route: hangup, target: NO_ANSWER}}`),
		test: (*scene).nobodyAvailable},
	{name: "most calls at once", tenant: group(
		`callLimit: 1, members: [{number: "1001"}, {number: "1002"}], exits: {call-limit: ` + toFive + `}`),
		test: (*scene).groupCallLimit},
	{name: "a member accepts with a key", tenant: group(`members: [{number: "1001", confirm: true}, {number: "1002"}]`),
		test: (*scene).memberAccepts},
	{name: "an outside member does not accept", tenant: group(
		`members: [{number: MOBILE, confirm: true}, {number: "1002"}]`), test: (*scene).memberRefuses},
}

// TestRingGroup rings groups, one tenant a feature.
func TestRingGroup(t *testing.T) { play(t, groupFeatures) }

func (r told) attempted(t *testing.T, step int, want ...string) {
	t.Helper()
	if got := r.tried(t, step); !slices.Equal(got, want) {
		t.Errorf("attempts of step %d: %q, want %q", step+1, got, want)
	}
}

func (s *scene) sequence(t *testing.T) {
	one, three, four := s.register(t, "1001", phone.Busy), s.register(t, "1003", ringing), s.register(t, "1004", ringing)
	call := s.call(t, 0)
	second := takenAndOver(t, call, three)
	if first := next(t, one); !first.Invite().At.Before(second.Invite().At) {
		t.Error("the second member rang before the first")
	}
	quiet(t, "the member after the one that answered", four)
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales answered")
	r.attempted(t, 0, "1001 busy", "1002 -unregistered", "1003 answered")
	if orEmpty(r.AnsweredBy) != "1003" || r.Destination != "1003" {
		t.Errorf("record: destination %s, answered by %s", r.Destination, orEmpty(r.AnsweredBy))
	}
}

func (s *scene) simultaneous(t *testing.T) {
	one := s.register(t, "1001", phone.Busy)
	three := s.register(t, "1003", never)
	four := s.register(t, "1004", phone.Script{Ring: 500 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	loses := next(t, three)
	takenAndOver(t, call, four)
	elsewhere(t, loses)
	next(t, one)
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales answered")
	got := r.tried(t, 0)
	slices.Sort(got)
	if want := []string{"1001 busy", "1002 -unregistered", "1003 no-answer", "1004 answered"}; !slices.Equal(got, want) {
		t.Errorf("attempts: %q, want %q", got, want)
	}
	if orEmpty(r.AnsweredBy) != "1004" || r.Destination != "1004" {
		t.Errorf("record: destination %s, answered by %s", r.Destination, orEmpty(r.AnsweredBy))
	}
}

func (s *scene) membersWithSeveralPhones(t *testing.T) {
	var others []*phone.Phone
	for _, extension := range []string{"1001", "1001", "1002"} {
		others = append(others, s.register(t, extension, never))
	}
	wins := s.register(t, "1002", phone.Script{Ring: 600 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	var lose []*phone.Call
	for _, p := range others {
		lose = append(lose, next(t, p))
	}
	takenAndOver(t, call, wins)
	for _, loses := range lose {
		elsewhere(t, loses)
	}
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales answered")
	if orEmpty(r.AnsweredBy) != "1002" {
		t.Errorf("answered by %s", orEmpty(r.AnsweredBy))
	}
}

// brief is a phone whose user answers and hangs up.
var brief = phone.Script{HangUpAfter: 100 * time.Millisecond}

// begins calls the group, whose members answer, and tells with whom it begins.
func (s *scene) begins(t *testing.T, members ...string) string {
	t.Helper()
	call := s.call(t, 0)
	if got := status(t, call); got != 200 {
		t.Fatalf("the caller got %d", got)
	}
	must(t, call.WaitOver(soon(t)))
	for _, extension := range members {
		s.onCalls(t, extension, 0)
	}
	return orEmpty(s.toldOf(t, call).AnsweredBy)
}

func (s *scene) random(t *testing.T) {
	members := []string{"1001", "1002", "1003", "1004"}
	for _, extension := range members {
		s.register(t, extension, brief)
	}
	first := s.begins(t, members...)
	for range 12 { // all alike once in 16 million runs
		if s.begins(t, members...) != first {
			return
		}
	}
	t.Errorf("thirteen calls in a row began with %s", first)
}

func (s *scene) roundRobin(t *testing.T) {
	members := []string{"1001", "1002", "1003"}
	for _, extension := range members {
		s.register(t, extension, brief)
	}
	var got []string
	for range 4 {
		got = append(got, s.begins(t, members...))
	}
	if want := []string{"1001", "1002", "1003", "1001"}; !slices.Equal(got, want) {
		t.Errorf("the calls began with %q, want %q", got, want)
	}
}

func (s *scene) delays(t *testing.T) {
	one, two, three := s.register(t, "1001", never), s.register(t, "1002", ringing), s.register(t, "1003", ringing)
	call := s.call(t, 0)
	first := next(t, one)
	later(t, first, takenAndOver(t, call, two), time.Second)
	elsewhere(t, first)
	quiet(t, "the member whose time had not come", three)
	s.toldOf(t, call).attempted(t, 0, "1001 no-answer", "1002 answered", "1003 no-answer")
}

func (s *scene) memberTimes(t *testing.T) {
	one, two := s.register(t, "1001", never), s.register(t, "1002", phone.Script{Ring: 3500 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	first := next(t, one)
	cancelled(t, first)
	unanswered(t, call)
	takenAndOver(t, call, two)
	s.toldOf(t, call).attempted(t, 0, "1001 no-answer", "1002 answered")
}

func (s *scene) skipsBusyMember(t *testing.T) {
	one, two, three := s.register(t, "1001", ringing), s.register(t, "1002", ringing), s.register(t, "1003", ringing)
	talks := dials(t, one, "1003")
	taken(t, talks, three)
	call := s.call(t, 0)
	takenAndOver(t, call, two)
	quiet(t, "the member that is on a call", one)
	s.toldOf(t, call).attempted(t, 0, "1001 -on-call", "1002 answered")
	must(t, talks.HangUp(soon(t)))
}

func (s *scene) memberForward(t *testing.T) {
	one, two := s.register(t, "1001", ringing), s.register(t, "1002", never)
	call := s.call(t, 0)
	loses := next(t, two)
	takenAndOver(t, call, s.a)
	elsewhere(t, loses)
	quiet(t, "the member that forwards", one)
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales answered")
	got := r.tried(t, 0)
	slices.Sort(got)
	if want := []string{mobile + " answered", "1001 -forwarded", "1002 no-answer"}; !slices.Equal(got, want) {
		t.Errorf("attempts: %q, want %q", got, want)
	}
}

func (s *scene) groupTimeout(t *testing.T) {
	one, two, exit := s.register(t, "1001", never), s.register(t, "1002", never), s.register(t, "1005", ringing)
	call := s.call(t, 0)
	first := next(t, one)
	next(t, two)
	rang := saw(t, first, 180)
	stopped, err := first.WaitRequest(soon(t), "CANCEL")
	must(t, err)
	if d := stopped.At.Sub(rang); d < 1500*time.Millisecond || d > 3500*time.Millisecond {
		t.Errorf("it rang for %v, want 2 s", d)
	}
	takenAndOver(t, call, exit)
	s.toldOf(t, call).went(t, "completed", "ringgroup sales no-answer", "extension 1005 answered")
}

func (s *scene) rounds(t *testing.T) {
	one, two := s.register(t, "1001", never), s.register(t, "1002", phone.Busy)
	call := s.call(t, 0)
	if got := status(t, call); got != 480 {
		t.Errorf("the caller got %d, want 480", got)
	}
	if one.Invites() != 2 || two.Invites() != 2 {
		t.Errorf("the members rang %d and %d times, want twice each", one.Invites(), two.Invites())
	}
	s.toldOf(t, call).attempted(t, 0, "1001 no-answer", "1002 busy", "1001 no-answer", "1002 busy")
}

func (s *scene) stopOnReject(t *testing.T) {
	s.register(t, "1001", phone.Script{Ring: 400 * time.Millisecond, Code: 603})
	two, exit := s.register(t, "1002", never), s.register(t, "1005", ringing)
	call := s.call(t, 0)
	cancelled(t, next(t, two))
	takenAndOver(t, call, exit)
	s.toldOf(t, call).went(t, "completed", "ringgroup sales busy", "extension 1005 answered")
}

func (s *scene) distinctive(t *testing.T) {
	one, two := s.register(t, "1001", never), s.register(t, "1002", phone.Script{Ring: 300 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	for _, rung := range []*phone.Call{next(t, one), takenAndOver(t, call, two)} {
		invite := rung.Invite()
		if got := invite.Header("Alert-Info"); !strings.Contains(got, "info=vip-ring") {
			t.Errorf("Alert-Info: %q", got)
		}
		if got := invite.Header("From"); !strings.HasPrefix(got, `"Sales Alice" <sip:`+outsider+"@") {
			t.Errorf("From: %q", got)
		}
	}
	// Nothing of it stays for calls that do not come over the group.
	two.OnCall(phone.Busy)
	one.OnCall(ringing)
	plain := takenAndOver(t, s.call(t, 1), one).Invite()
	if plain.Header("Alert-Info") != "" || !strings.HasPrefix(plain.Header("From"), `"Alice" <`) {
		t.Errorf("without the group: Alert-Info %q, From %q", plain.Header("Alert-Info"), plain.Header("From"))
	}
}

// hearsRinging waits for the ring tone: 440 and 480 Hz together.
func hearsRinging(t *testing.T, call *phone.Call) {
	t.Helper()
	if _, err := call.WaitStatus(soon(t), 183); err != nil {
		t.Fatal(err)
	}
	if err := call.Audio.WaitSound(soon(t)); err != nil {
		t.Fatal("the caller hears nothing while it rings:", err)
	}
	unanswered(t, call)
}

func (s *scene) exitKey(t *testing.T) {
	one, exit := s.register(t, "1001", never), s.register(t, "1005", ringing)
	s.register(t, "1002", never)
	call := s.call(t, 0)
	rings := next(t, one)
	hearsRinging(t, call)
	call.Audio.Press('7') // is none
	for _, key := range []byte{'5', '*'} {
		call.Audio.Press(key) // the one means nothing to the group that has the other
	}
	cancelled(t, rings)
	takenAndOver(t, call, exit)
	s.toldOf(t, call).went(t, "completed", "ringgroup sales exit-key", "extension 1005 answered")
}

func (s *scene) nobodyAvailable(t *testing.T) {
	exit := s.register(t, "1005", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, exit)
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales nobody-available", "extension 1005 answered")
	r.attempted(t, 0, "1001 -unregistered", "1002 -unregistered")
}

func (s *scene) groupCallLimit(t *testing.T) {
	one, exit := s.register(t, "1001", ringing), s.register(t, "1005", ringing)
	two := s.register(t, "1002", never)
	first := s.call(t, 0)
	talks := taken(t, first, one)
	second := s.call(t, 0)
	takenAndOver(t, second, exit)
	if n := two.Invites(); n != 1 {
		t.Errorf("the free member rang %d times", n)
	}
	s.toldOf(t, second).went(t, "completed", "ringgroup sales call-limit", "extension 1005 answered")
	must(t, talks.HangUp(soon(t)))
}

func (s *scene) memberAccepts(t *testing.T) {
	one, two := s.register(t, "1001", ringing), s.register(t, "1002", never)
	call := s.call(t, 0)
	loses := next(t, two)
	callee := asked(t, call, one)
	callee.Audio.Press('1')
	talk(t, call, callee)
	elsewhere(t, loses)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales answered")
	if orEmpty(r.AnsweredBy) != "1001" {
		t.Errorf("answered by %s", orEmpty(r.AnsweredBy))
	}
}

// memberRefuses: who hangs up instead of accepting does not end the others'
// ringing.
func (s *scene) memberRefuses(t *testing.T) {
	two := s.register(t, "1002", phone.Script{Ring: 2 * time.Second, Tone: 700})
	call := s.call(t, 0)
	callee := asked(t, call, s.a)
	must(t, callee.HangUp(soon(t)))
	takenAndOver(t, call, two)
	r := s.toldOf(t, call)
	r.went(t, "completed", "ringgroup sales answered")
	r.attempted(t, 0, mobile+" no-answer", "1002 answered")
}
