//go:build acceptance

package acceptance

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/routing"
)

// manyInMenus is how many callers are in a menu at once; scripts/menuload
// measures more of them.
const manyInMenus = 50

// codes are the entries of the menu that many are in: 00 to 99 lead back to it,
// and ** ends the call.
func codes() string {
	var b strings.Builder
	b.WriteString(`digits: {"**": {route: hangup, target: NORMAL_CLEARING}`)
	for i := range 100 {
		b.WriteString(`, "` + string([]byte{'0' + byte(i/10), '0' + byte(i%10)}) + `": {route: repeat}`)
	}
	return b.String() + "}\n"
}

var crowdedMenu = []feature{{name: "calls", tenant: menuTenant(strings.ReplaceAll(menuOf("main", "greeting", codes()), "Seconds: 1\n", "Seconds: 10\n"))}}

// TestManyInOneMenu: no key of many callers at once is lost, doubled or another
// caller's.
func TestManyInOneMenu(t *testing.T) {
	w, scenes := stageScenes(t, crowdedMenu)
	s := scenes[0]
	var callers sync.WaitGroup
	calls, pressed := make([]*phone.Call, manyInMenus), make([][]string, manyInMenus)
	pace := time.NewTicker(40 * time.Millisecond)
	defer pace.Stop()
	for i := range calls {
		calls[i] = s.call(t, 0)
		callers.Go(func() { pressed[i] = presses(t, calls[i]) })
		<-pace.C
	}
	callers.Wait()
	for i, call := range calls {
		if pressed[i] == nil {
			continue // said so already
		}
		r := s.toldOf(t, call)
		var got []string
		for _, step := range r.Steps {
			if step.Destination.Route == routing.RouteIVR {
				got = append(got, step.Digits...)
			}
		}
		if !slices.Equal(got, pressed[i]) {
			t.Errorf("the caller pressed %q, the record has %q", pressed[i], got)
		}
	}
	w.idle(t)
}

// presses is a caller who enters codes, at different times of the prompt, and
// then leaves. It gives what was entered; nil: the call went wrong.
func presses(t *testing.T, call *phone.Call) (entered []string) {
	if err := call.Audio.WaitTone(longer(t), prompts["greeting"].hz); err != nil {
		t.Error(err)
		return nil
	}
	for range 6 {
		packets := call.Audio.Packets() + 15 + rand.IntN(60)
		if err := call.Audio.WaitPackets(longer(t), packets); err != nil {
			t.Error(err)
			return nil
		}
		code := string([]byte{'0' + byte(rand.IntN(10)), '0' + byte(rand.IntN(10))})
		call.Audio.PressAll(code)
		entered = append(entered, code)
	}
	call.Audio.PressAll("**")
	if err := call.WaitOver(longer(t)); err != nil {
		t.Error(err)
		return nil
	}
	return append(entered, "**")
}
