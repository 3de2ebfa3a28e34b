//go:build acceptance

package acceptance

import (
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// These calls fail at the far side. What the caller gets is what the
// documents say, not what the far side said.

func (w *world) declined(t *testing.T) {
	w.phones["1001"].OnCall(phone.Decline)
	w.refusedAfter(t, w.from(t, outsider, didPhone), 486, "busy")
	next(t, w.phones["1001"])
}

func (w *world) forwardNotFound(t *testing.T) {
	w.carrier.OnCall(phone.Script{Code: 404, Silent: true})
	w.refusedAfter(t, w.from(t, outsider, didForward), 503, "failed")
	next(t, w.carrier)
}

// expensive is where a phone's 302 points: a number that the operator lets
// nobody call.
const expensive = "sip:+19005550177@acme.test"

// redirected: without an exit the caller is refused, and nobody else is called.
func (w *world) redirected(t *testing.T) {
	w.phones["1001"].OnCall(phone.Script{Code: 302, Target: expensive})
	outside := w.carrier.Invites()
	w.refusedAfter(t, w.from(t, outsider, didPhone), 503, "failed")
	next(t, w.phones["1001"])
	w.idle(t)
	if w.carrier.Invites() != outside {
		t.Error("a call reached the carrier")
	}
}

// redirectedExit: the tenant's own exit is where the caller goes.
func (w *world) redirectedExit(t *testing.T) {
	w.phones["1003"].OnCall(phone.Script{Code: 302, Target: expensive})
	outside := w.carrier.Invites()
	call := w.from(t, outsider, didBusy)
	callee := next(t, w.phones["1002"])
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if r := w.record(t, call.ID); r.status != "completed" || r.destination != "1002" || r.forwardedTo != "" {
		t.Errorf("record: %+v", r)
	}
	if w.carrier.Invites() != outside {
		t.Error("a call reached the carrier")
	}
}

// earlyMediaThenBusy: an announcement before the refusal is no answer.
func (w *world) earlyMediaThenBusy(t *testing.T) {
	w.phones["1003"].OnCall(phone.Script{Early: true, Tone: 1000, Ring: 600 * time.Millisecond, Code: 486})
	call := w.from(t, outsider, didBusy)
	first := next(t, w.phones["1003"])
	if _, err := first.WaitStatus(soon(t), 486); err != nil {
		t.Error(err)
	}
	callee := next(t, w.phones["1002"])
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if !first.Saw(183) {
		t.Error("the phone sent no early media")
	}
	if call.Saw(183) {
		t.Error("the caller was given the phone's announcement")
	}
	if r := w.record(t, call.ID); r.status != "completed" || r.destination != "1002" {
		t.Errorf("record: %+v", r)
	}
}

// refusedAfter checks the caller's answer and the record.
func (w *world) refusedAfter(t *testing.T, call *phone.Call, code int, want string) {
	t.Helper()
	if got := status(t, call); got != code {
		t.Errorf("the caller got %d, want %d", got, code)
	}
	r := w.record(t, call.ID)
	if r.status != want || r.sipCode != code || !r.complete {
		t.Errorf("record: %+v, want %s and %d", r, want, code)
	}
	w.endedOnce(t, r.id)
}

// twoPhones: both ring, one answers, the other is told to stop.
func (w *world) twoPhones(t *testing.T) {
	second := newPhone(t, phone.Config{User: "1001", Domain: "acme.test", Password: "acme-1001", Server: w.sw.InternalAddr})
	must(t, second.Register(soon(t)))
	second.OnCall(phone.Script{Ring: 400 * time.Millisecond, Tone: 700})
	w.phones["1001"].OnCall(phone.Script{Ring: phone.Never})
	call := w.from(t, outsider, didPhone)
	loses, wins := next(t, w.phones["1001"]), next(t, second)
	talk(t, call, wins)
	if _, err := loses.WaitRequest(soon(t), "CANCEL"); err != nil {
		t.Error("the phone that lost rings on:", err)
	}
	must(t, wins.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if r := w.record(t, call.ID); r.status != "completed" || r.destination != "1001" {
		t.Errorf("record: %+v", r)
	}
	must(t, second.Unregister(soon(t)))
}
