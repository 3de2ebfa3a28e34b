package live

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/routing"
)

// redirected is the end of a leg that was answered 302.
func redirected(id, call, contact string) string {
	return redirectedLeg("outbound", id, call, contact)
}

func redirectedLeg(direction, id, call, contact string) string {
	return event("Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: " + id + "\nCall-Direction: " + direction + "\nvariable_hangup_cause: REQUESTED_CHAN_UNAVAIL\n" +
		"variable_switchyard_call: " + call + "\nvariable_sip_redirect_contact_user_0: " + contact + "\nvariable_sip_redirected_to: %3Csip%3A" + contact + "%40192.0.2.1%3E\n\n")
}

func TestRedirected(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		ask := func(call routing.CallID, contact string, took time.Duration) {
			t.Helper()
			began := time.Now()
			got, ok := sw.Redirected(t.Context(), call)
			if got != contact || ok != (contact != "") || time.Since(began) != took {
				t.Errorf("%s: %q, %v after %v", call, got, ok, time.Since(began))
			}
		}
		f.send(t, redirected("b", "told", "%2B13055550144"))
		synctest.Wait()
		ask("told", "+13055550144", 0)
		ask("told", "", redirectWait) // each once
		go func() {
			<-time.After(30 * time.Millisecond)
			f.send(t, redirected("b", "other", "1"))
			f.send(t, redirected("b", "late", "1002"))
		}()
		ask("late", "1002", 30*time.Millisecond)
		f.send(t, redirected("b1", "two", "1003"))
		f.send(t, redirected("b2", "two", strings.Repeat("9", 100)+"%3Bx"))
		synctest.Wait()
		ask("two", strings.Repeat("9", longestContact), 0)
		f.send(t, redirected("b", "a%20b", "1"))
		f.send(t, redirectedLeg("inbound", "b", "inbound", "1"))
		f.send(t, redirected("b", "none", ""))
		f.send(t, redirected("b", "old", "1"))
		synctest.Wait()
		ask("none", "", redirectWait)
		ask("inbound", "", redirectWait)
		<-time.After(redirectKept)
		ask("old", "", redirectWait)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, ok := sw.Redirected(ctx, "x"); ok {
			t.Error("a contact of nobody")
		}
		if n := len(sw.redirects.waiting); n != 0 {
			t.Errorf("%d are still waited for", n)
		}
	})
}

// A server whose switches are all away does not make a caller wait.
func TestRedirectedWithoutASwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		f.down = true
		sw := newTestSwitches(t, f, &sink{}, 0)
		defer run(t, sw)()
		synctest.Wait()
		began := time.Now()
		if _, ok := sw.Redirected(t.Context(), "a"); ok || time.Since(began) != 0 {
			t.Errorf("%v after %v", ok, time.Since(began))
		}
	})
}

func TestRedirectsAreBounded(t *testing.T) {
	r := newRedirects()
	now := time.Unix(0, 0)
	for i := range 3 * mostRedirects {
		r.put(redirect{call: routing.CallID(fmt.Sprint(i)), contact: "1", at: now})
	}
	if len(r.told) != mostRedirects || len(r.order) != mostRedirects {
		t.Errorf("%d, %d", len(r.told), len(r.order))
	}
	if _, ok, _ := r.take("0", now); ok {
		t.Error("the oldest is still there")
	}
	if _, ok, _ := r.take(routing.CallID(fmt.Sprint(3*mostRedirects-1)), now); !ok {
		t.Error("the newest is not there")
	}
}
