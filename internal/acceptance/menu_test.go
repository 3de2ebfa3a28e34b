//go:build acceptance

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/routing"
)

// menuTenant is a tenant whose first number is answered by the menu main.
func menuTenant(menus ...string) string {
	return `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003"}
  - {extension: "1004"}
  - {extension: "1005"}
ivrMenus:
` + strings.Join(menus, "") + `
dids:
  - {number: DID0, inboundRoute: ivr, routeTarget: main}
`
}

// Where main's digits and exits lead.
const (
	toOne   = `{route: extension, target: "1001"}`
	toTwo   = `{route: extension, target: "1002"}`
	toThree = `{route: extension, target: "1003"}`
	toFour  = `{route: extension, target: "1004"}`

	menuExits = `exits: {no-input: ` + toTwo + `, invalid: ` + toThree + `, too-many-tries: ` + toFour + `}`
)

// menuOf is a menu with short times; the greeting is a prompt of the rig's.
func menuOf(name, greeting, more string) string {
	return `
  - name: ` + name + `
    greeting: {file: ` + greeting + `.wav}
    repeatGreeting: {file: repeat.wav}
    invalidPrompt: {file: invalid.wav}
    firstDigitSeconds: 1
    interDigitSeconds: 1
    ` + strings.ReplaceAll(strings.TrimSpace(more), "\n", "\n    ") + "\n"
}

const keyOne = `digits: {"1": ` + toOne + "}\n"

// menuFeatures are features of IVR menus; the caller presses keys as telephone
// events in its audio (RFC 4733).
var menuFeatures = []feature{
	{name: "a key during the greeting", tenant: menuTenant(menuOf("main", "slow", keyOne)), test: (*scene).keyInGreeting},
	{name: "a key after the greeting", tenant: menuTenant(menuOf("main", "greeting", keyOne)), test: (*scene).keyAfterGreeting},
	{name: "entries of several keys", tenant: menuTenant(menuOf("main", "greeting",
		`digits: {"1": `+toOne+`, "12": `+toTwo+`, "*9#": `+toThree+`}`)), test: (*scene).severalKeys},
	{name: "direct dial beside one key", tenant: menuTenant(menuOf("main", "greeting",
		`digits: {"2": `+toTwo+`}
directDial: {allow: [100x], deny: ["1004"]}`)), test: (*scene).directDial},
	{name: "a wrong key", tenant: menuTenant(menuOf("main", "greeting", keyOne)), test: (*scene).wrongKey},
	{name: "exit when nothing is pressed", tenant: menuTenant(menuOf("main", "greeting", keyOne+"maxTimeouts: 2\n"+menuExits)), test: (*scene).pressesNothing},
	{name: "exit when the wrong is pressed", tenant: menuTenant(menuOf("main", "greeting", keyOne+"maxFailures: 2\n"+menuExits)), test: (*scene).pressesWrong},
	{name: "exit after too many tries", tenant: menuTenant(menuOf("main", "greeting",
		keyOne+"maxTimeouts: 2\nmaxFailures: 2\nmaxTries: 2\n"+menuExits)), test: (*scene).triesTooOften},
	{name: "sub-menu, back and top", tenant: menuTenant(
		menuOf("main", "greeting", `digits: {"1": {route: ivr, target: sub}}`),
		menuOf("sub", "sub", `digits: {"2": {route: ivr, target: third}, "*": {route: back}, "5": `+toOne+`}`),
		menuOf("third", "third", `digits: {"*": {route: back}, "#": {route: top}}`)), test: (*scene).subMenus},
	{name: "no barge-in", tenant: menuTenant(menuOf("main", "greeting", keyOne+"bargeIn: false")), test: (*scene).noBargeIn},
	{name: "keys ahead", tenant: menuTenant(
		menuOf("main", "slow", `digits: {"1": {route: ivr, target: sub}}`),
		menuOf("sub", "sub", `digits: {"2": `+toOne+`}`)), test: (*scene).keysAhead},
	{name: "keys right after the answer", tenant: menuTenant(menuOf("main", "slow", keyOne)), test: (*scene).keysAtAnswer},
	{name: "early media", tenant: menuTenant(menuOf("main", "greeting", keyOne+"earlyMedia: true")), test: (*scene).earlyMenu},
	{name: "a phone dials the menu", tenant: menuTenant(menuOf("main", "greeting", keyOne+`extension: "1200"`)), test: (*scene).phoneDialsMenu},
	{name: "the greeting's file is missing", tenant: strings.Replace(menuTenant(menuOf("main", "greeting", keyOne)),
		"greeting.wav", "nowhere.wav", 1), test: (*scene).missingGreeting},
	{name: "a text that a command makes a file", tenant: strings.Replace(menuTenant(menuOf("main", "greeting", keyOne)),
		"{file: greeting.wav}", "{text: "+spokenText+"}", 1), test: (*scene).renderedText},
	{name: "a text that the switch's engine speaks", tenant: strings.Replace(menuTenant(menuOf("main", "greeting", keyOne)),
		"{file: greeting.wav}", "{text: The command says that this is "+unspeakable+" and the switch has to do it}", 1), test: (*scene).engineText},
	{name: "a greeting of 45 seconds", tenant: menuTenant(menuOf("main", "long", keyOne)), test: (*scene).longGreeting},
	{name: "sensitive", tenant: menuTenant(menuOf("main", "greeting", "sensitive: true\ndigits: {\""+secretKeys+"\": "+toOne+"}")), test: (*scene).sensitive},
	{name: "a flood of keys", tenant: menuTenant(
		menuOf("main", "slow", keyOne+"maxFailures: 10\nmaxTries: 20\n"+menuExits),
		menuOf("deaf", "slow", keyOne+"bargeIn: false")) +
		"  - {number: DID1, inboundRoute: ivr, routeTarget: deaf}\n", test: (*scene).flood},
	{name: "the caller hangs up", tenant: menuTenant(menuOf("main", "slow", keyOne),
		strings.ReplaceAll(menuOf("patient", "greeting", `digits: {"12": `+toOne+`}`), "Seconds: 1\n", "Seconds: 10\n")) + "  - {number: DID1, inboundRoute: ivr, routeTarget: patient}\n", test: (*scene).hangsUpInMenus},
}

// TestMenus has callers in menus, one tenant a feature.
func TestMenus(t *testing.T) {
	w, scenes := stageScenes(t, menuFeatures)
	before := w.server.goroutines(t)
	t.Run("calls", func(t *testing.T) {
		for i, f := range menuFeatures {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				f.test(scenes[i], t)
			})
		}
	})
	w.idle(t)
	w.server.settles(t, before, len(scenes))
}

// pressed checks the entries the record has of the menus a call went through;
// those of one menu have blanks between them.
func (r told) pressed(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, s := range r.Steps {
		if s.Destination.Route == routing.RouteIVR {
			got = append(got, strings.Join(s.Digits, " "))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the record says that %q was pressed, want %q", got, want)
	}
}

// chose checks the record of a call that main sent to an extension.
func (s *scene) chose(t *testing.T, call *phone.Call, keys, extension string) {
	t.Helper()
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main chosen", "extension "+extension+" answered")
	r.pressed(t, keys)
}

func (s *scene) keyInGreeting(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "slow")
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, "slow", "callee")
	if h := soundsOf(call)[0]; h.sounded > 3*time.Second {
		t.Errorf("the key did not end the greeting: %+v", h)
	}
	if !call.Saw(200) || call.Saw(183) {
		t.Error("the call was not answered at once")
	}
	s.chose(t, call, "1", "1001")
}

func (s *scene) keyAfterGreeting(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	silence(t, call)
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, "greeting", "callee")
	s.chose(t, call, "1", "1001")
}

func (s *scene) severalKeys(t *testing.T) {
	for _, c := range []struct{ keys, extension string }{{"12", "1002"}, {"1", "1001"}, {"1#", "1001"}, {"*9#", "1003"}} {
		p := s.register(t, c.extension, ringing)
		call := s.call(t, 0)
		hears(t, call, "greeting")
		call.Audio.PressAll(c.keys)
		takenAndOver(t, call, p)
		s.chose(t, call, c.keys, c.extension)
		must(t, p.Unregister(soon(t)))
		s.seenUntil(t, c.extension, "gone", func(now seenPhone) bool { return *now.Contacts == 0 })
	}
}

func (s *scene) directDial(t *testing.T) {
	two, three, four := s.register(t, "1002", ringing), s.register(t, "1003", ringing), s.register(t, "1004", ringing)
	dialled := s.call(t, 0)
	hears(t, dialled, "greeting")
	dialled.Audio.PressAll("1003")
	takenAndOver(t, dialled, three)
	heard(t, dialled, "greeting", "callee")
	s.chose(t, dialled, "1003", "1003")

	key := s.call(t, 0)
	hears(t, key, "greeting")
	key.Audio.Press('2')
	takenAndOver(t, key, two)
	heard(t, key, "greeting", "callee")
	s.chose(t, key, "2", "1002")

	denied := s.call(t, 0)
	hears(t, denied, "greeting")
	denied.Audio.PressAll("1004")
	hears(t, denied, "repeat")
	denied.Audio.PressAll("1002")
	takenAndOver(t, denied, two)
	heard(t, denied, "greeting", "invalid", "repeat", "callee")
	s.chose(t, denied, "1004 1002", "1002")
	quiet(t, "who may not be dialled", four)
}

func (s *scene) wrongKey(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	call.Audio.Press('9')
	hears(t, call, "repeat")
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, "greeting", "invalid", "repeat", "callee")
	s.chose(t, call, "9 1", "1001")
}

func (s *scene) pressesNothing(t *testing.T) {
	two := s.register(t, "1002", ringing)
	call := s.call(t, 0)
	takenAndOver(t, call, two)
	heard(t, call, "greeting", "repeat", "callee")
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main no-input", "extension 1002 answered")
	r.pressed(t, "")
	// The second prompt comes when the caller has had a second.
	if all := soundsOf(call); len(all) > 1 {
		if pause := all[1].from - all[0].to; pause < 900*time.Millisecond || pause > 3*time.Second {
			t.Errorf("the caller was given %v, want a second", pause)
		}
	}
}

func (s *scene) pressesWrong(t *testing.T) {
	three := s.register(t, "1003", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	call.Audio.Press('9')
	hears(t, call, "repeat")
	call.Audio.Press('8')
	takenAndOver(t, call, three)
	heard(t, call, "greeting", "invalid", "repeat", "callee")
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main invalid", "extension 1003 answered")
	r.pressed(t, "9 8")
}

func (s *scene) triesTooOften(t *testing.T) {
	four := s.register(t, "1004", ringing)
	call := s.call(t, 0)
	hears(t, call, "repeat")
	call.Audio.Press('9')
	takenAndOver(t, call, four)
	heard(t, call, "greeting", "repeat", "callee")
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main too-many-tries", "extension 1004 answered")
	r.pressed(t, "9")
}

func (s *scene) subMenus(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	for _, step := range []struct {
		hears string
		press byte
	}{{"greeting", '1'}, {"sub", '2'}, {"third", '*'}, {"sub", '2'}, {"third", '#'}, {"greeting", '1'}, {"sub", '*'}, {"greeting", '1'}, {"sub", '5'}} {
		hears(t, call, step.hears)
		call.Audio.Press(step.press)
	}
	takenAndOver(t, call, one)
	heard(t, call, "greeting", "sub", "third", "sub", "third", "greeting", "sub", "greeting", "sub", "callee")
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main chosen", "ivr sub chosen", "ivr third chosen", "ivr sub chosen", "ivr third chosen",
		"ivr main chosen", "ivr sub chosen", "ivr main chosen", "ivr sub chosen", "extension 1001 answered")
	r.pressed(t, "1", "2", "*", "2", "#", "1", "*", "1", "5")
}

func (s *scene) noBargeIn(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, "greeting", "callee")
	if h, want := soundsOf(call)[0], prompts["greeting"].length; h.sounded < want-40*time.Millisecond {
		t.Errorf("the greeting was cut: %+v, want %v", h, want)
	}
	s.chose(t, call, "1", "1001")
}

func (s *scene) keysAhead(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "slow")
	call.Audio.PressAll("12")
	takenAndOver(t, call, one)
	if got := heardOf(call); !slices.Equal(got, []string{"slow", "callee"}) && !slices.Equal(got, []string{"slow", "sub", "callee"}) {
		t.Errorf("the caller heard %q", got)
	}
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main chosen", "ivr sub chosen", "extension 1001 answered")
	r.pressed(t, "1", "2")
}

func (s *scene) keysAtAnswer(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	_, err := call.WaitStatus(soon(t), 200)
	must(t, err)
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	s.chose(t, call, "1", "1001")
}

func (s *scene) earlyMenu(t *testing.T) {
	one := s.register(t, "1001", phone.Script{Ring: 500 * time.Millisecond, Tone: 700})
	call := s.call(t, 0)
	hears(t, call, "greeting")
	unanswered(t, call)
	call.Audio.Press('1')
	rings := next(t, one)
	unanswered(t, call)
	talk(t, call, rings)
	must(t, rings.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	if !call.Saw(183) {
		t.Error("no 183")
	}
	heard(t, call, "greeting", "callee")
	s.chose(t, call, "1", "1001")

	given := s.call(t, 0)
	hears(t, given, "repeat")
	unanswered(t, given)
	must(t, given.HangUp(soon(t)))
	if r := s.toldOf(t, given); r.Status != "abandoned" || r.AnsweredAt != nil {
		t.Errorf("%s, answered at %v", r.Status, r.AnsweredAt)
	}
}

func (s *scene) phoneDialsMenu(t *testing.T) {
	one, five := s.register(t, "1001", ringing), s.register(t, "1005", never)
	call := dials(t, five, "1200")
	hears(t, call, "greeting")
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, "greeting", "callee")
	s.chose(t, call, "1", "1001")
}

func (s *scene) missingGreeting(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	must(t, call.Audio.WaitTone(soon(t), otherTones["sol"]))
	silence(t, call)
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, append(missingPrompt[:3:3], "callee")...)
	s.chose(t, call, "1", "1001")
	if note := s.toldOf(t, call).Steps[0].Note; !strings.Contains(note, "nowhere.wav") {
		t.Errorf("the record does not say what was missing: %q", note)
	}
}

const spokenText = "Welcome to the test"

func (s *scene) renderedText(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	must(t, call.Audio.WaitTone(soon(t), spokenAs(spokenText)))
	silence(t, call)
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	heard(t, call, fmt.Sprint(spokenAs(spokenText)), "callee")
	s.chose(t, call, "1", "1001")
	if note := s.toldOf(t, call).Steps[0].Note; note != "" {
		t.Errorf("the record says %q", note)
	}
}

// engineText: a switch without a speech engine plays the fallback.
func (s *scene) engineText(t *testing.T) {
	flite, err := s.sw.API(soon(t), "module_exists mod_flite")
	must(t, err)
	speaks := strings.TrimSpace(flite) == "true"
	t.Logf("the switch has a speech engine: %v", speaks)
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	must(t, call.Audio.WaitSound(soon(t)))
	hears(t, call, "repeat")
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	note := s.toldOf(t, call).Steps[0].Note
	if !strings.Contains(note, "could not be made a file") || strings.Contains(note, "does not speak") == speaks {
		t.Errorf("the record says %q", note)
	}
	if !speaks {
		heard(t, call, append(missingPrompt[:3:3], "repeat", "callee")...)
		return
	}
	var spoken time.Duration
	for _, h := range tonesOf(call) {
		if h.Hz == prompts["repeat"].hz {
			break
		}
		spoken += h.For
	}
	if spoken < time.Second || len(heardOf(call)) > 0 && heardOf(call)[0] == "do" {
		t.Errorf("it spoke for %v: %v", spoken, tonesOf(call))
	}
}

// longGreeting is played in pieces, and no piece's end is heard: the tone goes on
// within 60 ms on a machine that has time. How long it was is logged; a second is
// what no busy machine explains.
func (s *scene) longGreeting(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "long")
	must(t, call.Audio.WaitSilence(within(t, time.Minute)))
	call.Audio.Press('1')
	takenAndOver(t, call, one)
	// A busy machine may make pauses elsewhere.
	if got := slices.Compact(heardOf(call)); !slices.Equal(got, []string{"long", "callee"}) {
		t.Errorf("the caller heard %q", got)
	}
	sounded, last := time.Duration(0), time.Duration(0)
	for _, h := range tonesOf(call) {
		if h.Hz != prompts["long"].hz {
			break
		}
		into := sounded % (20 * time.Second)
		if pause := h.From - last; sounded > 10*time.Second && min(into, 20*time.Second-into) < 200*time.Millisecond {
			t.Logf("a pause of %v where pieces meet, after %v", pause, sounded)
			if pause > time.Second {
				t.Error("the pause is heard")
			}
		}
		sounded, last = sounded+h.For-h.Gaps, h.From+h.For
	}
	// Nothing is left out where pieces meet, and nothing is heard twice.
	if want := prompts["long"].length; (sounded - want).Abs() > 100*time.Millisecond {
		t.Errorf("of a greeting of %v the caller heard %v: %v", want, sounded, tonesOf(call))
	}
	s.chose(t, call, "1", "1001")
}

// Keys of the sensitive menu, and others.
const (
	secretKeys = "4711223344"
	wrongKeys  = "4711556677"
)

func (s *scene) sensitive(t *testing.T) {
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	call.Audio.PressAll(wrongKeys)
	hears(t, call, "repeat")
	call.Audio.PressAll(secretKeys)
	takenAndOver(t, call, one)
	s.chose(t, call, "", "1001")
	r := s.record(t, call.ID)
	var answer struct{ Call map[string]json.RawMessage }
	s.server.get(t, "/api/calls/"+r.id, &answer)
	delete(answer.Call, "explanation") // says what can be pressed, by the configuration
	record, err := json.Marshal(answer.Call)
	must(t, err)
	places := map[string][]byte{"record": record, "log": []byte(s.server.log.tail(1 << 30))}
	for _, h := range s.events(t, r.id) {
		places["webhook "+h.Event] = h.body
	}
	for place, text := range places {
		// Whatever was kept of them has at least these in it.
		for _, keys := range []string{secretKeys[4:], wrongKeys[4:], secretKeys[:5], wrongKeys[:5]} {
			if bytes.Contains(text, []byte(keys)) {
				t.Errorf("the %s has the keys %s", place, keys)
			}
		}
	}
}

// flood presses 200 keys as fast as it goes.
func (s *scene) flood(t *testing.T) {
	three := s.register(t, "1003", ringing)
	call := s.call(t, 0)
	hears(t, call, "slow")
	call.Audio.Hurry()
	call.Audio.PressAll(strings.Repeat("7", 200))
	callee := next(t, three)
	must(t, call.Audio.WaitTone(soon(t), 700))
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))
	r := s.toldOf(t, call)
	r.went(t, "completed", "ivr main invalid", "extension 1003 answered")
	r.pressed(t, strings.TrimSpace(strings.Repeat("7 ", 10)))

	deaf := s.call(t, 1)
	hears(t, deaf, "slow")
	deaf.Audio.Hurry()
	deaf.Audio.PressAll(strings.Repeat("7", 200))
	hears(t, deaf, "invalid")
	must(t, deaf.HangUp(soon(t)))
	if r := s.toldOf(t, deaf); r.Status != "abandoned" {
		t.Errorf("the call is %s", r.Status)
	}
}

func (s *scene) hangsUpInMenus(t *testing.T) {
	for _, c := range []struct {
		what string
		did  int
		wait func(*phone.Call)
		keys string
	}{
		{"during the greeting", 0, func(call *phone.Call) { hears(t, call, "slow") }, ""},
		{"while it waits for a key", 1, func(call *phone.Call) { hears(t, call, "greeting"); silence(t, call) }, ""},
		{"between two keys", 1, func(call *phone.Call) {
			hears(t, call, "greeting")
			call.Audio.Press('1')
			silence(t, call)
		}, ""},
		{"while it hears that it was wrong", 0, func(call *phone.Call) {
			hears(t, call, "slow")
			call.Audio.Press('9')
			hears(t, call, "invalid")
		}, "9"},
	} {
		call := s.call(t, c.did)
		c.wait(call)
		must(t, call.HangUp(soon(t)))
		r := s.toldOf(t, call)
		if r.Status != "abandoned" || r.HungUpBy != "caller" || len(r.Steps) != 1 || r.Steps[0].Outcome != routing.CallerGone {
			t.Errorf("%s: %s, hung up by %s: %+v", c.what, r.Status, r.HungUpBy, r.Steps)
		}
		r.pressed(t, c.keys)
	}
}

// twoServers has a caller in a sub-menu whose server is killed.
var twoServers = []feature{{name: "calls", tenant: menuTenant(
	menuOf("main", "greeting", `digits: {"1": {route: ivr, target: sub}}`),
	menuOf("sub", "long", `digits: {"2": `+toOne+`, "*": {route: back}}`))}}

// TestMenuOutlivesItsServer: the next server in the dialplan's list has the
// caller in the menu it was in, at the latest when a piece of its prompt is over
// and the dialplan has tried again.
// parted tells whether a prompt was heard again after more than 1.5 seconds of
// nothing.
func parted(all []phone.Heard, name string) bool {
	for i := 1; i < len(all); i++ {
		before, after := all[i-1], all[i]
		if before.Hz == prompts[name].hz && after.Hz == before.Hz && after.From-before.From-before.For > 1500*time.Millisecond {
			return true
		}
	}
	return false
}

func TestMenuOutlivesItsServer(t *testing.T) {
	w, scenes := stageScenesOn(t, twoServers, func(sw string) string { return sw }, true)
	s := scenes[0]
	one := s.register(t, "1001", ringing)
	call := s.call(t, 0)
	hears(t, call, "greeting")
	call.Audio.Press('1')
	hears(t, call, "long")
	w.server.kill()
	killed := time.Now()
	w.server = w.spare
	// The switch waits two seconds before it asks the next server; no hiccup is that long.
	untilIn(t, longer(t), "the menu's prompt is heard again", func() bool { return parted(tonesOf(call), "long") })
	took := time.Since(killed)
	if most := 20*time.Second + 5*time.Second; took > most {
		t.Errorf("the caller waited %v, want %v at most", took, most)
	}
	t.Logf("the caller was back after %v", took)
	hears(t, call, "long")
	call.Audio.Press('*')
	hears(t, call, "greeting")
	call.Audio.PressAll("12")
	s.seenUntil(t, "1001", "known to the second server", func(now seenPhone) bool { return now.Contacts != nil && *now.Contacts == 1 })
	takenAndOver(t, call, one)
	s.toldOf(t, call).went(t, "completed", "ivr sub chosen", "ivr main chosen", "ivr sub chosen", "extension 1001 answered")
	w.idle(t)
}
