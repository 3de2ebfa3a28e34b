package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"switchyard/routing"
)

// menuCase is a menu and what its caller presses. Times are in milliseconds; no
// key is pressed at the very end of something.
type menuCase struct {
	entries                []string // lead to mailboxes of their own
	direct                 bool     // 101 and 102 may be dialled
	bargeIn                bool
	first, inter           int // seconds
	silences, wrong, tries int
	keys                   []pressed
}

type pressed struct {
	at  int // since the call began
	key string
}

const (
	greetingLength = 3000
	repeatLength   = 1000
	wrongLength    = 1500
)

var numbers = []string{"101", "102"}

// A menu does what a slow and obvious model of it does, whatever is pressed
// when: the same outcome at the same time, the same entries, the same way on.
func TestMenuIsAsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMenu(t)
		want, got := m.model(), m.play(t)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v (- model, + menu):\n%s", m, diff)
		}
	})
}

func drawMenu(t *rapid.T) menuCase {
	entry := rapid.SampledFrom([]string{`[12#*]`, `[12#*]{1,3}`, `[12#*]{1,3}|1[012]`}).Draw(t, "like")
	m := menuCase{
		entries: rapid.SliceOfNDistinct(rapid.StringMatching(entry), 1, 4, rapid.ID).Draw(t, "entries"),
		direct:  rapid.Bool().Draw(t, "direct"), bargeIn: rapid.Bool().Draw(t, "bargeIn"),
		first: rapid.IntRange(1, 4).Draw(t, "first"), inter: rapid.IntRange(1, 3).Draw(t, "inter"),
		silences: rapid.IntRange(1, 3).Draw(t, "silences"), wrong: rapid.IntRange(1, 3).Draw(t, "wrong"), tries: rapid.IntRange(1, 4).Draw(t, "tries"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "keys before") {
		m.keys = append(m.keys, pressed{-1, rapid.SampledFrom([]string{"0", "1", "2", "#", "*"}).Draw(t, "key")})
	}
	at := 0
	for range rapid.IntRange(0, 20).Draw(t, "keys") {
		at += 7 + 100*rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 60)).Draw(t, "pause")
		m.keys = append(m.keys, pressed{at, rapid.SampledFrom([]string{"0", "1", "2", "#", "*"}).Draw(t, "key")})
	}
	return m
}

// end is what comes of a menu.
type end struct {
	Outcome routing.Outcome
	Digits  []string
	To      string // where the choice leads
	After   int    // milliseconds
}

// model steps through the time.
func (m menuCase) model() end {
	var (
		e               = end{}
		silences, wrong int
		now             int
		waiting         []string // pressed and not used
		keys            = slices.Clone(m.keys)
	)
	// pass lets a time pass, until a key is pressed if stop says so.
	pass := func(length int, stop bool) {
		for until := now + length; now < until; {
			if len(keys) > 0 && keys[0].at == now {
				waiting, keys = append(waiting, keys[0].key), keys[1:]
				if stop {
					return
				}
			}
			now++
		}
	}
	for len(keys) > 0 && keys[0].at < 0 { // while the call was answered
		waiting, keys = append(waiting, keys[0].key), keys[1:]
	}
	over := func() bool {
		switch {
		case silences == m.silences:
			e.Outcome = routing.NoInput
		case wrong == m.wrong:
			e.Outcome = routing.Invalid
		case silences+wrong == m.tries:
			e.Outcome = routing.TooManyTries
		}
		return e.Outcome != ""
	}
	for length := greetingLength; ; length = repeatLength {
		if len(waiting) == 0 {
			pass(length, m.bargeIn)
		}
		entered, to := "", ""
		for patience := m.first; ; patience = m.inter {
			if len(waiting) == 0 {
				pass(patience*1000, true)
			}
			if len(waiting) == 0 {
				to = m.leads(entered)
				break
			}
			entered += waiting[0]
			waiting = waiting[1:]
			if m.goesOn(entered) {
				continue
			}
			if to = m.leads(entered); to == "" && m.longest() > 1 {
				for more := true; more; more = len(waiting) > 0 {
					waiting = nil
					pass(m.inter*1000, true)
				}
			}
			break
		}
		e.After = now
		switch {
		case to != "":
			e.Outcome, e.To, e.Digits = routing.Chosen, to, append(e.Digits, entered)
			return e
		case entered == "":
			silences++
		default:
			e.Digits = append(e.Digits, entered)
			wrong++
		}
		if over() {
			return e
		}
		if entered != "" && (!m.bargeIn || len(waiting) == 0) {
			pass(wrongLength, m.bargeIn)
		}
	}
}

func (m menuCase) all() []string {
	if m.direct {
		return append(slices.Clone(m.entries), numbers...)
	}
	return m.entries
}

// leads gives where an entry leads, "" if nowhere; a # may end it.
func (m menuCase) leads(entered string) string {
	for _, text := range []string{entered, strings.TrimSuffix(entered, "#")} {
		if i := slices.Index(m.entries, text); i >= 0 {
			return fmt.Sprintf("voicemail %d", 200+i)
		}
		if m.direct && slices.Contains(numbers, text) {
			return "extension " + text
		}
	}
	return ""
}

func (m menuCase) goesOn(entered string) bool {
	return slices.ContainsFunc(m.all(), func(e string) bool { return len(e) > len(entered) && strings.HasPrefix(e, entered) })
}

func (m menuCase) longest() int {
	longest := 0
	for _, e := range m.all() {
		longest = max(longest, len(e))
	}
	return longest
}

// play lets a server do it.
func (m menuCase) play(t *rapid.T) end {
	began := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	ms := time.Millisecond
	c := &caller{now: began, files: map[string]time.Duration{"main.wav": greetingLength * ms, "again.wav": repeatLength * ms, "wrong.wav": wrongLength * ms}}
	for _, k := range m.keys {
		c.keys = append(c.keys, press{began.Add(time.Duration(k.at) * ms), k.key[0]})
	}
	told := &steps{}
	d, err := m.directory()
	if err != nil {
		t.Fatal(err)
	}
	routerOf(d, c, told).Serve(t.Context(), c, inbound)
	first := told.all[0]
	e := end{Outcome: first.Outcome, Digits: first.Digits, After: int(first.To.Sub(began) / ms)}
	if first.Outcome == routing.Chosen {
		e.To = told.all[1].Destination.String()
	}
	return e
}

func (m menuCase) directory() (*routing.Directory, error) {
	var digits []string
	for i, entry := range m.entries {
		digits = append(digits, fmt.Sprintf("%q: {route: voicemail, target: \"%d\"}", entry, 200+i))
	}
	direct := ""
	if m.direct {
		direct = `directDial: {allow: ["101", "102"]}, `
	}
	return compiled(operator, fmt.Sprintf(`
tenant: acme
extensions: [{extension: "101"}, {extension: "102"}, {extension: "200"}, {extension: "201"}, {extension: "202"}, {extension: "203"}]
dids: [{number: "+13055550100", inboundRoute: ivr, routeTarget: main}]
ivrMenus:
  - {name: main, greeting: {file: main.wav}, repeatGreeting: {file: again.wav}, invalidPrompt: {file: wrong.wav},
     digits: {%s}, %sbargeIn: %t, firstDigitSeconds: %d, interDigitSeconds: %d, maxTimeouts: %d, maxFailures: %d, maxTries: %d}
`, strings.Join(digits, ", "), direct, m.bargeIn, m.first, m.inter, m.silences, m.wrong, m.tries))
}
