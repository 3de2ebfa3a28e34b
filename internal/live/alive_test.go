package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

// Switches is what the care for calls without a session asks.
var _ record.Switches = (*Switches)(nil)

// withSwitch runs do beside a switch that is connected.
func withSwitch(t *testing.T, do func(t *testing.T, f *fakeSwitch, sw *Switches)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		sw := newTestSwitches(t, f, &sink{}, 0)
		defer run(t, sw)()
		<-f.joined
		synctest.Wait()
		do(t, f, sw)
	})
}

func TestAliveAsksForFewCalls(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.set(func() { f.channels["a"] = true })
		got, err := sw.Alive(t.Context(), "sw1", []routing.CallID{"a", "b", "not a channel\n\napi shutdown"})
		if err != nil {
			t.Fatal(err)
		}
		if want := (map[routing.CallID]bool{"a": true, "b": false, "not a channel\n\napi shutdown": false}); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
		want := []string{"api switchname", subscription, "api switchname", "api uuid_exists a", "api uuid_exists b"}
		if asked := f.questions(); !slices.Equal(asked, want) {
			t.Errorf("asked %q", asked)
		}
	})
}

// Of many calls only those are asked for one by one that are not listed.
func TestAliveListsForManyCalls(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		var ids []routing.CallID
		f.set(func() {
			for i := range 200 {
				ids = append(ids, routing.CallID(fmt.Sprint(i)))
				f.channels[fmt.Sprint(i)] = i != 7 && i != 8
			}
			f.channels["8"] = true // made after the list
			f.api = func(question string) string {
				if !strings.HasPrefix(question, "show") {
					return ""
				}
				var rows []string
				for id, alive := range f.channels {
					if alive && id != "8" {
						rows = append(rows, fmt.Sprintf(`{"uuid":%q,"name":"x"}`, id))
					}
				}
				return `{"row_count":1,"rows":[` + strings.Join(rows, ",") + `]}`
			}
		})
		got, err := sw.Alive(t.Context(), "sw1", ids)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 200 || got["7"] || !got["8"] || !got["0"] {
			t.Errorf("7 %v, 8 %v, 0 %v of %d", got["7"], got["8"], got["0"], len(got))
		}
		if asked := f.questions()[3:]; !slices.Equal(asked, []string{"api show channels as json", "api uuid_exists 7", "api uuid_exists 8"}) {
			t.Errorf("asked %q", asked)
		}
	})
}

// What a real FreeSWITCH answers when it has no channels.
func TestAliveOfAnEmptySwitch(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.set(func() {
			f.api = func(question string) string {
				if strings.HasPrefix(question, "show") {
					return `{"row_count": 0}` + "\n"
				}
				return ""
			}
		})
		got, err := sw.Alive(t.Context(), "sw1", make([]routing.CallID, listFrom))
		if err != nil || got[""] {
			t.Errorf("%v %v", got, err)
		}
	})
}

// An answer that is none must never look like a call that is gone.
func TestAliveBelievesNoRubbish(t *testing.T) {
	for _, answer := range []string{"-ERR no such command", "maybe", "{", strings.Repeat("x", 17<<20)} {
		withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
			f.set(func() {
				f.api = func(question string) string {
					if question == "switchname" {
						return ""
					}
					return answer
				}
			})
			for _, ids := range [][]routing.CallID{{"a"}, make([]routing.CallID, listFrom)} {
				got, err := sw.Alive(t.Context(), "sw1", ids)
				var away *record.Unreachable
				if !errors.As(err, &away) || got != nil {
					t.Errorf("%.20q: %v %v", answer, got, err)
				}
			}
		})
	}
}

func TestAliveOfAnotherSwitch(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		for _, name := range []string{"other", ""} {
			if _, err := sw.Alive(t.Context(), name, []routing.CallID{"a"}); !errors.Is(err, record.ErrNoSuchSwitch) {
				t.Errorf("%q: %v", name, err)
			}
		}
		f.set(func() { f.name = "sw2" }) // another one has the address now
		var away *record.Unreachable
		if _, err := sw.Alive(t.Context(), "sw1", []routing.CallID{"a"}); !errors.As(err, &away) {
			t.Errorf("%v", err)
		}
	})
}

func TestAliveOfASwitchThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		f.down = true
		sw := newTestSwitches(t, f, &sink{}, 0)
		defer run(t, sw)()
		started := time.Now()
		<-time.After(time.Minute)
		// Its name is not known yet, so it may be the one.
		var away *record.Unreachable
		if _, err := sw.Alive(t.Context(), "sw1", nil); !errors.As(err, &away) || !away.Since.Equal(started) {
			t.Errorf("%v", err)
		}
		f.set(func() { f.down = false })
		<-f.joined
		synctest.Wait()
		seen := time.Now()
		f.set(func() { f.down = true })
		f.cut()
		<-time.After(time.Hour)
		if _, err := sw.Alive(t.Context(), "sw1", nil); !errors.As(err, &away) || !away.Since.Equal(seen) {
			t.Errorf("%v, want one since %v", err, seen)
		}
	})
}

func TestAliveIsBounded(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.set(func() { f.greeting = "Content-Type: auth" }) // and then nothing
		began := time.Now()
		var away *record.Unreachable
		if _, err := sw.Alive(t.Context(), "sw1", []routing.CallID{"a"}); !errors.As(err, &away) || time.Since(began) != asking {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if _, err := sw.Alive(ctx, "sw1", []routing.CallID{"a"}); err == nil || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
