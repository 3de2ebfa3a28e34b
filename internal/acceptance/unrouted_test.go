//go:build acceptance

package acceptance

import (
	"slices"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// unroutedFeatures are about calls that never go through our socket: the
// switch's own dialplan has them (testdata/freeswitch/dialplan).
var unroutedFeatures = []feature{
	{name: "an extension that is on a call of its own is busy for ours", tenant: `
extensions:
  - {extension: "1001", callLimit: 1, exits: {call-limit: {route: extension, target: "1002"}}}
  - {extension: "1002"}
  - {extension: "1003"}
ringGroups:
  - {name: sales, members: [{number: "1003"}, {number: "1002"}]}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
  - {number: DID1, inboundRoute: ringgroup, routeTarget: sales}
`, test: (*scene).unrouted},
}

// TestUnrouted has phones on calls of which no server was asked.
func TestUnrouted(t *testing.T) { play(t, unroutedFeatures) }

func (s *scene) unrouted(t *testing.T) {
	one, two, three := s.register(t, "1001", ringing), s.register(t, "1002", ringing), s.register(t, "1003", ringing)
	echo := dials(t, one, "*43")
	if err := echo.Audio.WaitTone(soon(t), 440); err != nil {
		t.Fatal("the echo:", err)
	}
	s.onCalls(t, "1001", 1)
	s.overLimit(t, two)
	must(t, echo.HangUp(soon(t)))
	s.onCalls(t, "1001", 0)
	takenAndOver(t, s.call(t, 0), one)

	// One phone of the tenant calls another, past us.
	past := dials(t, one, "*91003")
	taken(t, past, three)
	s.onCalls(t, "1001", 1)
	s.onCalls(t, "1003", 1)
	s.overLimit(t, two)
	group := s.call(t, 1)
	takenAndOver(t, group, two)
	s.toldOf(t, group).attempted(t, 0, "1003 -on-call", "1002 answered")
	must(t, past.HangUp(soon(t)))
	s.onCalls(t, "1003", 0)
	two.OnCall(never)
	takenAndOver(t, s.call(t, 1), three)
}

// overLimit calls 1001, whose phone is on a call already.
func (s *scene) overLimit(t *testing.T, exit *phone.Phone) {
	t.Helper()
	call := s.call(t, 0)
	takenAndOver(t, call, exit)
	r := s.toldOf(t, call)
	r.went(t, "completed", "extension 1001 call-limit", "extension 1002 answered")
	r.attempted(t, 0, "1001 -call-limit")
}

var blindFeatures = []feature{{name: "calls", tenant: `
extensions:
  - {extension: "1001", exits: {failed: {route: extension, target: "1002"}}}
  - {extension: "1002"}
  - {extension: "1003", exits: {unregistered: {route: extension, target: "1002"}}}
  - {extension: "1004"}
ringGroups:
  - {name: sales, strategy: sequence, members: [{number: "1003"}, {number: "1004"}, {number: "1002"}]}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
  - {number: DID1, inboundRoute: ringgroup, routeTarget: sales}
  - {number: DID2, inboundRoute: extension, routeTarget: "1003"}
`}}

// TestSwitchOutOfSight cuts the server's view of the switch while calls go on:
// what was known last is used, and records say so.
func TestSwitchOutOfSight(t *testing.T) {
	var view *cable
	w, scenes := stageScenesSeen(t, blindFeatures, func(sw string) string {
		view = newCable(t, sw)
		return view.addr
	})
	s := scenes[0]
	one, two, four := s.register(t, "1001", ringing), s.register(t, "1002", ringing), s.register(t, "1004", ringing)
	echo := dials(t, four, "*43")
	must(t, echo.Audio.WaitTone(soon(t), 440))
	s.onCalls(t, "1004", 1)
	before := s.call(t, 0)
	talks := taken(t, before, one)
	one.OnCall(phone.Script{Ring: time.Second, Tone: 700})
	rings := s.call(t, 0)
	rung := next(t, one)

	view.cut()
	s.seenUntil(t, "1001", "out of sight", func(now seenPhone) bool { return now.Stale })
	talk(t, rings, rung)
	must(t, rung.HangUp(soon(t)))
	must(t, rings.WaitOver(soon(t)))
	s.toldOf(t, rings).went(t, "completed", "extension 1001 answered")
	s.blindly(t, one, two)
	talk(t, before, talks)
	must(t, talks.HangUp(soon(t)))
	must(t, before.WaitOver(soon(t)))
	s.toldOf(t, before).went(t, "completed", "extension 1001 answered")

	// What changed meanwhile is seen when the view is back.
	three := newPhone(t, phone.Config{User: "1003", Domain: s.domain, Password: "acme-1003", Server: s.sw.InternalAddr})
	three.OnCall(ringing)
	must(t, three.Register(soon(t)))
	must(t, echo.HangUp(soon(t)))
	view.mend()
	s.seenUntil(t, "1003", "seen again", func(now seenPhone) bool { return !now.Stale && now.Contacts != nil && *now.Contacts == 1 })
	s.onCalls(t, "1004", 0)
	after := s.call(t, 2)
	takenAndOver(t, after, three)
	if r := s.toldOf(t, after); r.Steps[0].Attempts != nil {
		t.Errorf("attempts: %+v", r.Steps[0].Attempts)
	}
	w.idle(t)
}

// blindly places calls that need to know about phones nobody tells of.
func (s *scene) blindly(t *testing.T, one, two *phone.Phone) {
	t.Helper()
	for _, c := range []struct {
		what   string
		did    int
		path   []string
		tried  []string
		script phone.Script // of 1001
	}{
		{"a group", 1, []string{"ringgroup sales answered"}, []string{"1003 -unregistered", "1004 -on-call", "1002 answered"}, ringing},
		{"no phone", 2, []string{"extension 1003 unregistered", "extension 1002 answered"}, []string{"1003 -unregistered"}, ringing},
		{"a 302 that nobody tells of", 0, []string{"extension 1001 failed", "extension 1002 answered"}, []string{"1001 failed"}, phone.Script{Code: 302, Target: "sip:" + mobile + "@elsewhere.example"}},
	} {
		one.OnCall(c.script)
		began := time.Now()
		call := s.call(t, c.did)
		takenAndOver(t, call, two)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: it took %v", c.what, took)
		}
		r := s.toldOf(t, call)
		r.went(t, "completed", c.path...)
		if got := r.tried(t, 0); !slices.Equal(got, c.tried) {
			t.Errorf("%s: attempts %q, want %q", c.what, got, c.tried)
		}
		for _, step := range r.Steps {
			for _, a := range step.Attempts {
				if a.AsOf.IsZero() || a.AsOf.After(began) {
					t.Errorf("%s: %s by what was known at %v", c.what, a.Member, a.AsOf)
				}
			}
		}
	}
}
