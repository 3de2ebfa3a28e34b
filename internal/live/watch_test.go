package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/esl"
	"switchyard/internal/record"
)

func TestEventsBecomeReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFakeSwitch(), &sink{}
		sw := newTestSwitches(t, f, s, 0)
		defer run(t, sw)()
		<-f.joined
		f.send(t, event(recorded(t, "answered-b"))+event(recorded(t, "answered-a")))
		f.send(t, event("Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: a b\n\n")) // unreadable
		f.send(t, event("Event-Name: HEARTBEAT\n\n"))                               // not asked for
		synctest.Wait()
		if len(s.taken) != 2 || s.taken[0].Leg.Side != "b" || s.taken[1].Leg.Side != "a" || s.taken[1].Leg.Source != record.SourceESL {
			t.Fatalf("%+v", s.taken)
		}
		if s.taken[0].Leg.CallID != s.taken[1].Leg.CallID || !s.taken[1].Ours || s.taken[1].Switch != "test-switch" {
			t.Errorf("%+v", s.taken)
		}
		want := State{Address: theAddress, Name: "sw1", Connected: true, Since: time.Now(), LastEvent: time.Now(), Events: 3, Refused: 1, LastResync: time.Now()}
		if got := sw.States(); !slices.Equal(got, []State{want}) {
			t.Errorf("state %+v", got)
		}
		if got := f.questions(); !slices.Equal(got, []string{"api switchname", subscription}) {
			t.Errorf("asked %q", got)
		}
	})
}

func TestReconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFakeSwitch(), &sink{}
		f.down = true
		sw := newTestSwitches(t, f, s, 0)
		defer run(t, sw)()
		synctest.Wait()
		if st := sw.States()[0]; st.Connected || st.Err == nil || st.Name != "" {
			t.Errorf("while down: %+v", st)
		}
		<-time.After(5 * time.Minute)
		f.set(func() { f.down = false })
		since := time.Now()
		<-f.joined
		if took := time.Since(since); took > longestPause {
			t.Errorf("it took %v to come back", took)
		}
		f.hangUp(t, "one")
		synctest.Wait()
		f.cut()
		lost := time.Now()
		synctest.Wait()
		if st := sw.States()[0]; st.Connected || st.Since != lost || st.Name != "sw1" {
			t.Errorf("after it was cut: %+v", st)
		}
		<-f.joined
		if took := time.Since(lost); took > time.Second {
			t.Errorf("after one cut it took %v to come back", took)
		}
		f.hangUp(t, "two")
		synctest.Wait()
		if got := s.legs(); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("reports of %q", got)
		}
	})
}

func TestPauseGrowsAndIsSpread(t *testing.T) {
	for n, want := range map[int][2]time.Duration{
		1:  {250 * time.Millisecond, 500 * time.Millisecond},
		3:  {time.Second, 2 * time.Second},
		7:  {15 * time.Second, 30 * time.Second},
		99: {15 * time.Second, 30 * time.Second},
	} {
		low, high := pause(n, func() float64 { return 0 }), pause(n, func() float64 { return 1 })
		if low != want[0] || high != want[1] {
			t.Errorf("after %d failures %v to %v", n, low, high)
		}
	}
}

func TestPeersThatAreNoSwitch(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fakeSwitch)
		want   error
	}{
		"wrong password": {func(f *fakeSwitch) { f.password = "other" }, esl.ErrAuth},
		"refused by its ACL": {func(f *fakeSwitch) {
			f.greeting = "Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
		}, esl.ErrAuth},
		"another protocol":   {func(f *fakeSwitch) { f.greeting = "SSH-2.0-OpenSSH_9.2\r\n\r\n" }, nil},
		"a name without end": {func(f *fakeSwitch) { f.name = strings.Repeat("x", 300) }, nil},
		"no name":            {func(f *fakeSwitch) { f.name = "-ERR" }, nil},
		"silent":             {func(f *fakeSwitch) { f.greeting = "Content-Type: auth" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSwitch()
				c.change(f)
				sw := newTestSwitches(t, f, &sink{}, 0)
				defer run(t, sw)()
				<-time.After(connecting + time.Second)
				st := sw.States()[0]
				if st.Connected || st.Err == nil || c.want != nil && !errors.Is(st.Err, c.want) {
					t.Errorf("%+v", st)
				}
				if strings.Contains(fmt.Sprint(st.Err), thePassword) {
					t.Errorf("the password is in %v", st.Err)
				}
			})
		})
	}
}

// Whatever a switch sends, the connection is given up and made anew.
func TestGarbageAfterLogin(t *testing.T) {
	for name, text := range map[string]string{
		"no header":       "rubbish\n\n",
		"endless header":  "X: " + strings.Repeat("x", 300<<10),
		"too large":       "Content-Length: 99999999\nContent-Type: text/event-plain\n\n",
		"negative length": "Content-Length: -1\nContent-Type: text/event-plain\n\n",
		"unknown type":    "Content-Type: log/data\nContent-Length: 1\n\nx",
		"disconnect":      "Content-Type: text/disconnect-notice\nContent-Length: 4\n\nBye\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, s := newFakeSwitch(), &sink{}
				sw := newTestSwitches(t, f, s, 0)
				defer run(t, sw)()
				<-f.joined
				go func() {
					f.mu.Lock()
					c := f.conns[0]
					f.mu.Unlock()
					_, _ = c.Write([]byte(text)) // cut off by the other side
				}()
				<-f.joined
				f.hangUp(t, "after")
				synctest.Wait()
				if got := s.legs(); !slices.Equal(got, []string{"after"}) {
					t.Errorf("reports of %q", got)
				}
			})
		})
	}
}

// A switch without calls is quiet; one that is gone, too.
func TestQuietSwitchIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		sw := newTestSwitches(t, f, &sink{}, 0)
		defer run(t, sw)()
		<-f.joined
		<-time.After(10 * time.Minute)
		if st := sw.States()[0]; !st.Connected || len(f.joined) != 0 {
			t.Errorf("a quiet switch was given up: %+v", st)
		}
	})
}

func TestSwitchThatIsGoneIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		silent := make(chan struct{})
		sw := newTestSwitches(t, f, &sink{}, 0)
		stop := run(t, sw)
		<-f.joined
		f.set(func() { f.silent = silent })
		<-time.After(59 * time.Second)
		if !sw.States()[0].Connected {
			t.Error("given up too early")
		}
		<-time.After(2 * time.Second)
		if sw.States()[0].Connected {
			t.Error("a switch that says nothing counts as connected")
		}
		stop()
		close(silent)
	})
}

func TestSinkThatFailsGetsThemLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFakeSwitch(), &sink{err: errors.New("the store is away")}
		sw := newTestSwitches(t, f, s, 0)
		defer run(t, sw)()
		<-f.joined
		for i := range 5 {
			f.hangUp(t, fmt.Sprint(i))
		}
		<-time.After(time.Minute)
		if st := sw.States()[0]; st.Waiting != 5 || st.Dropped != 0 || st.Err == nil || !st.Connected {
			t.Errorf("%+v", st)
		}
		s.set(func() { s.err = nil })
		<-time.After(longestPause)
		got := s.legs()
		slices.Sort(got)
		if !slices.Equal(got, []string{"0", "1", "2", "3", "4"}) || sw.States()[0].Waiting != 0 {
			t.Errorf("reports of %q, %+v", got, sw.States()[0])
		}
	})
}

// A report that is never taken must not keep the others away.
func TestOneReportThatIsNeverTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFakeSwitch(), &sink{hang: make(chan struct{}), never: "2"}
		sw := newTestSwitches(t, f, s, 0)
		defer run(t, sw)()
		<-f.joined
		for i := range 5 {
			f.hangUp(t, fmt.Sprint(i))
		}
		synctest.Wait()
		close(s.hang)
		<-time.After(5 * time.Minute)
		got := s.legs()
		slices.Sort(got)
		if !slices.Equal(got, []string{"0", "1", "3", "4"}) {
			t.Errorf("reports of %q", got)
		}
	})
}

// A sink that hangs never makes the switch wait: the oldest reports go.
func TestFullQueueDropsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, s := newFakeSwitch(), &sink{hang: make(chan struct{})}
		sw := newTestSwitches(t, f, s, 3)
		defer run(t, sw)()
		<-f.joined
		f.hangUp(t, "given")
		synctest.Wait()
		began := time.Now()
		for i := range 10 {
			f.hangUp(t, fmt.Sprint(i))
		}
		synctest.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("the switch waited %v", took)
		}
		if st := sw.States()[0]; st.Dropped != 7 || st.Waiting != 4 || st.Events != 11 {
			t.Errorf("%+v", st)
		}
		close(s.hang)
		synctest.Wait()
		if got := s.legs(); !slices.Equal(got, []string{"given", "7", "8", "9"}) {
			t.Errorf("reports of %q", got)
		}
	})
}

func TestNewNeedsASink(t *testing.T) {
	if _, err := New(Options{Log: zerolog.Nop()}); err == nil {
		t.Error("no error")
	}
}
