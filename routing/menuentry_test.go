package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const menuOffice = `
extensions:
  - {extension: "1001", id: 0c1d2e3f-0000-4000-8000-000000000001}
  - {extension: "1002"}
  - {extension: "20"}
  - {extension: "201"}
ringGroups: [{name: sales, extension: "3000", members: [{number: "1001"}]}]
ivrMenus:
  - name: main
    id: 0c1d2e3f-0000-4000-8000-000000000009
    extension: "4000"
    greeting: {text: Welcome.}
    digits:
      "1": {route: voicemail, target: "1001"}
      "5": {route: ringgroup, target: sales}
      "55": {route: hangup, target: USER_BUSY}
      "*": {route: back}
      "7#": {route: repeat}
      "7#8": {route: top}
    directDial: {deny: ["1002"]}
  - name: keys
    greeting: {text: Welcome.}
    digits: {"1": {route: voicemail, target: "1001"}, "#": {route: ivr, target: main}}
  - name: some
    greeting: {text: Welcome.}
    directDial: {allow: [xx, "10xx", "4000"], deny: ["1001"]}
`

func TestEnter(t *testing.T) {
	plan := office(t, menuOffice)
	box, sales := Destination{RouteVoicemail, "1001"}, Destination{RouteRingGroup, "sales"}
	inside := func(number string) Destination { return Destination{RouteExtension, number} }
	const waits = true
	cases := []struct {
		name, menu, keys string
		over             bool
		want             Entry
	}{
		{"nothing yet", "main", "", false, Entry{State: EntryPart}},
		{"nothing at all", "main", "", waits, Entry{}},
		{"a key by itself", "main", "*", false, Entry{EntryChosen, Destination{Route: RouteBack}, false}},
		{"a key that numbers begin with", "main", "1", false, Entry{EntryMaybe, box, false}},
		{"the same, waited", "main", "1", waits, Entry{EntryChosen, box, false}},
		{"the same, ended", "main", "1#", false, Entry{EntryChosen, box, false}},
		{"a key that another entry begins with", "main", "5", false, Entry{EntryMaybe, sales, false}},
		{"the longer one", "main", "55", false, Entry{EntryChosen, Destination{RouteHangup, "USER_BUSY"}, false}},
		{"longer still", "main", "555", false, Entry{}},
		{"part of a number", "main", "100", false, Entry{State: EntryPart}},
		{"part of a number, waited", "main", "100", waits, Entry{}},
		{"part of a number, ended", "main", "100#", false, Entry{}},
		{"a number inside", "main", "1001", false, Entry{EntryChosen, inside("1001"), true}},
		{"a number that is denied", "main", "1002", false, Entry{}},
		{"a number that another begins with", "main", "20", false, Entry{EntryMaybe, inside("20"), true}},
		{"the same, ended", "main", "20#", false, Entry{EntryChosen, inside("20"), true}},
		{"the other", "main", "201", false, Entry{EntryChosen, inside("201"), true}},
		{"a ring group", "main", "3000", false, Entry{EntryChosen, sales, true}},
		{"a menu", "main", "4000", false, Entry{EntryChosen, Destination{RouteIVR, "main"}, true}},
		{"an id is no number", "main", "0c1d", false, Entry{}},
		{"no such key", "main", "9", false, Entry{}},
		{"# of an entry", "main", "7#", false, Entry{EntryMaybe, Destination{Route: RouteRepeat}, false}},
		{"and on", "main", "7#8", false, Entry{EntryChosen, Destination{Route: RouteTop}, false}},
		{"# of an entry, waited", "main", "7#", waits, Entry{EntryChosen, Destination{Route: RouteRepeat}, false}},
		{"# of an entry, ended", "main", "7##", false, Entry{EntryChosen, Destination{Route: RouteRepeat}, false}},
		{"only #", "main", "#", false, Entry{}},
		{"# as a key", "keys", "#", false, Entry{EntryChosen, Destination{RouteIVR, "main"}, false}},
		{"no direct dial: the key does not wait", "keys", "1", false, Entry{EntryChosen, box, false}},
		{"no direct dial", "keys", "1001", false, Entry{}},
		{"allowed by its length", "some", "20", false, Entry{EntryChosen, inside("20"), true}},
		{"not allowed", "some", "201", false, Entry{}},
		{"allowed and denied", "some", "1001", false, Entry{}},
		{"allowed by a pattern", "some", "1002", false, Entry{EntryChosen, inside("1002"), true}},
		{"by the menu's id", "0c1d2e3f-0000-4000-8000-000000000009", "1001", false, Entry{EntryChosen, inside("1001"), true}},
		{"no such menu", "odd", "1", false, Entry{}},
		{"no key", "main", "1a", false, Entry{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := plan.Enter(c.menu, c.keys, c.over); got != c.want {
				t.Errorf("Enter(%q, %q, %v): %+v, want %+v", c.menu, c.keys, c.over, got, c.want)
			}
		})
	}
}

func TestMaxDigitsIsFilledIn(t *testing.T) {
	plan := office(t, menuOffice)
	for name, want := range map[string]int{"main": 4, "keys": 1, "some": 4} {
		if m, ok := plan.Menu(name); !ok || m.MaxDigits != want {
			t.Errorf("menu %s: %d digits, want %d", name, m.MaxDigits, want)
		}
	}
}

// slowMenu says what can be entered by asking every candidate there is.
type slowMenu struct {
	digits map[string]Destination
	dialed map[string]Destination
}

func (s slowMenu) enter(keys string, over bool) Entry {
	candidates := map[string]Entry{}
	for number, to := range s.dialed {
		candidates[number] = Entry{To: to, Direct: true}
	}
	for entry, to := range s.digits {
		candidates[entry] = Entry{To: to}
	}
	entry, found := candidates[keys]
	if !found && strings.HasSuffix(keys, "#") {
		entry, found = candidates[keys[:len(keys)-1]]
	}
	longer := false
	for candidate := range candidates {
		longer = longer || len(candidate) > len(keys) && strings.HasPrefix(candidate, keys)
	}
	switch {
	case found && longer && !over:
		entry.State = EntryMaybe
	case found:
		entry.State = EntryChosen
	case longer && !over:
		return Entry{State: EntryPart}
	default:
		return Entry{}
	}
	return entry
}

// Whatever a menu has and whatever is pressed, it means what the candidates one
// by one say; and every number that may be dialled can be, key by key.
func TestEnterAsTheCandidatesSay(t *testing.T) {
	menus := 0
	rapid.Check(t, func(t *rapid.T) {
		menu, slow := drawMenu(t)
		config := TenantConfig{Tenant: "acme", IVRMenus: []Menu{menu}}
		for number := range slow.dialed {
			config.Extensions = append(config.Extensions, Extension{Extension: number})
		}
		slow.keep(menu.DirectDial)
		directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		if directory == nil {
			if !slow.hidden() && len(slow.digits)+len(slow.dialed) > 0 {
				t.Fatal(problems)
			}
			return
		}
		menus++
		plan, _ := directory.Plan("acme")
		var keys []string
		for range 20 {
			keys = append(keys, rapid.StringMatching(`[0-3*#]{0,6}`).Draw(t, "keys"))
		}
		for candidate := range slow.dialed {
			for i := range len(candidate) + 1 {
				keys = append(keys, candidate[:i], candidate[:i]+"#")
			}
			if got := plan.Enter("main", candidate, true); got.State != EntryChosen || !got.Direct {
				t.Fatalf("number %s: %+v", candidate, got)
			}
			for i := range candidate {
				if got := plan.Enter("main", candidate[:i], false); got.State == EntryWrong || got.State == EntryChosen {
					t.Fatalf("number %s ends at %s: %+v", candidate, candidate[:i], got)
				}
			}
		}
		for _, pressed := range keys {
			for _, over := range []bool{false, true} {
				if got, want := plan.Enter("main", pressed, over), slow.enter(pressed, over); got != want {
					t.Fatalf("Enter(%q, %v): %+v, want %+v", pressed, over, got, want)
				}
			}
		}
	})
	if menus == 0 {
		t.Error("no menu was accepted")
	}
}

func drawMenu(t *rapid.T) (Menu, slowMenu) {
	slow := slowMenu{digits: map[string]Destination{}, dialed: map[string]Destination{}}
	for _, entry := range rapid.SliceOfN(rapid.StringMatching(`[0-3*#]{1,4}`), 0, 8).Draw(t, "digits") {
		slow.digits[entry] = Destination{RouteHangup, "USER_BUSY"}
	}
	for _, number := range rapid.SliceOfN(rapid.StringMatching(`[0-3]{2,5}`), 0, 12).Draw(t, "extensions") {
		slow.dialed[number] = Destination{RouteExtension, number}
	}
	patterns := rapid.SliceOfN(rapid.StringMatching(`[0-3x]{2,5}`), 0, 3)
	return Menu{
		Name: "main", Greeting: Prompt{Text: "Hello"}, Digits: slow.digits,
		DirectDial: &DirectDial{Allow: orNil(patterns.Draw(t, "allow")), Deny: patterns.Draw(t, "deny")},
	}, slow
}

func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// keep leaves the numbers that may be dialled.
func (s slowMenu) keep(d *DirectDial) {
	fits := func(patterns []string, number string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			matched := len(pattern) == len(number)
			for i := range min(len(pattern), len(number)) {
				matched = matched && (pattern[i] == 'x' || pattern[i] == number[i])
			}
			return matched
		})
	}
	for number := range s.dialed {
		if len(d.Allow) > 0 && !fits(d.Allow, number) || fits(d.Deny, number) {
			delete(s.dialed, number)
		}
	}
}

// hidden tells whether an entry hides a number.
func (s slowMenu) hidden() bool {
	for number := range s.dialed {
		if _, both := s.digits[number]; both {
			return true
		}
	}
	return false
}

// Many numbers of which few are kept, in runs: what is found is what is there.
func TestDialable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sorted []string
		for i := range rapid.IntRange(0, 400).Draw(t, "numbers") {
			sorted = append(sorted, fmt.Sprint(10+i%90)+fmt.Sprint(i/90))
		}
		slices.Sort(sorted)
		kept := map[string]bool{}
		for range rapid.IntRange(0, 3).Draw(t, "runs") {
			from := rapid.IntRange(0, 400).Draw(t, "from")
			for i := from; i < min(len(sorted), from+rapid.IntRange(1, 100).Draw(t, "run")); i++ {
				kept[sorted[i]] = true
			}
		}
		d := newDialable(sorted, func(number string) bool { return kept[number] })
		want := slices.DeleteFunc(slices.Clone(sorted), func(number string) bool { return !kept[number] })
		if got := slices.Collect(d.all()); !slices.Equal(got, want) || d.empty() != (len(want) == 0) {
			t.Fatalf("%v, want %v", got, want)
		}
		for _, number := range append(slices.Clone(sorted), "", "1", "99", "9", "5") {
			i := slices.IndexFunc(want, func(other string) bool { return len(other) > len(number) && strings.HasPrefix(other, number) })
			got, longer := d.longer(number)
			if longer != (i >= 0) || longer && got != want[i] || d.has(number) != kept[number] {
				t.Fatalf("%q: %q, %v of %v", number, got, longer, want)
			}
		}
	})
}

// FuzzDialPattern: a pattern is refused, or it fits what it is made of.
func FuzzDialPattern(f *testing.F) {
	for _, seed := range []string{"10xx", "x", "", "10X1", "1 0", "*28", "123456789012345678901", "xxxx\n", "é0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !dialPattern.MatchString(text) {
			return
		}
		if len(text) == 0 || len(text) > 20 || strings.Trim(text, "0123456789x") != "" {
			t.Fatalf("%q is a pattern", text)
		}
		number := strings.ReplaceAll(text, "x", "7")
		if !fitsDial(text, number) || fitsDial(text, number+"7") || fitsDial(text, number[1:]) {
			t.Fatalf("%q does not fit %q alone", text, number)
		}
	})
}

// It is asked for every key of every caller.
func TestEnterAllocatesNothing(t *testing.T) {
	plan := office(t, menuOffice)
	allocated := testing.AllocsPerRun(100, func() {
		plan.Enter("main", "1", false)
		plan.Enter("main", "1001", false)
		plan.Enter("main", "20#", false)
		plan.Enter("main", "9", false)
	})
	if allocated > 0 {
		t.Errorf("%v allocations", allocated)
	}
}

func largeMenu(b *testing.B) *Plan {
	config := TenantConfig{Tenant: "acme", IVRMenus: []Menu{
		{Name: "main", Greeting: Prompt{Text: "Hello"}, DirectDial: &DirectDial{}, Digits: map[string]Destination{"1": {RouteHangup, "USER_BUSY"}}},
	}}
	for i := range 5000 {
		config.Extensions = append(config.Extensions, Extension{Extension: fmt.Sprint(20000 + i)})
	}
	directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
	if Refused(problems) {
		b.Fatal(problems)
	}
	plan, _ := directory.Plan("acme")
	return plan
}

func BenchmarkEnterAmong5000Extensions(b *testing.B) {
	plan := largeMenu(b)
	for _, keys := range []string{"1", "2", "2499", "24999", "29"} {
		b.Run(keys, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.Enter("main", keys, false)
			}
		})
	}
}
