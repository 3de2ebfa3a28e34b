package esltest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Many calls at once on one switch keep apart: each has its own connection,
// ids and phones, and API commands find each by its id.
func TestCallsAtOnce(t *testing.T) {
	const calls = 20
	synctest.Test(t, func(t *testing.T) {
		l := NewListener()
		sw := &Switch{Dial: l.Dial, Phones: map[string][]Phone{agents: {{Registered: true, AnswerAfter: time.Second, HangupAfter: time.Minute}}}}
		var servers, callers sync.WaitGroup
		servers.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				servers.Go(func() {
					s := newServer(t, conn)
					defer s.drain()
					s.write("connect\n\n")
					own := s.await("reply", func(Frame) bool { return true }).Header("Unique-ID")
					s.do("linger 5")
					s.do("myevents")
					s.exec("bridge", "user/"+agents)
					s.hangup(own)
				})
			}
		})
		var mu sync.Mutex
		legs := map[string]bool{}
		for i := range calls {
			callers.Go(func() {
				res, err := sw.Place(t.Context(), Call{From: fmt.Sprint("+1555000", i), To: "1001"})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				legs[res.Legs[0].UUID] = true
				if !res.Answered || !near(res.Duration, 61080*time.Millisecond) || !strings.Contains(res.Sent[len(res.Sent)-1], res.UUID) {
					t.Errorf("call %d: %+v", i, res)
				}
			})
		}
		callers.Wait()
		l.Close()
		servers.Wait()
		if len(legs) != calls {
			t.Errorf("%d different legs of %d calls", len(legs), calls)
		}
	})
}

func TestOneIDIsOneCall(t *testing.T) {
	sw := &Switch{}
	sw.Dial = func(ctx context.Context) (net.Conn, error) {
		_, err := sw.Place(ctx, alice)
		if err == nil || !strings.Contains(err.Error(), "already up") {
			t.Errorf("second call of the same id: %v", err)
		}
		return nil, net.ErrClosed
	}
	if _, err := sw.Place(t.Context(), alice); err == nil {
		t.Error("no error from a server that cannot be dialled")
	}
}
