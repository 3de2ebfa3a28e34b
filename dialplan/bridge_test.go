package dialplan

import (
	"errors"
	"strings"
	"testing"
	"time"
)

type parts struct {
	domain             Domain
	ann, bob           User
	annNumber, outside OutsideNumber
	gateway            Gateway
	call               ChannelID
	prompt             Prompt
}

func newParts(t *testing.T) parts {
	t.Helper()
	return parts{
		domain: must[Domain](t)(ParseDomain("acme.example")), ann: must[User](t)(ParseUser("1001")), bob: must[User](t)(ParseUser("1002")),
		annNumber: must[OutsideNumber](t)(ParseOutsideNumber("1001")), outside: must[OutsideNumber](t)(ParseOutsideNumber("+13055550144")),
		gateway: must[Gateway](t)(ParseGateway("carrier-a")), call: must[ChannelID](t)(ParseChannelID("50648892-aa42-4a00-a7a0-f8a12c769513")),
		prompt: must[Prompt](t)(ParsePrompt("ivr/accept.wav")),
	}
}

const (
	leads = "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout="
	asks  = "group_confirm_file=file_string://ivr/accept.wav!silence_stream://1500!ivr/accept.wav!silence_stream://1500!ivr/accept.wav,group_confirm_key=1,group_confirm_timeout=15"
)

// What several or special legs are spelled as, to the letter.
func TestBridgeArguments(t *testing.T) {
	p := newParts(t)
	ann, bob, out := DialUser(p.ann, p.domain), DialUser(p.bob, p.domain), DialGateway(p.gateway, p.outside)
	number := must[OutsideNumber](t)(ParseOutsideNumber("+13055550100"))
	ours := NewIdentity(number, p.domain)
	tone := must[RingTone](t)(ParseRingTone("internal"))
	for name, c := range map[string]struct {
		bridge Bridge
		want   string
	}{
		"nobody": {Bridge{Ring: time.Second}, leads + "2}"},
		"two": {
			Bridge{Ring: 20 * time.Second, Call: p.call, Legs: []Leg{{To: ann, Callee: p.annNumber}, {To: out, Callee: p.outside}}},
			leads + "21,switchyard_call=50648892-aa42-4a00-a7a0-f8a12c769513}[origination_callee_id_number=1001]user/1001@acme.example,[origination_callee_id_number=+13055550144]sofia/gateway/carrier-a/+13055550144",
		},
		"times": {
			Bridge{Ring: 20 * time.Second, Legs: []Leg{{To: ann, Delay: 1200 * time.Millisecond, Ring: 5 * time.Second, Progress: 3 * time.Second}}},
			leads + "21}[leg_delay_start=2,leg_timeout=5,leg_progress_timeout=3]user/1001@acme.example",
		},
		"confirm limits the others": {
			Bridge{Ring: 20 * time.Second, Legs: []Leg{{To: out, Confirm: p.prompt}, {To: ann}, {To: bob, Delay: 5 * time.Second}, {To: bob, Ring: 4 * time.Second}}},
			leads + "37}[leg_timeout=20," + asks + "]sofia/gateway/carrier-a/+13055550144,[leg_timeout=20]user/1001@acme.example,[leg_delay_start=5,leg_timeout=15]user/1002@acme.example,[leg_timeout=4]user/1002@acme.example",
		},
		"stop on reject": {
			Bridge{Ring: 20 * time.Second, StopOnReject: true, Legs: []Leg{{To: ann}, {To: bob, Delay: 30 * time.Second}}},
			leads + "22,fail_on_single_reject=USER_BUSY|CALL_REJECTED}[leg_timeout=20]user/1001@acme.example,[leg_delay_start=30,leg_timeout=1]user/1002@acme.example",
		},
		"exit key": {
			Bridge{Ring: 20 * time.Second, ExitKey: true, Legs: []Leg{{To: ann}}},
			leads + "22}[leg_timeout=20]user/1001@acme.example",
		},
		"distinctive ring": {
			Bridge{Ring: 20 * time.Second, Distinctive: tone, Legs: []Leg{{To: ann}}},
			leads + "21,sip_h_Alert-Info=<http://ring.invalid>;info=internal}user/1001@acme.example",
		},
		"diverted, asserted, private": {
			Bridge{Ring: 20 * time.Second, Legs: []Leg{{To: out, CallerNumber: number, NumberAsName: true, Diversion: NewDiversion(ours, DivertedBusy), Asserted: ours, Private: true}}},
			leads + "21}[origination_caller_id_number=+13055550100,origination_caller_id_name=+13055550100,sip_h_Diversion=<sip:+13055550100@acme.example>;reason=user-busy;counter=1,sip_cid_type=none,sip_h_P-Asserted-Identity=<sip:+13055550100@acme.example>,sip_h_Privacy=id]sofia/gateway/carrier-a/+13055550144",
		},
		"another number": {
			Bridge{Ring: 20 * time.Second, Legs: []Leg{{To: out, CallerNumber: number}}},
			leads + "21}[origination_caller_id_number=+13055550100]sofia/gateway/carrier-a/+13055550144",
		},
		"anonymous wins over a number": {
			Bridge{Ring: 20 * time.Second, Legs: []Leg{{To: ann, Anonymous: true, NumberAsName: true, CallerNumber: number}}},
			leads + "21}[origination_caller_id_number=anonymous,origination_caller_id_name=Anonymous]user/1001@acme.example",
		},
	} {
		if got := c.bridge.Argument(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestContacts(t *testing.T) {
	p := newParts(t)
	if command, argument := ContactsCommand(p.ann, p.domain); command+" "+argument != "sofia_contact */1001@acme.example" {
		t.Error(command, argument)
	}
	to, err := ParseContacts("sofia/internal/sip:1001@127.0.0.1:41565,sofia/internal/sip:kx8@10.0.0.5:5060;transport=udp;fs_path=sip%3Aproxy%3A5060\n", p.ann, p.domain)
	if err != nil || len(to) != 2 {
		t.Fatal(to, err)
	}
	got := Bridge{Ring: time.Second, Legs: []Leg{{To: to[0], Callee: p.annNumber}, {To: to[1]}}}.Argument()
	want := leads + "2}[dialed_user=1001,dialed_domain=acme.example,presence_id=1001@acme.example,sip_invite_domain=acme.example,origination_callee_id_number=1001]sofia/internal/sip:1001@127.0.0.1:41565," +
		"[dialed_user=1001,dialed_domain=acme.example,presence_id=1001@acme.example,sip_invite_domain=acme.example]sofia/internal/sip:kx8@10.0.0.5:5060;transport=udp;fs_path=sip%3Aproxy%3A5060"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, none := range []string{"", "error/user_not_registered", "\n"} {
		if to, err := ParseContacts(none, p.ann, p.domain); err != nil || to != nil {
			t.Errorf("%q: %v %v", none, to, err)
		}
	}
	many := strings.Repeat("sofia/internal/sip:1001@127.0.0.1:5060,", 30)
	if to, err := ParseContacts(strings.TrimSuffix(many, ","), p.ann, p.domain); err != nil || len(to) != mostContacts {
		t.Errorf("%d contacts, %v", len(to), err)
	}
	for _, bad := range []string{
		"-ERR no such command", "verto.rtc/x", "sofia/internal/sip:a$b@h", "sofia/internal/sip:a|b@h", "sofia/internal/sip:a:_:b@h", "sofia/internal/sip:a@h,",
		"sofia/internal/sip:a b@h", "sofia/internal/sip:x|sofia/gateway/a/+1900|y@h", "sofia/internal/sip:a@h,sofia/internal/sip:{b}@h",
		"sofia/internal/sip:a'@h", `sofia/internal/sip:a\b@h`, "sofia/internal/sip:^^:a@h", "sofia/internal/sip:a\nb@h",
	} {
		if to, err := ParseContacts(bad, p.ann, p.domain); !errors.Is(err, ErrUnsafeContact) {
			t.Errorf("%q passed: %v %v", bad, to, err)
		}
	}
	for _, odd := range []string{"sofia/internal/sip:1001@[2001:db8::1]:5060", "sofia/internal/sip:1001@h:5060;x=\"y\"", "sofia/internal/sip:" + strings.Repeat("1", 600) + "@h"} {
		if to, err := ParseContacts(odd, p.ann, p.domain); err != nil || to != nil {
			t.Errorf("%q: %v %v", odd, to, err)
		}
	}
}

func TestNewPartsRefuseHostileText(t *testing.T) {
	for _, s := range hostile {
		if _, err := ParsePrompt(s); err == nil {
			t.Errorf("prompt %q passed", s)
		}
		if _, err := ParseRingTone(s); err == nil {
			t.Errorf("ring tone %q passed", s)
		}
		if _, err := ParseKey(s); err == nil {
			t.Errorf("key %q passed", s)
		}
		if _, err := ParseRingback("music:" + s); err == nil {
			t.Errorf("music %q passed", s)
		}
		if _, err := ParseRingback(s); err == nil && s != "" {
			t.Errorf("ringback %q passed", s)
		}
	}
	for _, s := range []string{"../x.wav", "a/../b", "a.."} {
		if _, err := ParsePrompt(s); err == nil {
			t.Errorf("prompt %q passed", s)
		}
	}
}

// No text of others can bring syntax of its own into a dial string: whatever
// the parsers accept, only our braces, brackets and commas are there.
func FuzzBridgeArgument(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, s, s, s)
	}
	f.Add("1001", "acme.example", "+13055550144", "sofia/internal/sip:1001@127.0.0.1:5060;transport=udp")
	f.Fuzz(func(t *testing.T, user, domain, number, contact string) {
		bridge := fuzzedBridge(user, domain, number, contact)
		text := bridge.Argument()
		if err := CheckText(text); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexAny(text, "'\"\\^ "); i >= 0 {
			t.Fatalf("%q at %d of %s", text[i], i, text)
		}
		legs := len(bridge.Legs)
		for syntax, want := range map[string]int{"{": 1, "}": 1, "[": legs, "]": legs, "],": 0, "],[": 0, ":_:": 0, "^^": 0} {
			if got := strings.Count(text, syntax); got != want {
				t.Fatalf("%d times %q, want %d: %s", got, syntax, want, text)
			}
		}
		if got := strings.Count(text, "|"); got != 1 { // of fail_on_single_reject
			t.Fatalf("%d times |: %s", got, text)
		}
		if got := strings.Count(text, ",["); got != max(legs-1, 0) {
			t.Fatalf("%d legs, want %d: %s", got+1, legs, text)
		}
	})
}

// fuzzedBridge uses every part that is accepted.
func fuzzedBridge(user, domain, number, contact string) Bridge {
	b := Bridge{Ring: 20 * time.Second, StopOnReject: true, ExitKey: true}
	b.Distinctive, _ = ParseRingTone(user)
	b.Call, _ = ParseChannelID(user)
	u, userErr := ParseUser(user)
	d, domainErr := ParseDomain(domain)
	n, numberErr := ParseOutsideNumber(number)
	prompt, _ := ParsePrompt(user)
	if userErr == nil && domainErr == nil {
		b.Legs = append(b.Legs, Leg{To: DialUser(u, d), Confirm: prompt, Anonymous: true})
		contacts, _ := ParseContacts(contact, u, d)
		for _, to := range contacts {
			b.Legs = append(b.Legs, Leg{To: to})
		}
	}
	if g, err := ParseGateway(user); err == nil && numberErr == nil && domainErr == nil {
		id := NewIdentity(n, d)
		b.Legs = append(b.Legs, Leg{To: DialGateway(g, n), Callee: n, CallerNumber: n, NumberAsName: true,
			Diversion: NewDiversion(id, DivertedUnknown), Asserted: id, Private: true})
	}
	return b
}
