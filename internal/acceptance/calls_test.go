//go:build acceptance

package acceptance

import (
	"slices"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// TestCalls takes one call after the other through one world.
func TestCalls(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name string
		test func(*world, *testing.T)
	}{
		{"answered, both hear each other, callee hangs up", (*world).answered},
		{"caller hangs up while talking", (*world).callerHangsUp},
		{"caller hangs up while it rings", (*world).callerCancels},
		{"busy goes to its exit", (*world).busyExit},
		{"not answered goes to voicemail", (*world).voicemail},
		{"no phone registered goes to voicemail", (*world).unregistered},
		{"a rule sends a VIP elsewhere", (*world).vipRule},
		{"a phone calls a phone", (*world).internal},
		{"forwarded through the gateway", (*world).forwarded},
		{"forward to a busy outside number", (*world).forwardBusy},
		{"refused calls", (*world).refused},
		{"declined is busy for the caller", (*world).declined},
		{"a number that does not exist is a failure for the caller", (*world).forwardNotFound},
		{"a phone's 302 moves nobody", (*world).redirected},
		{"a failed phone goes to its exit", (*world).redirectedExit},
		{"busy after early media goes to its exit", (*world).earlyMediaThenBusy},
		{"two phones of an extension ring and one wins", (*world).twoPhones},
		{"hostile callers", (*world).hostile},
		{"server stopped and started between calls", (*world).restart},
		{"server stopped while they talk", (*world).stopWhileTalking},
		{"server killed while they talk", (*world).crashWhileTalking},
		{"server killed while it rings", (*world).crashWhileRinging},
		{"records say what the phones saw", (*world).recordAgainstPhones},
		{"records of calls nobody answered", (*world).recordsOfRefusals},
		{"server down at the end of a call", (*world).downDuringTheCall},
		{"server down for a whole call", (*world).downForTheWholeCall},
		{"a hundred calls, twenty a second", (*world).manyCalls},
	} {
		ok := t.Run(c.name, func(t *testing.T) {
			for _, p := range w.phones {
				p.OnCall(phone.Script{Ring: 100 * time.Millisecond, Tone: 700})
			}
			w.carrier.OnCall(phone.Script{Ring: 100 * time.Millisecond, Tone: 700})
			c.test(w, t)
			w.idle(t)
		})
		if !ok {
			break // what a failed call left behind would confuse the next
		}
	}
}

// talk checks that the two hear each other.
func talk(t *testing.T, caller, callee *phone.Call) {
	t.Helper()
	if err := caller.Audio.WaitTone(soon(t), 700); err != nil {
		t.Fatalf("caller: %v", err)
	}
	if err := callee.Audio.WaitTone(soon(t), 440); err != nil {
		t.Fatalf("callee: %v", err)
	}
}

func next(t *testing.T, p *phone.Phone) *phone.Call {
	t.Helper()
	c, err := p.NextCall(soon(t))
	must(t, err)
	return c
}

func (w *world) answered(t *testing.T) {
	call := w.from(t, outsider, didPhone)
	callee := next(t, w.phones["1001"])
	talk(t, call, callee)
	if !call.Saw(180) {
		t.Error("the caller heard no ringing")
	}
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := w.record(t, call.ID)
	if r.status != "completed" || r.tenant != acmeID || r.direction != "inbound" || r.destination != "1001" ||
		r.caller != outsider || r.hungUpBy != "callee" || !r.complete || r.answeredAt == nil {
		t.Errorf("record: %+v", r)
	}
	got := w.events(t, r.id)
	if want := []string{"call.started", "call.answered", "call.ended"}; !slices.Equal(names(got), want) {
		t.Errorf("webhooks %v, want %v", names(got), want)
	}
	if d := got[len(got)-1].Data; d["status"] != "completed" || d["caller"] != outsider || d["forwardedTo"] != nil {
		t.Errorf("call.ended: %v", d)
	}
}

func (w *world) callerHangsUp(t *testing.T) {
	call := w.from(t, outsider, didPhone)
	talk(t, call, next(t, w.phones["1001"]))
	must(t, call.HangUp(soon(t)))
	if r := w.record(t, call.ID); r.status != "completed" || r.hungUpBy != "caller" {
		t.Errorf("record: %+v", r)
	}
}

func (w *world) callerCancels(t *testing.T) {
	w.phones["1001"].OnCall(phone.Script{Ring: phone.Never})
	call := w.from(t, outsider, didPhone)
	callee := next(t, w.phones["1001"])
	_, err := call.WaitStatus(soon(t), 180)
	must(t, err)
	must(t, call.HangUp(soon(t)))
	_, err = callee.WaitRequest(soon(t), "CANCEL")
	must(t, err)
	if got := status(t, call); got != 487 {
		t.Errorf("the caller got %d, want 487", got)
	}
	if r := w.record(t, call.ID); r.status != "cancelled" || r.hungUpBy != "caller" {
		t.Errorf("record: %+v", r)
	}
}

func (w *world) busyExit(t *testing.T) {
	w.phones["1003"].OnCall(phone.Busy)
	call := w.from(t, outsider, didBusy)
	callee := next(t, w.phones["1002"])
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if r := w.record(t, call.ID); r.status != "completed" || r.destination != "1002" {
		t.Errorf("record: %+v", r)
	}
}

func (w *world) vipRule(t *testing.T) {
	call := w.from(t, vip, didPhone)
	callee := next(t, w.phones["1002"])
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if r := w.record(t, call.ID); r.rule != "vip to sales" || r.destination != "1002" {
		t.Errorf("record: %+v", r)
	}
}

func (w *world) internal(t *testing.T) {
	call, err := w.phones["1003"].Dial("1001", phone.DialOptions{Tone: 440})
	must(t, err)
	callee := next(t, w.phones["1001"])
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if r := w.record(t, call.ID); r.direction != "internal" || r.tenant != acmeID || r.status != "completed" {
		t.Errorf("record: %+v", r)
	}
}

func (w *world) forwarded(t *testing.T) {
	call := w.from(t, outsider, didForward)
	callee := next(t, w.carrier)
	if got := callee.Invite().FirstLine(); !slices.Contains([]string{mobile, mobile[1:]}, userOf(got)) {
		t.Errorf("the carrier was asked for %q, want %s", got, mobile)
	}
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := w.record(t, call.ID)
	if r.status != "completed" || r.forwardedTo != mobile {
		t.Errorf("record: %+v", r)
	}
	if last := w.events(t, r.id); last[len(last)-1].Data["forwardedTo"] != mobile {
		t.Errorf("call.ended: %v", last[len(last)-1].Data)
	}
}

func (w *world) forwardBusy(t *testing.T) {
	w.carrier.OnCall(phone.Busy)
	call := w.from(t, outsider, didForward)
	if got := status(t, call); got != 486 {
		t.Errorf("the caller got %d, want 486", got)
	}
	next(t, w.carrier)
	if r := w.record(t, call.ID); r.status != "busy" {
		t.Errorf("record: %+v", r)
	}
}

func (w *world) refused(t *testing.T) {
	for _, c := range []struct {
		name, caller, did string
		code              int
		status            string
	}{
		{"blocked", blocked, didPhone, 603, "blocked"},
		{"unknown number", outsider, didUnknown, 404, "unknown_number"},
		{"suspended tenant", outsider, didGone, 403, "suspended"},
		{"no route", outsider, didNoRoute, 480, "no_route"},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := w.from(t, c.caller, c.did)
			if got := status(t, call); got != c.code {
				t.Errorf("the caller got %d, want %d", got, c.code)
			}
			if r := w.record(t, call.ID); r.status != c.status {
				t.Errorf("record: %+v", r)
			}
		})
	}
}

// restart: a clean stop leaves nothing behind that keeps the next server from
// working.
func (w *world) restart(t *testing.T) {
	w.server.stop()
	w.server.start()
	w.answered(t)
}

// stopWhileTalking: as crashWhileTalking, after a clean stop.
func (w *world) stopWhileTalking(t *testing.T) {
	w.interrupted(t, w.server.stop)
}

// crashWhileTalking: the conversation goes on, and the next server completes
// the record without ringing anybody again.
func (w *world) crashWhileTalking(t *testing.T) {
	w.interrupted(t, w.server.kill)
}

func (w *world) interrupted(t *testing.T, endServer func()) {
	call := w.from(t, outsider, didPhone)
	callee := next(t, w.phones["1001"])
	talk(t, call, callee)
	endServer()
	talk(t, call, callee)
	w.server.start()
	talk(t, call, callee)
	rung := w.phones["1001"].Invites()
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := w.record(t, call.ID)
	if r.status != "completed" || r.destination != "1001" {
		t.Errorf("record: %+v", r)
	}
	if w.phones["1001"].Invites() != rung {
		t.Error("the phone was rung again after the conversation")
	}
	w.endedOnce(t, r.id)
}

// crashWhileRinging: the phone rings on and can be answered.
func (w *world) crashWhileRinging(t *testing.T) {
	w.phones["1001"].OnCall(phone.Script{Ring: time.Second, Tone: 700})
	call := w.from(t, outsider, didPhone)
	callee := next(t, w.phones["1001"])
	_, err := call.WaitStatus(soon(t), 180)
	must(t, err)
	w.server.kill()
	w.server.start()
	talk(t, call, callee)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := w.record(t, call.ID)
	if r.status != "completed" {
		t.Errorf("record: %+v", r)
	}
	w.endedOnce(t, r.id)
}

// endedOnce waits for call.ended and sees that there is one; it may come twice.
func (w *world) endedOnce(t *testing.T, id string) {
	t.Helper()
	ended := map[string]bool{}
	for _, h := range w.events(t, id) {
		if h.Event == "call.ended" {
			ended[h.id] = true
		}
	}
	if len(ended) != 1 {
		t.Errorf("%d different call.ended", len(ended))
	}
}
