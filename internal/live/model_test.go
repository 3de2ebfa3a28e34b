package live

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/esl"
)

// world is a switch in which things happen at random, with the events for
// them, of which some are lost.
type world struct {
	*fakeSwitch
	t      *testing.T
	random *rand.Rand
	made   int
	multi  bool // a contact replaces only itself
}

func TestWhateverHappensTheTruthComesOut(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSwitch()
				w := &world{fakeSwitch: f, t: t, random: rand.New(rand.NewPCG(seed, 1)), multi: seed%2 == 0}
				for range 5 {
					w.happen(false)
				}
				sw := newTestSwitches(t, f, &sink{}, 0)
				defer run(t, sw)()
				<-f.joined
				for range 300 {
					w.happen(true)
					if w.random.IntN(3) == 0 {
						<-time.After(time.Duration(w.random.IntN(3000)) * time.Millisecond)
					}
				}
				f.set(func() { clear(f.unlisted); f.gone = nil })
				<-time.After(2*resyncEvery + 2*listLag)
				synctest.Wait()
				w.compare(sw)
			})
		})
	}
}

// happen lets one thing happen. Some events of it are lost, if any are told.
func (w *world) happen(told bool) {
	user := fmt.Sprintf("100%d@a.test", w.random.IntN(4))
	c := contact(fmt.Sprintf("sip:%d", w.random.IntN(3)))
	var text string
	switch w.random.IntN(7) {
	case 0, 1:
		w.set(func() {
			if !w.multi {
				w.phones[user] = nil
			}
			w.drop(user, c)
			w.phones[user] = append(w.phones[user], c)
		})
		text = contactEvent("register", user, c)
	case 2:
		w.set(func() { w.drop(user, c) })
		text = contactEvent([]string{"unregister", "expire"}[w.random.IntN(2)], user, c)
	case 3, 4:
		text = w.begins(user)
	case 5:
		text = w.answers()
	default:
		text = w.ends()
	}
	if told && text != "" && w.random.IntN(10) > 0 {
		w.send(w.t, text)
	}
}

func (w *world) begins(user string) string {
	w.made++
	id := fmt.Sprint("c", w.made)
	text := calling(id, user)
	if w.random.IntN(2) == 0 {
		text = called(id, fmt.Sprint("c", w.random.IntN(w.made)+1), user)
	}
	w.set(func() { w.legs[id], w.unlisted[id] = text, w.random.IntN(4) == 0 })
	return event("Event-Name: CHANNEL_CREATE\n" + text + "\n")
}

func (w *world) any() string {
	if len(w.legs) == 0 {
		return ""
	}
	ids := slices.Sorted(maps.Keys(w.legs))
	return ids[w.random.IntN(len(ids))]
}

func (w *world) answers() (text string) {
	w.set(func() {
		if id := w.any(); id != "" {
			w.legs[id] = strings.ReplaceAll(w.legs[id], "Answer-State: ringing", "Answer-State: answered")
			text = event("Event-Name: CHANNEL_ANSWER\nUnique-ID: " + id + "\n\n")
		}
	})
	return text
}

func (w *world) ends() (text string) {
	w.set(func() {
		if id := w.any(); id != "" {
			delete(w.legs, id)
			w.gone = append(w.gone, id) // the list is behind
			text = event("Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: " + id + "\nvariable_hangup_cause: X\n\n")
		}
	})
	return text
}

// compare compares what is known with the switch.
func (w *world) compare(sw *Switches) {
	w.t.Helper()
	contacts, calls, answered, channels, onCall := 0, map[string]map[string]bool{}, map[string]bool{}, 0, 0
	for _, text := range w.legs {
		channels++
		_, one, _ := channelOf(esl.EventOf([]byte(text)), time.Time{})
		user := one.owner.extension + "@" + one.owner.domain
		if calls[user] == nil {
			calls[user] = map[string]bool{}
			onCall++
		}
		calls[user][one.call] = true
		answered[user+one.call] = answered[user+one.call] || strings.Contains(text, "Answer-State: answered")
	}
	for i := range 4 {
		user := fmt.Sprintf("100%d@a.test", i)
		expect(w.t, sw, user, len(w.phones[user]), len(calls[user]))
		for _, c := range w.phones[user] {
			contacts++
			if !holds(sw.Contacts("a.test", user[:4]), c.uri) {
				w.t.Errorf("%s is not known at %s", user, c.uri)
			}
		}
		for _, c := range sw.Calls("a.test", user[:4]) {
			if !calls[user][c.ID] || c.Answered != answered[user+c.ID] {
				w.t.Errorf("%s: %+v", user, c)
			}
		}
	}
	if st := sw.States()[0]; st.Registrations != contacts || st.Channels != channels || st.OnCall != onCall || st.Refused != 0 {
		w.t.Errorf("%d contacts, %d channels, %d on a call, but %+v", contacts, channels, onCall, st)
	}
}
