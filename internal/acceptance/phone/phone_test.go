package phone_test

import (
	"context"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// pair gives two phones; the first calls the second directly.
func pair(t *testing.T, script phone.Script) (caller, callee *phone.Phone) {
	t.Helper()
	callee = open(t, phone.Config{User: "2000", Domain: "127.0.0.1"})
	callee.OnCall(script)
	return open(t, phone.Config{User: "1000", Domain: "127.0.0.1", Server: callee.Addr}), callee
}

func open(t *testing.T, cfg phone.Config) *phone.Phone {
	t.Helper()
	p, err := phone.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func dial(t *testing.T, p *phone.Phone, opts phone.DialOptions) *phone.Call {
	t.Helper()
	c, err := p.Dial("2000", opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTwoPhonesHearEachOther(t *testing.T) {
	caller, callee := pair(t, phone.Script{Ring: 20 * time.Millisecond, Tone: 700})
	call := dial(t, caller, phone.DialOptions{Tone: 440})
	taken, err := callee.NextCall(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Audio.WaitTone(soon(t), 700); err != nil {
		t.Error("caller:", err)
	}
	if err := taken.Audio.WaitTone(soon(t), 440); err != nil {
		t.Error("callee:", err)
	}
	if !call.Saw(180) {
		t.Error("the caller saw no 180")
	}
	if err := taken.HangUp(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := call.WaitOver(soon(t)); err != nil {
		t.Error(err)
	}
	if n := callee.Invites(); n != 1 {
		t.Errorf("the callee counts %d calls", n)
	}
}

func TestSilenceIsNoTone(t *testing.T) {
	caller, _ := pair(t, phone.Script{})
	call := dial(t, caller, phone.DialOptions{})
	if err := call.Audio.WaitPackets(soon(t), 10); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := call.Audio.WaitSound(ctx); err == nil {
		t.Error("silence was taken for sound")
	}
}

func TestRefusalsReachTheCaller(t *testing.T) {
	for _, code := range []int{302, 404, 486, 603} {
		caller, _ := pair(t, phone.Script{Code: code, Target: "sip:3000@127.0.0.1"})
		call := dial(t, caller, phone.DialOptions{})
		m, err := call.WaitFinal(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		if m.Status() != code {
			t.Errorf("the caller got %d, want %d", m.Status(), code)
		}
		if code == 302 && m.Header("Contact") != "<sip:3000@127.0.0.1>" {
			t.Errorf("302 with Contact %q", m.Header("Contact"))
		}
	}
}

func TestEarlyMediaIsHeardBeforeTheRefusal(t *testing.T) {
	caller, _ := pair(t, phone.Script{Early: true, Tone: 1000, Ring: 500 * time.Millisecond, Code: 486})
	call := dial(t, caller, phone.DialOptions{})
	if err := call.Audio.WaitTone(soon(t), 1000); err != nil {
		t.Error(err)
	}
	if m, err := call.WaitFinal(soon(t)); err != nil || m.Status() != 486 {
		t.Errorf("the caller got %d, %v; want 486", m.Status(), err)
	}
	if !call.Saw(183) {
		t.Error("the caller saw no 183")
	}
}

func TestCallerGivesUp(t *testing.T) {
	caller, callee := pair(t, phone.Script{Ring: phone.Never})
	call := dial(t, caller, phone.DialOptions{})
	taken, err := callee.NextCall(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := call.WaitStatus(soon(t), 180); err != nil {
		t.Fatal(err)
	}
	if err := call.HangUp(soon(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := taken.WaitRequest(soon(t), "CANCEL"); err != nil {
		t.Error(err)
	}
	if m, err := call.WaitFinal(soon(t)); err != nil || m.Status() != 487 {
		t.Errorf("the caller got %d, %v; want 487", m.Status(), err)
	}
}

func TestRawInviteIsSentAsWritten(t *testing.T) {
	callee := open(t, phone.Config{User: "2000", Domain: "127.0.0.1"})
	callee.OnCall(phone.Script{Ring: 10 * time.Millisecond, HangUpAfter: 50 * time.Millisecond})
	from := "\"a}b,'\xff${x}\" <sip:%24%7Bx%7D@127.0.0.1>"
	status, err := phone.DialRaw(soon(t), phone.RawInvite{Server: callee.Addr, User: "2000", From: from, Headers: "X-Note: 1\r\n"})
	if err != nil || status != 200 {
		t.Fatalf("got %d, %v; want 200", status, err)
	}
	taken, err := callee.NextCall(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := taken.Invite().Header("From"); got[:len(from)] != from {
		t.Errorf("From arrived as %q", got)
	}
	if got := taken.Invite().Header("X-Note"); got != "1" {
		t.Errorf("X-Note arrived as %q", got)
	}
}
