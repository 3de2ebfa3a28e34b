//go:build acceptance

package acceptance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/routing"
)

// Features of an extension, of forwards and of calls to the outside.
var extensionFeatures = []feature{
	{name: "two phones of an extension ring and the loser is told", tenant: `
extensions:
  - {extension: "1001"}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
`, test: (*scene).twoRegistrations},
	{name: "forward always", tenant: `
extensions:
  - {extension: "1001", forward: {always: {number: MOBILE}}}
  - {extension: "1002", forward: {always: {number: "1003"}}}
  - {extension: "1003"}
` + didsOf("1001", "1002"), test: (*scene).forwardAlways},
	{name: "forward busy", tenant: `
extensions:
  - {extension: "1001", forward: {busy: {number: MOBILE}}}
  - {extension: "1002", forward: {busy: {number: "1003"}}}
  - {extension: "1003"}
` + didsOf("1001", "1002"), test: (*scene).forwardWhenBusy},
	{name: "forward no-answer", tenant: `
extensions:
  - {extension: "1001", ringSeconds: 1, forward: {no-answer: {number: MOBILE}}}
  - {extension: "1002", ringSeconds: 1, forward: {no-answer: {number: "1003"}}}
  - {extension: "1003"}
` + didsOf("1001", "1002"), test: (*scene).forwardNoAnswer},
	{name: "forward unregistered", tenant: `
extensions:
  - {extension: "1001", forward: {unregistered: {number: MOBILE}}}
  - {extension: "1002", forward: {unregistered: {number: "1003"}}}
  - {extension: "1003"}
` + didsOf("1001", "1002"), test: (*scene).forwardUnregistered},
	{name: "forwards in a circle end", tenant: `
extensions:
  - {extension: "1001", forward: {busy: {number: "1002"}}}
  - {extension: "1002", forward: {busy: {number: "1001"}}}
` + didsOf("1001"), test: (*scene).forwardCircle},
	{name: "forward accepted with a key", tenant: `
extensions:
  - {extension: "1001", forward: {always: {number: MOBILE, confirm: true}}}
` + didsOf("1001"), test: (*scene).confirmAccepted},
	{name: "forward refused by hanging up", tenant: `
extensions:
  - {extension: "1001", forward: {always: {number: MOBILE, confirm: true}}, exits: {no-answer: {route: extension, target: "1002"}}}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).confirmRefused},
	{name: "forward answered by somebody who presses nothing", tenant: `
extensions:
  - {extension: "1001", forward: {always: {number: MOBILE, confirm: true}}, exits: {no-answer: {route: extension, target: "1002"}}}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).confirmIgnored},
	{name: "follow-me", tenant: `
extensions:
  - {extension: "1001", followMe: [{number: MOBILE, delaySeconds: 1}, {number: "1002", delaySeconds: 2}]}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).followMe},
	{name: "do not disturb", tenant: `
extensions:
  - {extension: "1001", doNotDisturb: true, exits: {busy: {route: extension, target: "1002"}}}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).doNotDisturb},
	{name: "call limit", tenant: `
extensions:
  - {extension: "1001", callLimit: 1, exits: {call-limit: {route: extension, target: "1002"}}}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).callLimit},
	{name: "calling oneself", tenant: `
extensions:
  - {extension: "1001"}
`, test: (*scene).callsItself},
	{name: "a phone's 302 to an allowed number", tenant: `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
` + didsOf("1001", "1002"), test: (*scene).redirectFollowed},
	{name: "a phone's 302 to a country that is not allowed", tenant: `
extensions:
  - {extension: "1001", exits: {failed: {route: extension, target: "1002"}}}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).redirectRefused},
	{name: "a phone whose registered contact would call somebody else", tenant: `
extensions:
  - {extension: "1001", exits: {failed: {route: extension, target: "1002"}}}
  - {extension: "1002"}
` + didsOf("1001"), test: (*scene).hostileContact},
	{name: "a phone calls outside", grant: `blockedPrefixes: ["+1305558"]`, tenant: `
extensions:
  - {extension: "1001"}
`, test: (*scene).callsOutside},
	{name: "gateway at which nothing listens", lines: []string{dead}, tenant: failoverTenant, test: (*scene).failover},
	{name: "gateway that never answers", lines: []string{silent}, trunks: []string{"progressSeconds: 1"}, tenant: failoverTenant, test: (*scene).failover},
	{name: "gateway that says 503", tenant: failoverTenant, test: (*scene).failover503},
	{name: "no other gateway when the number is busy", tenant: failoverTenant, test: (*scene).noFailoverWhenBusy},
	{name: "no gateway works", lines: []string{dead, dead}, tenant: failoverTenant, test: (*scene).noGateway},
}

const failoverTenant = `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
forwards:
  - {name: mobile, number: MOBILE, exits: {busy: {route: extension, target: "1001"}, failed: {route: extension, target: "1002"}}}
dids:
  - {number: DID0, inboundRoute: forward, routeTarget: mobile}
`

// didsOf routes the tenant's first numbers to extensions, in order.
func didsOf(extensions ...string) string {
	var b strings.Builder
	b.WriteString("dids:\n")
	for i, extension := range extensions {
		b.WriteString("  - {number: DID" + string(rune('0'+i)) + `, inboundRoute: extension, routeTarget: "` + extension + "\"}\n")
	}
	return b.String()
}

// TestExtension rings extensions and outside numbers, one tenant a feature.
func TestExtension(t *testing.T) { play(t, extensionFeatures) }

func (s *scene) twoRegistrations(t *testing.T) {
	desk, soft := s.register(t, "1001", never), s.register(t, "1001", phone.Script{Ring: 500 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	loses := next(t, desk)
	takenAndOver(t, call, soft)
	elsewhere(t, loses)
	r := s.toldOf(t, call)
	r.went(t, "completed", "extension 1001 answered")
	if orEmpty(r.AnsweredBy) != "1001" || r.Destination != "1001" || r.HungUpBy != "callee" {
		t.Errorf("record: %+v", r.Row)
	}
}

func (s *scene) forwardAlways(t *testing.T) {
	own, other := s.register(t, "1001", ringing), s.register(t, "1003", ringing)
	outside := s.call(t, 0)
	takenAndOver(t, outside, s.a)
	r := s.toldOf(t, outside)
	r.went(t, "completed", "extension 1001 forwarded", "forward "+mobile+" answered")
	s.forwardedAs(t, r, "1001", mobile, routing.ForwardAlways, "initiated", "answered", "completed")
	quiet(t, "the extension's phone", own)

	inside := s.call(t, 1)
	takenAndOver(t, inside, other)
	r = s.toldOf(t, inside)
	r.went(t, "completed", "extension 1002 forwarded", "extension 1003 answered")
	s.forwardedAs(t, r, "1002", "1003", routing.ForwardAlways, "initiated", "answered", "completed")

	s.a.OnCall(phone.Busy)
	refused := s.call(t, 0)
	if got := status(t, refused); got != 486 {
		t.Errorf("the caller got %d, want 486", got)
	}
	s.forwardedAs(t, s.toldOf(t, refused), "1001", mobile, routing.ForwardAlways, "initiated", "completed")
}

// afterwards plays the forwards that come after the extension's own phone.
func (s *scene) afterwards(t *testing.T, outcome string, kind routing.ForwardType) {
	other := s.register(t, "1003", ringing)
	outside := s.call(t, 0)
	takenAndOver(t, outside, s.a)
	r := s.toldOf(t, outside)
	r.went(t, "completed", "extension 1001 "+outcome, "forward "+mobile+" answered")
	s.forwardedAs(t, r, "1001", mobile, kind, "answered", "completed")

	inside := s.call(t, 1)
	takenAndOver(t, inside, other)
	r = s.toldOf(t, inside)
	r.went(t, "completed", "extension 1002 "+outcome, "extension 1003 answered")
	s.forwardedAs(t, r, "1002", "1003", kind, "answered", "completed")

	s.a.OnCall(never)
	given := s.call(t, 0)
	rings := next(t, s.a)
	_, err := rings.WaitStatus(soon(t), 180)
	must(t, err)
	must(t, given.HangUp(soon(t)))
	s.forwardedAs(t, s.toldOf(t, given), "1001", mobile, kind, "completed")
}

func (s *scene) forwardWhenBusy(t *testing.T) {
	s.register(t, "1001", phone.Busy)
	s.register(t, "1002", phone.Busy)
	s.afterwards(t, "busy", routing.ForwardBusy)
}

func (s *scene) forwardNoAnswer(t *testing.T) {
	s.register(t, "1001", never)
	s.register(t, "1002", never)
	s.afterwards(t, "no-answer", routing.ForwardNoAnswer)
}

// forwardUnregistered: webhooks have no word of their own for it.
func (s *scene) forwardUnregistered(t *testing.T) {
	s.afterwards(t, "unregistered", routing.ForwardNoAnswer)
}

func (s *scene) forwardCircle(t *testing.T) {
	one, two := s.register(t, "1001", phone.Busy), s.register(t, "1002", phone.Busy)
	call := s.call(t, 0)
	if got := status(t, call); got != 486 {
		t.Errorf("the caller got %d, want 486", got)
	}
	if one.Invites() != 1 || two.Invites() != 1 {
		t.Errorf("the phones rang %d and %d times, want once each", one.Invites(), two.Invites())
	}
	s.toldOf(t, call).went(t, "busy", "extension 1001 busy", "extension 1002 busy")
}

// asked waits until who answered hears the prompt, while the caller waits.
func asked(t *testing.T, call *phone.Call, by *phone.Phone) *phone.Call {
	t.Helper()
	callee := next(t, by)
	_, err := callee.WaitStatus(soon(t), 200)
	must(t, err)
	if err := callee.Audio.WaitSound(soon(t)); err != nil {
		t.Fatal("nobody asked who answered to accept:", err)
	}
	unanswered(t, call)
	return callee
}

func (s *scene) confirmAccepted(t *testing.T) {
	call := s.call(t, 0)
	callee := asked(t, call, s.a)
	callee.Audio.Press('2') // means nothing
	callee.Audio.Press('1')
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := s.toldOf(t, call)
	r.went(t, "completed", "extension 1001 forwarded", "forward "+mobile+" answered")
	s.forwardedAs(t, r, "1001", mobile, routing.ForwardAlways, "initiated", "answered", "completed")
}

func (s *scene) confirmRefused(t *testing.T) {
	exit := s.register(t, "1002", ringing)
	call := s.call(t, 0)
	callee := asked(t, call, s.a)
	must(t, callee.HangUp(soon(t)))
	s.refusedGoesOn(t, call, exit)
}

func (s *scene) confirmIgnored(t *testing.T) {
	exit := s.register(t, "1002", ringing)
	call := s.call(t, 0)
	callee := asked(t, call, s.a)
	if _, err := callee.WaitRequest(longer(t), "BYE"); err != nil {
		t.Fatal("who pressed nothing is still asked:", err)
	}
	s.refusedGoesOn(t, call, exit)
}

func (s *scene) refusedGoesOn(t *testing.T, call *phone.Call, exit *phone.Phone) {
	t.Helper()
	takenAndOver(t, call, exit)
	r := s.toldOf(t, call)
	r.went(t, "completed", "extension 1001 forwarded", "forward "+mobile+" no-answer", "extension 1002 answered")
	for _, h := range s.events(t, string(r.ID)) {
		if h.Event == "call.forwarded" && h.Data["status"] == "answered" {
			t.Error("a call nobody accepted is told as answered")
		}
	}
}

func (s *scene) followMe(t *testing.T) {
	desk, third := s.register(t, "1001", never), s.register(t, "1002", ringing)
	s.a.OnCall(phone.Script{Ring: 400 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	loses := next(t, desk)
	wins := takenAndOver(t, call, s.a)
	later(t, loses, wins, time.Second)
	elsewhere(t, loses)
	quiet(t, "the third, who rings later", third)
	r := s.toldOf(t, call)
	r.went(t, "completed", "extension 1001 answered")
	if orEmpty(r.AnsweredBy) != mobile || r.Destination != "1001" {
		t.Errorf("record: destination %s, answered by %s", r.Destination, orEmpty(r.AnsweredBy))
	}
}

// later checks that a phone rang so much after another one. FreeSWITCH counts
// delays by a clock of its own, up to a half second late.
func later(t *testing.T, first, second *phone.Call, want time.Duration) {
	t.Helper()
	if d := second.Invite().At.Sub(first.Invite().At); d < want-200*time.Millisecond || d > want+3*time.Second {
		t.Errorf("it rang %v later, want %v", d, want)
	}
}

func (s *scene) doNotDisturb(t *testing.T) {
	own, exit := s.register(t, "1001", ringing), s.register(t, "1002", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, exit)
	quiet(t, "the phone that is not to be disturbed", own)
	r := s.toldOf(t, call)
	r.went(t, "completed", "extension 1001 busy", "extension 1002 answered")
	if got := r.tried(t, 0); !slices.Equal(got, []string{"1001 -do-not-disturb"}) {
		t.Errorf("attempts: %q", got)
	}
}

func (s *scene) callLimit(t *testing.T) {
	own, exit := s.register(t, "1001", ringing), s.register(t, "1002", ringing)
	first := s.call(t, 0)
	talking := taken(t, first, own)
	second := s.call(t, 0)
	takenAndOver(t, second, exit)
	r := s.toldOf(t, second)
	r.went(t, "completed", "extension 1001 call-limit", "extension 1002 answered")
	if got := r.tried(t, 0); !slices.Equal(got, []string{"1001 -call-limit"}) || own.Invites() != 1 {
		t.Errorf("attempts: %q, the phone rang %d times", got, own.Invites())
	}
	must(t, talking.HangUp(soon(t)))
	must(t, first.WaitOver(soon(t)))
	s.onCalls(t, "1001", 0)
	takenAndOver(t, s.call(t, 0), own)

	// Its own calls count too.
	dialled := dials(t, own, "1002")
	taken(t, dialled, exit)
	third := s.call(t, 0)
	takenAndOver(t, third, exit)
	must(t, dialled.HangUp(soon(t)))
	s.toldOf(t, third).went(t, "completed", "extension 1001 call-limit", "extension 1002 answered")
}

func (s *scene) callsItself(t *testing.T) {
	own := s.register(t, "1001", ringing)
	call := dials(t, own, "1001")
	if got := status(t, call); got != 486 {
		t.Errorf("the phone got %d, want 486", got)
	}
	quiet(t, "the phone that calls", own)
	s.toldOf(t, call).went(t, "busy", "extension 1001 busy")
}

func (s *scene) redirectFollowed(t *testing.T) {
	s.register(t, "1001", phone.Script{Code: 302, Target: "sip:" + mobile + "@elsewhere.example"})
	s.register(t, "1002", phone.Script{Code: 302, Target: "sip:1003@" + s.domain})
	other := s.register(t, "1003", ringing)
	outside := s.call(t, 0)
	takenAndOver(t, outside, s.a)
	r := s.toldOf(t, outside)
	r.went(t, "completed", "extension 1001 forwarded", "forward "+mobile+" answered")
	s.forwardedAs(t, r, "1001", mobile, routing.ForwardAlways, "initiated", "answered", "completed")

	inside := s.call(t, 1)
	takenAndOver(t, inside, other)
	s.toldOf(t, inside).went(t, "completed", "extension 1002 forwarded", "extension 1003 answered")
}

func (s *scene) redirectRefused(t *testing.T) {
	own, exit := s.register(t, "1001", never), s.register(t, "1002", ringing)
	for _, target := range []string{"sip:+442079460000@elsewhere.example", "sip:900442079460000@elsewhere.example", "sip:evil@elsewhere.example"} {
		own.OnCall(phone.Script{Code: 302, Target: target})
		call := s.call(t, 0)
		takenAndOver(t, call, exit)
		r := s.toldOf(t, call)
		r.went(t, "completed", "extension 1001 failed", "extension 1002 answered")
		if a := r.Steps[0].Attempts; r.ForwardedTo != nil || len(a) != 1 || a[0].Note == "" {
			t.Errorf("%s: forwarded to %q, attempts %+v", target, orEmpty(r.ForwardedTo), a)
		}
	}
	quiet(t, "carrier a", s.a)
	quiet(t, "carrier b", s.b)
}

// hostileContact registers a phone with a contact that FreeSWITCH would read as
// a second thing to dial: a number over the tenant's own gateway.
func (s *scene) hostileContact(t *testing.T) {
	p := newPhone(t, phone.Config{
		User: "1001", Domain: s.domain, Password: "acme-1001", Server: s.sw.InternalAddr,
		ContactUser: "x|sofia/gateway/" + s.gateway(0) + "/+19005550100|y",
	})
	must(t, p.Register(soon(t)))
	s.seenUntil(t, "1001", "registered", func(now seenPhone) bool { return now.Contacts != nil && *now.Contacts == 1 })
	exit := s.register(t, "1002", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, exit)
	s.toldOf(t, call).went(t, "completed", "extension 1001 failed", "extension 1002 answered")
	quiet(t, "carrier a", s.a)
	quiet(t, "carrier b", s.b)
}

func (s *scene) callsOutside(t *testing.T) {
	own := s.register(t, "1001", ringing)
	allowed := dials(t, own, mobile)
	callee := takenAndOver(t, allowed, s.a)
	if got := userOf(callee.Invite().FirstLine()); got != mobile {
		t.Errorf("the carrier was asked for %q", got)
	}
	r := s.toldOf(t, allowed)
	r.went(t, "completed", "forward "+mobile+" answered")
	if r.Direction != routing.Outbound || r.CallerNumber != "1001" || r.ForwardedTo != nil {
		t.Errorf("record: %+v", r.Row)
	}
	for _, number := range []string{"+442079460000", "011442079460000", "+13055581234", "3055581234"} {
		denied := dials(t, own, number)
		if got := status(t, denied); got != 403 {
			t.Errorf("a call to %s got %d, want 403", number, got)
		}
		s.toldOf(t, denied).went(t, "denied")
	}
	s.a.OnCall(phone.Busy)
	busy := dials(t, own, mobile)
	if got := status(t, busy); got != 486 {
		t.Errorf("the phone got %d of a busy number, want 486", got)
	}
	if n := s.a.Invites() + s.b.Invites(); n != 2 {
		t.Errorf("the carriers were called %d times, want twice", n)
	}
}

func (s *scene) failover(t *testing.T) {
	call := s.call(t, 0)
	takenAndOver(t, call, s.b)
	r := s.toldOf(t, call)
	r.went(t, "completed", "forward mobile answered")
	if a := r.Steps[0].Attempts; len(a) != 2 || a[0].Trunk != s.gateway(0) || a[0].Outcome == routing.Answered || a[1].Trunk != s.gateway(1) || a[1].Outcome != routing.Answered {
		t.Errorf("attempts: %+v", a)
	}
}

func (s *scene) failover503(t *testing.T) {
	s.a.OnCall(phone.Script{Code: 503, Silent: true})
	s.failover(t)
	if n := s.a.Invites(); n != 1 {
		t.Errorf("the first carrier was called %d times", n)
	}
}

func (s *scene) noFailoverWhenBusy(t *testing.T) {
	exit := s.register(t, "1001", ringing)
	s.a.OnCall(phone.Busy)
	call := s.call(t, 0)
	takenAndOver(t, call, exit)
	quiet(t, "the second carrier", s.b)
	s.toldOf(t, call).went(t, "completed", "forward mobile busy", "extension 1001 answered")
}

func (s *scene) noGateway(t *testing.T) {
	exit := s.register(t, "1002", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, exit)
	r := s.toldOf(t, call)
	r.went(t, "completed", "forward mobile failed", "extension 1002 answered")
	if len(r.Steps[0].Attempts) != 2 {
		t.Errorf("attempts: %+v", r.Steps[0].Attempts)
	}
}
