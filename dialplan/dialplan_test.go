package dialplan

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"switchyard/routing"
)

type vars map[string]string

func (v vars) Variable(name string) string { return v[name] }

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// What goes to FreeSWITCH, to the letter.
func TestArguments(t *testing.T) {
	user := must[User](t)(ParseUser("1001"))
	domain := must[Domain](t)(ParseDomain("acme.example"))
	gateway := must[Gateway](t)(ParseGateway("carrier-a"))
	number := must[OutsideNumber](t)(ParseOutsideNumber("+13055550100"))
	call := must[ChannelID](t)(ParseChannelID("50648892-aa42-4a00-a7a0-f8a12c769513"))
	for _, c := range []struct {
		action    Action
		app, want string
	}{
		{Answer{}, "answer", ""},
		{Voicemail{domain, user}, "voicemail", "default acme.example 1001"},
		{Bridge{Legs: []Leg{{To: DialUser(user, domain)}}, Ring: 20 * time.Second}, "bridge", "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=21}user/1001@acme.example"},
		{Bridge{Legs: []Leg{{To: DialGateway(gateway, number)}}, Ring: 1500 * time.Millisecond, Call: call}, "bridge", "{ignore_early_media=true,outbound_redirect_fatal=true,originate_timeout=3,switchyard_call=50648892-aa42-4a00-a7a0-f8a12c769513}sofia/gateway/carrier-a/+13055550100"},
	} {
		if got := c.action.Application(); got != c.app {
			t.Errorf("application %q, want %q", got, c.app)
		}
		if got := c.action.Argument(); got != c.want {
			t.Errorf("%s argument %q, want %q", c.app, got, c.want)
		}
		if err := CheckText(c.action.Argument()); err != nil {
			t.Errorf("%s: %v", c.app, err)
		}
	}
}

func TestCommands(t *testing.T) {
	id := must[ChannelID](t)(ParseChannelID("50648892-aa42-4a00-a7a0-f8a12c769513"))
	name, arg := SetCommand(id, ContinueOnFail(true), CallerIDName(NewCallerText("VIP Ann; hangup=1")))
	if name != "uuid_setvar_multi" || arg != "50648892-aa42-4a00-a7a0-f8a12c769513 continue_on_fail=true;effective_caller_id_name=VIP Ann hangup 1" {
		t.Errorf("%s %s", name, arg)
	}
	if _, arg = SetCommand(id, Unset([]Variable{ContinueOnFail(true)})...); !strings.HasSuffix(arg, " continue_on_fail=") {
		t.Error(arg)
	}
	if name, arg = KillCommand(id, CallRejected); name+" "+arg != "uuid_kill 50648892-aa42-4a00-a7a0-f8a12c769513 CALL_REJECTED" {
		t.Error(name, arg)
	}
}

// Every string that has meant something to FreeSWITCH somewhere is refused as
// a part, and harmless as caller text.
var hostile = []string{
	"", "${system touch /x}", "$${x}", "1001@evil", "1001;fs_path=sip:evil", "a,b", "a|b", "a:_:b", "a}b", "{a", "[a]", "<x>",
	"a b", "a\nb", "a\r\n\r\napi system x", "a\x00b", "a'b", `a"b`, `a\b`, "^^;a", "%{x}", "\xff\xfe", strings.Repeat("1", 10_000),
}

func TestHostilePartsAreRefused(t *testing.T) {
	for _, s := range hostile {
		if _, err := ParseUser(s); err == nil {
			t.Errorf("user %q passed", s)
		}
		if _, err := ParseDomain(s); err == nil {
			t.Errorf("domain %q passed", s)
		}
		if _, err := ParseGateway(s); err == nil {
			t.Errorf("gateway %q passed", s)
		}
		if _, err := ParseOutsideNumber(s); err == nil {
			t.Errorf("number %q passed", s)
		}
		if _, err := ParseChannelID(s); err == nil {
			t.Errorf("channel id %q passed", s)
		}
	}
}

func FuzzCallerText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("Zoë Müller-Lüdenscheidt (Büro) 李雷")
	f.Fuzz(func(t *testing.T, raw string) {
		got := NewCallerText(raw).String()
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > callerTextMax {
			t.Fatalf("%q", got)
		}
		if strings.ContainsAny(got, "${}[]<>,;|:^'\"\\%@&=\n\r\t\x00") || CheckText(got) != nil {
			t.Fatalf("%q", got)
		}
		if again := NewCallerText(got).String(); again != got {
			t.Fatalf("not stable: %q then %q", got, again)
		}
	})
}

func TestCallerTextKeepsNames(t *testing.T) {
	for raw, want := range map[string]string{
		"Zoë Müller-Lüdenscheidt (Büro)": "Zoë Müller-Lüdenscheidt (Büro)",
		"  a \t b\n":                     "a b",
		"+1 305 555-0100":                "+1 305 555-0100",
		"Robert'); DROP":                 "Robert ) DROP",
		strings.Repeat("x", 100):         strings.Repeat("x", 64),
	} {
		if got := NewCallerText(raw).String(); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestVoicemailOutcome(t *testing.T) {
	user, domain := User{"1001"}, Domain{"acme.example"}
	left := vars{"voicemail_message_len": "00:00:05", "voicemail_account": "1001", "voicemail_domain": "acme.example"}
	if got := VoicemailOutcome(left, domain, user); got != routing.MessageLeft {
		t.Error(got)
	}
	if got := VoicemailOutcome(left, domain, User{"1002"}); got != routing.Failed {
		t.Error("a message in another mailbox counted:", got)
	}
	if got := VoicemailOutcome(vars{}, domain, user); got != routing.Failed {
		t.Error(got)
	}
}

func TestReadEnding(t *testing.T) {
	e := ReadEnding(vars{
		"hangup_cause": "NORMAL_CLEARING", "sip_hangup_disposition": "send_bye",
		"last_bridge_to": "b", "bridge_hangup_cause": "NORMAL_CLEARING",
		"start_uepoch": "1795229742070722", "progress_uepoch": "1795229742090722", "progress_media_uepoch": "1795229745230721",
		"answer_uepoch": "1795229745230721", "end_uepoch": "1795229747750723",
		"originate_causes": "ARRAY::a;USER_BUSY|:b;NORMAL_CLEARING|:b;NONE",
	})
	if e.HungUpBy != "callee" || e.SIPCode != 200 || !e.Complete {
		t.Errorf("%+v", e)
	}
	if got := e.ProgressAt.Sub(e.CreatedAt); got != 20*time.Millisecond {
		t.Error("post-dial delay", got)
	}
	if len(e.Legs) != 2 || e.Legs[0] != (LegAttempt{"a", UserBusy}) || e.Legs[1] != (LegAttempt{"b", NoCause}) {
		t.Errorf("legs %+v", e.Legs)
	}
	cancelled := ReadEnding(vars{"hangup_cause": "ORIGINATOR_CANCEL", "sip_hangup_disposition": "recv_cancel", "sip_invite_failure_status": "487"})
	if cancelled.HungUpBy != "caller" || cancelled.SIPCode != 487 || !cancelled.AnsweredAt.IsZero() {
		t.Errorf("%+v", cancelled)
	}
	refused := ReadEnding(vars{"hangup_cause": "CALL_REJECTED", "sip_hangup_disposition": "send_refuse"})
	if refused.HungUpBy != "us" || refused.SIPCode != 603 {
		t.Errorf("%+v", refused)
	}
}
