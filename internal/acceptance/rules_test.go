//go:build acceptance

package acceptance

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// upAtPublish is how many calls are up when a rule is published.
const upAtPublish = 50

// publishedFeature is a tenant before the rule; afterwards there is one for its
// first number, and the key that led to 1001 leads elsewhere too.
var publishedFeature = feature{name: "published", tenant: publishedTenant(`{route: extension, target: "1001"}`, "")}

func publishedTenant(keyOne, rules string) string {
	return `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
ivrMenus:` + strings.ReplaceAll(menuOf("main", "greeting", `digits: {"1": `+keyOne+`}`), "Seconds: 1\n", "Seconds: 20\n") + `
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
  - {number: DID1, inboundRoute: ivr, routeTarget: main}
` + rules
}

// TestRulePublishedDuringCalls: a rule counts from the next call on. Of the calls
// that are up, one in a menu included, none notices.
func TestRulePublishedDuringCalls(t *testing.T) {
	f := publishedFeature
	w, scenes := stageScenes(t, []feature{f})
	s := scenes[0]
	before, after := s.register(t, "1001", phone.Script{Ring: 50 * time.Millisecond, Tone: 700}), s.register(t, "1002", ringing)
	calls, callees := make([]*phone.Call, upAtPublish), make([]*phone.Call, upAtPublish)
	for i := range calls {
		calls[i] = s.call(t, 0)
		callees[i] = next(t, before)
	}
	for i := range calls {
		talk(t, calls[i], callees[i])
	}
	chooses := s.call(t, 1)
	hears(t, chooses, "greeting")

	f.tenant = publishedTenant(`{route: extension, target: "1002"}`, `
rules:
  - {name: new, when: 'call.did == DID0 && call.from.hasPrefix("+1305")', then: {route: extension, target: "1002"}, set: {accountCode: campaign-7, tags: [new]}}
`)
	f.tenant = strings.Replace(f.tenant, "call.did == DID0", fmt.Sprintf("call.did == %q", s.did(0)), 1)
	w.server.apply(s.file(t, f, w.hookURL))

	changed := s.call(t, 0)
	callee := next(t, after)
	talk(t, changed, callee)
	s.carriesAccount(t, "campaign-7")
	must(t, callee.HangUp(soon(t)))
	must(t, changed.WaitOver(soon(t)))
	r := s.toldOf(t, changed)
	r.went(t, "completed", "extension 1002 answered")
	if r.Rule != "new" || r.Revision != 2 {
		t.Errorf("the next call was decided by rule %q of revision %d, want new of 2", r.Rule, r.Revision)
	}

	chooses.Audio.Press('1')
	takenAndOver(t, chooses, before)
	s.toldOf(t, chooses).went(t, "completed", "ivr main chosen", "extension 1001 answered")
	for i := range calls {
		talk(t, calls[i], callees[i])
	}
	for i, call := range calls {
		must(t, callees[i].HangUp(soon(t)))
		must(t, call.WaitOver(soon(t)))
		r := s.toldOf(t, call)
		r.went(t, "completed", "extension 1001 answered")
		if r.Rule != "" || r.Revision != 1 {
			t.Fatalf("a call that was up was decided by rule %q of revision %d, want none of 1", r.Rule, r.Revision)
		}
	}
	w.idle(t)
}

// carriesAccount checks that one of the calls that are up, caller and callee, has
// an account code on the switch.
func (s *scene) carriesAccount(t *testing.T, code string) {
	t.Helper()
	list, err := s.sw.API(soon(t), "show channels as delim | ")
	must(t, err)
	with := 0
	for line := range strings.Lines(list) {
		id, _, _ := strings.Cut(line, "|")
		if len(id) != len("5ce0a410-0000-4000-8000-000000000001") {
			continue
		}
		if value, err := s.sw.API(soon(t), "uuid_getvar "+id+" accountcode"); err == nil && strings.TrimSpace(value) == code {
			with++
		}
	}
	if with != 2 {
		t.Errorf("%d channels have the account code, want the caller's and the callee's", with)
	}
}

// liveRules are a tenant whose rules ask how its phones are.
var liveRules = feature{name: "rules that ask", tenant: `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
lists:
  - {name: vip, numbers: ["+13055550199"]}
rules:
  - {name: vip, when: 'call.from in list("vip")', then: {route: extension, target: "1003"}}
  - {name: mark, when: 'call.direction == "inbound"', set: {tags: [inbound]}}
  - {name: overflow, when: 'call.direction == "inbound" && extension("1001").onCall', then: {route: extension, target: "1002"}}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
`}

// TestExplanationOfARealCall: why a call went where it went names the rules and
// the values they read, also after everything has changed.
func TestExplanationOfARealCall(t *testing.T) {
	w, scenes := stageScenes(t, []feature{liveRules})
	s := scenes[0]
	one, two := s.register(t, "1001", ringing), s.register(t, "1002", ringing)
	first := s.call(t, 0)
	busy := taken(t, first, one)
	s.onCalls(t, "1001", 1)
	second := s.call(t, 0)
	takenAndOver(t, second, two)
	must(t, busy.HangUp(soon(t)))
	must(t, first.WaitOver(soon(t)))
	s.onCalls(t, "1001", 0)

	r := s.toldOf(t, second)
	r.went(t, "completed", "extension 1002 answered")
	s.toldOf(t, first).went(t, "completed", "extension 1001 answered")
	changed := liveRules
	changed.tenant = strings.Replace(changed.tenant, "+13055550199", outsider, 1)
	w.server.apply(s.file(t, changed, w.hookURL))

	why := s.server.explains(t, string(r.ID))
	for _, want := range []string{
		`rule       vip: false`, `call.from in list("vip")`, outsider,
		`rule       mark: true`,
		`rule       overflow: true`, `extension("1001").onCall`,
		"revision 1",
		"extension 1002",
	} {
		if !strings.Contains(why, want) {
			t.Errorf("the explanation does not say %q:\n%s", want, why)
		}
	}
	if again := s.server.explains(t, string(r.ID)); again != why {
		t.Errorf("explained twice, two answers:\n%s\n%s", why, again)
	}
	w.idle(t)
}

// explains asks the server's own command why a call went where it went.
func (s *server) explains(t *testing.T, id string) string {
	t.Helper()
	out, err := exec.Command(s.binary, "explain", "--server", "http://"+s.httpAddr, "--data-dir", s.dataDir, "--call", id).CombinedOutput()
	if err != nil {
		t.Fatalf("explain: %v\n%s", err, out)
	}
	return string(out)
}
