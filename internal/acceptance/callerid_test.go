//go:build acceptance

package acceptance

import (
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

const outward = `
extensions:
  - {extension: "1001", forward: {busy: {number: MOBILE}}}
  - {extension: "1002", callerId: DID7}
forwards:
  - {name: mobile, number: MOBILE}
ringGroups:
  - {name: all, members: [{number: "1001"}, {number: mobile}]}
dids:
  - {number: DID0, inboundRoute: forward, routeTarget: mobile}
  - {number: DID1, inboundRoute: extension, routeTarget: "1001"}
  - {number: DID2, inboundRoute: ringgroup, routeTarget: all}
`

// callerIDFeatures are whose number the far side is shown.
var callerIDFeatures = []feature{
	{name: "keep", tenant: outward, test: (*scene).keepsCallerID},
	{name: "own", tenant: outward, trunks: []string{"callerId: own"}, test: (*scene).ownCallerID},
	{name: "keep with Diversion and P-Asserted-Identity", tenant: outward, trunks: []string{"callerIdHeader: both"}, test: (*scene).diverted},
	{name: "anonymous callers stay unknown", tenant: outward, trunks: []string{"callerIdHeader: both"}, test: (*scene).anonymous},
	{name: "a phone's own outside call", tenant: outward, trunks: []string{"callerIdHeader: p-asserted-identity"}, test: (*scene).phoneShows},
	{name: "headers of the caller reach nobody", tenant: outward, test: (*scene).foreignHeaders},
}

// TestCallerID looks at INVITEs as phones and carriers get them.
func TestCallerID(t *testing.T) { play(t, callerIDFeatures) }

// shows checks the From of an INVITE: name, and user of its address.
func shows(t *testing.T, call *phone.Call, name, user string) {
	t.Helper()
	from := call.Invite().Header("From")
	shown, rest, _ := strings.Cut(from, "<")
	if got := strings.Trim(strings.TrimSpace(shown), `"`); got != name || !strings.HasPrefix(rest, "sip:"+user+"@") {
		t.Errorf("From: %s, want %q and %s", from, name, user)
	}
}

// has checks that an INVITE has one header of the name with this beginning, or
// none for "".
func has(t *testing.T, call *phone.Call, header, begin string) {
	t.Helper()
	got := call.Invite().Headers(header)
	switch {
	case begin == "" && len(got) > 0, begin != "" && (len(got) != 1 || !strings.HasPrefix(got[0], begin)):
		t.Errorf("%s: %q, want %q", header, got, begin)
	}
}

func (s *scene) keepsCallerID(t *testing.T) {
	callee := takenAndOver(t, s.call(t, 0), s.a)
	shows(t, callee, "Alice", outsider)
	has(t, callee, "Diversion", "")
}

func (s *scene) ownCallerID(t *testing.T) {
	callee := takenAndOver(t, s.call(t, 0), s.a)
	shows(t, callee, s.did(0), s.did(0))
	inNothing(t, callee, outsider)
	// To phones of the tenant the caller is who calls.
	desk := s.register(t, "1001", ringing)
	shows(t, takenAndOver(t, s.call(t, 1), desk), "Alice", outsider)
}

// inNothing checks that a number is in no message of a call.
func inNothing(t *testing.T, call *phone.Call, number string) {
	t.Helper()
	for _, m := range call.Trace() {
		if strings.Contains(string(m.Raw), strings.TrimPrefix(number, "+")) {
			t.Errorf("the number %s is in\n%s", number, m.Raw)
			return
		}
	}
}

func (s *scene) diverted(t *testing.T) {
	own := "<sip:" + s.did(0) + "@" + s.domain + ">"
	callee := takenAndOver(t, s.call(t, 0), s.a)
	shows(t, callee, "Alice", outsider)
	has(t, callee, "Diversion", own+";reason=unconditional;counter=1")
	has(t, callee, "P-Asserted-Identity", own)

	s.register(t, "1001", phone.Busy)
	busy := takenAndOver(t, s.call(t, 1), s.a)
	own = "<sip:" + s.did(1) + "@" + s.domain + ">"
	shows(t, busy, "Alice", outsider)
	has(t, busy, "Diversion", own+";reason=user-busy;counter=1")
	has(t, busy, "P-Asserted-Identity", own)
}

// secret is the number of a caller who asks not to be shown.
const secret = "+13055559876"

// hidden calls as carriers hand over a caller who is not to be shown.
func (s *scene) hidden(t *testing.T, did int) *phone.Call {
	t.Helper()
	call, err := s.trunk.Dial(s.did(did), phone.DialOptions{FromUser: "anonymous", Name: "Anonymous", Tone: 440, Headers: map[string]string{
		"P-Asserted-Identity": `"Mister Secret" <sip:` + secret + `@carrier.example>`, "Privacy": "id", "Remote-Party-ID": "<sip:" + secret + "@carrier.example>;privacy=full",
	}})
	must(t, err)
	return tidied(t, call)
}

func (s *scene) anonymous(t *testing.T) {
	desk := s.register(t, "1001", phone.Script{Ring: 500 * time.Millisecond, Tone: 700})
	unknown := func(call *phone.Call, outside bool) {
		t.Helper()
		inNothing(t, call, secret)
		if strings.Contains(string(call.Invite().Raw), "Secret") {
			t.Errorf("the caller's name is in\n%s", call.Invite().Raw)
		}
		shows(t, call, "Anonymous", "anonymous")
		if outside {
			has(t, call, "Privacy", "id")
		}
	}
	outside := takenAndOver(t, s.hidden(t, 0), s.a)
	unknown(outside, true)
	has(t, outside, "P-Asserted-Identity", "<sip:"+s.did(0)+"@"+s.domain+">")
	unknown(takenAndOver(t, s.hidden(t, 1), desk), false)
	s.a.OnCall(never)
	both := s.hidden(t, 2)
	loses := next(t, s.a)
	unknown(takenAndOver(t, both, desk), false)
	cancelled(t, loses)
	unknown(loses, true)
}

func (s *scene) phoneShows(t *testing.T) {
	one, two := s.register(t, "1001", ringing), s.register(t, "1002", ringing)
	call, err := one.Dial(mobile, phone.DialOptions{Name: "Bob", Tone: 440})
	must(t, err)
	callee := takenAndOver(t, call, s.a)
	shows(t, callee, "Bob", s.did(0))
	has(t, callee, "P-Asserted-Identity", "<sip:"+s.did(0)+"@"+s.domain+">")
	inNothing(t, callee, "1001@")

	callee = takenAndOver(t, dials(t, two, mobile), s.a)
	if from := callee.Invite().Header("From"); !strings.Contains(from, "<sip:"+s.did(7)+"@") {
		t.Errorf("From: %s, want the extension's own number", from)
	}

	call, err = one.Dial(mobile, phone.DialOptions{Name: "Bob", Tone: 440, Headers: map[string]string{"Privacy": "id"}})
	must(t, err)
	callee = takenAndOver(t, call, s.a)
	shows(t, callee, "Anonymous", "anonymous")
	has(t, callee, "Privacy", "id")

	// What a phone says of itself shows another's number to nobody.
	call, err = one.Dial(mobile, phone.DialOptions{Name: "Bob", FromUser: "1001", Tone: 440, Headers: map[string]string{
		"P-Asserted-Identity": "<sip:" + secret + "@evil.example>",
	}})
	must(t, err)
	callee = takenAndOver(t, call, s.a)
	inNothing(t, callee, secret)
	if from := callee.Invite().Header("From"); !strings.Contains(from, "<sip:"+s.did(0)+"@") {
		t.Errorf("From: %s, want the tenant's number", from)
	}
}

func (s *scene) foreignHeaders(t *testing.T) {
	desk := s.register(t, "1001", phone.Script{Ring: 500 * time.Millisecond, Tone: 700})
	s.a.OnCall(never)
	foreign := map[string]string{
		"X-Foo": "evil", "Diversion": "<sip:+19990000000@evil.example>;reason=unconditional", "History-Info": "<sip:x@evil.example>;index=1",
		"Referred-By": "<sip:boss@evil.example>", "Alert-Info": "<http://evil.example/x.wav>",
	}
	call, err := s.trunk.Dial(s.did(2), phone.DialOptions{Name: "Alice", Tone: 440, Headers: foreign})
	must(t, err)
	loses := next(t, s.a)
	wins := takenAndOver(t, tidied(t, call), desk)
	cancelled(t, loses)
	for _, rung := range []*phone.Call{loses, wins} {
		if text := string(rung.Invite().Raw); strings.Contains(text, "evil") {
			t.Errorf("the caller's headers are in\n%s", text)
		}
	}
}
