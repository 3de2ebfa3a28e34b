package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const menuTree = `
extensions: [{extension: "1001", exits: {no-answer: {route: ivr, target: main}}}]
ivrMenus:
  - name: main
    id: 0c1d2e3f-0000-4000-8000-000000000009
    extension: "4000"
    greeting: {text: Main.}
    digits: {"1": {route: ivr, target: sales}, "2": {route: extension, target: "1001"}, "3": {route: schedule, target: office}}
  - name: sales
    greeting: {text: Sales.}
    digits: {"1": {route: ivr, target: new}, "*": {route: back}, "#": {route: top}}
  - name: new
    greeting: {text: New.}
    digits: {"1": {route: ivr, target: main}, "2": {route: ivr, target: sales}, "*": {route: back}, "#": {route: top}, "9": {route: repeat}}
schedules:
  - name: office
    openAction: {route: ivr, target: sales}
    afterHoursAction: {route: voicemail, target: "1001"}
    schedules: [{days: [monday, tuesday, wednesday, thursday, friday], startTime: "00:00", endTime: "24:00"}]
`

func menuStop(name string, through ...string) Stop {
	return Stop{Destination: Destination{RouteIVR, name}, Menus: through}
}

func TestChoose(t *testing.T) {
	plan := office(t, menuTree)
	menu := func(name string) Destination { return Destination{RouteIVR, name} }
	back, top, repeat := Destination{Route: RouteBack}, Destination{Route: RouteTop}, Destination{Route: RouteRepeat}
	extension, office := Destination{RouteExtension, "1001"}, Destination{RouteSchedule, "office"}
	cases := []struct {
		name string
		at   Stop
		to   Destination
		want Stop
	}{
		{"into a menu", menuStop("main"), menu("sales"), menuStop("sales", "main")},
		{"into a third", menuStop("sales", "main"), menu("new"), menuStop("new", "main", "sales")},
		{"back", menuStop("new", "main", "sales"), back, menuStop("sales", "main")},
		{"back to the first", menuStop("sales", "main"), back, menuStop("main")},
		{"back at the first: the same again", menuStop("main"), back, menuStop("main")},
		{"top in the third level", menuStop("new", "main", "sales"), top, menuStop("main")},
		{"top at the first: the same again", menuStop("main"), top, menuStop("main")},
		{"again", menuStop("new", "main", "sales"), repeat, menuStop("new", "main", "sales")},
		{"the same by name", menuStop("new", "main", "sales"), menu("new"), menuStop("new", "main", "sales")},
		{"one on the way, by name: the way is cut", menuStop("new", "main", "sales"), menu("sales"), menuStop("sales", "main")},
		{"the first one, by name", menuStop("new", "main", "sales"), menu("main"), menuStop("main")},
		{"the first one, by id", menuStop("new", "main", "sales"), menu("0c1d2e3f-0000-4000-8000-000000000009"), menuStop("main")},
		{"out", menuStop("sales", "main"), extension, Stop{Destination: extension}},
		{"to a schedule: the way is kept", menuStop("sales", "main"), office, Stop{Destination: office, Menus: []string{"main", "sales"}}},
		{"at a menu given by its id", menuStop("0c1d2e3f-0000-4000-8000-000000000009"), menu("sales"), menuStop("sales", "main")},
		{"to nowhere", menuStop("main"), Destination{}, Stop{}},
		{"not at a menu", Stop{Destination: extension, Forwards: 1}, menu("main"), Stop{Destination: menu("main"), Forwards: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := plan.Choose(c.at, c.to)
			if len(got.Menus) == 0 {
				got.Menus = nil
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The forwards a call went through are counted on; the exits of who forwarded it
// count only until the caller has chosen something else.
func TestChooseAfterAForward(t *testing.T) {
	plan := office(t, menuTree)
	at := Stop{Destination: Destination{RouteIVR, "main"}, Forwards: 2, Forward: &Forwarding{Type: ForwardAlways, Path: []string{"1001"}}}
	if got := plan.Choose(at, Destination{Route: RouteRepeat}); got.Forward == nil || got.Forwards != 2 {
		t.Errorf("again: %+v", got)
	}
	for _, to := range []Destination{{RouteIVR, "sales"}, {RouteExtension, "1001"}} {
		if got := plan.Choose(at, to); got.Forward != nil || got.Forwards != 2 {
			t.Errorf("to %s: %+v", to, got)
		}
	}
}

// A schedule stands between two menus as if it was not there.
func TestMenusOverASchedule(t *testing.T) {
	plan := office(t, menuTree)
	at := plan.Choose(menuStop("main"), Destination{RouteSchedule, "office"})
	at, _, ok := plan.Follow(at, noon)
	if want := menuStop("sales", "main"); !ok || !cmp.Equal(want, at) {
		t.Fatalf("%+v, want %+v", at, want)
	}
	at = plan.Choose(at, Destination{RouteIVR, "new"})
	at = plan.Choose(at, Destination{RouteSchedule, "office"})
	at, _, _ = plan.Follow(at, noon)
	if want := menuStop("sales", "main"); !cmp.Equal(want, at) {
		t.Errorf("%+v, want %+v: the way is cut", at, want)
	}
}

// However long a caller goes round, the way goes through no menu twice, and
// going on changes no stop that was left.
func TestTheWayThroughMenusIsBounded(t *testing.T) {
	plan := office(t, menuTree)
	choices := []Destination{
		{RouteIVR, "main"}, {RouteIVR, "sales"}, {RouteIVR, "new"}, {RouteSchedule, "office"},
		{Route: RouteBack}, {Route: RouteTop}, {Route: RouteRepeat},
	}
	rapid.Check(t, func(t *rapid.T) {
		at := menuStop("main")
		var stops []Stop
		var texts []string
		for _, to := range rapid.SliceOfN(rapid.SampledFrom(choices), 1, 50).Draw(t, "choices") {
			stops, texts = append(stops, at), append(texts, fmt.Sprint(at.Destination, at.Menus))
			at = plan.Choose(at, to)
			if at.Route == RouteSchedule {
				at, _, _ = plan.Follow(at, noon)
			}
			seen := slices.Sorted(slices.Values(append(slices.Clone(at.Menus), at.Target)))
			if len(slices.Compact(slices.Clone(seen))) != len(seen) {
				t.Fatalf("at %s by %s", at.Destination, strings.Join(at.Menus, ", "))
			}
		}
		for i, stop := range stops {
			if text := fmt.Sprint(stop.Destination, stop.Menus); text != texts[i] {
				t.Fatalf("%s became %s", texts[i], text)
			}
		}
	})
}

func TestExitsOfAMenu(t *testing.T) {
	to := func(cause string) Destination { return Destination{RouteHangup, cause} }
	exit := map[Outcome]string{NoInput: "NO_ANSWER", Invalid: "INVALID_NUMBER_FORMAT", TooManyTries: "USER_BUSY", Failed: "NORMAL_TEMPORARY_FAILURE"}
	cases := []struct {
		out        Outcome
		configured []Outcome
		want       Outcome // whose exit is taken; "" the default's
	}{
		{NoInput, []Outcome{NoInput, Invalid, TooManyTries, Failed}, NoInput},
		{Invalid, []Outcome{NoInput, Invalid, TooManyTries, Failed}, Invalid},
		{TooManyTries, []Outcome{NoInput, Invalid, TooManyTries, Failed}, TooManyTries},
		{Failed, []Outcome{NoInput, Invalid, TooManyTries, Failed}, Failed},
		{NoInput, []Outcome{Invalid, TooManyTries}, TooManyTries},
		{NoInput, []Outcome{Invalid, Failed}, Invalid},
		{NoInput, []Outcome{Failed}, ""},
		{Invalid, []Outcome{NoInput, TooManyTries}, TooManyTries},
		{Invalid, []Outcome{NoInput}, NoInput},
		{Invalid, []Outcome{Failed}, ""},
		{TooManyTries, []Outcome{NoInput, Invalid}, Invalid},
		{TooManyTries, []Outcome{NoInput}, NoInput},
		{TooManyTries, []Outcome{Failed}, ""},
		{Failed, []Outcome{NoInput, Invalid, TooManyTries}, ""},
	}
	for _, c := range cases {
		menu := Menu{Name: "main", Greeting: Prompt{Text: "Hello"}, Digits: map[string]Destination{"1": {RouteVoicemail, "1001"}}, Exits: Exits{}}
		for _, out := range c.configured {
			menu.Exits[out] = to(exit[out])
		}
		fallback := Destination{RouteVoicemail, "1001"}
		directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{{
			Tenant: "acme", Extensions: []Extension{{Extension: "1001"}}, IVRMenus: []Menu{menu}, DefaultDestination: &fallback,
		}}})
		if Refused(problems) {
			t.Fatal(problems)
		}
		want := fallback
		if c.want != "" {
			want = to(exit[c.want])
		}
		got, goesOn := planOf(t, directory, "acme").Next(Stop{Destination: Destination{RouteIVR, "main"}, Menus: []string{"other"}}, c.out)
		if got.Destination != want || !goesOn || got.Menus != nil {
			t.Errorf("%s with exits %v: %+v, want %s", c.out, c.configured, got, want)
		}
	}
}

// A choice is no exit: where it leads is Choose's.
func TestAChoiceIsNoExit(t *testing.T) {
	plan := office(t, menuTree+"defaultDestination: {route: voicemail, target: \"1001\"}\n")
	if next, goesOn := plan.Next(menuStop("main"), Chosen); goesOn {
		t.Errorf("goes on to %s", stopText(next))
	}
}

func TestMenuIsDialledInside(t *testing.T) {
	d := officeDirectory(t, menuTree)
	if got := d.Decide(phoneCall("1001", "acme.test", "4000"), noon, nil); got.Destination != (Destination{RouteIVR, "main"}) || got.Direction != Internal {
		t.Errorf("%s call to %s", got.Direction, got.Destination)
	}
	got, err := planOf(t, d, "acme").Redirect(Stop{Destination: Destination{RouteExtension, "1001"}}, "4000")
	if err != nil || got.Destination != (Destination{RouteIVR, "main"}) {
		t.Errorf("302 to 4000: %s, %v", stopText(got), err)
	}
}

func TestPlanMenu(t *testing.T) {
	plan := office(t, `
extensions: [{extension: "1001"}]
ivrMenus:
  - name: main
    greeting: {text: "Welcome\n to Acme"}
    set: {language: de, tags: [menu]}
    digits: {"1": {route: external, target: "5557654321"}}
`)
	yes, greeting := true, Prompt{Text: "Welcome to Acme"}
	want := Menu{
		Name: "main", Greeting: greeting, RepeatGreeting: &greeting, Digits: map[string]Destination{"1": {RouteForward, "+15557654321"}},
		BargeIn: &yes, FirstDigitSeconds: 5, InterDigitSeconds: 2, MaxDigits: 1, MaxTimeouts: 3, MaxFailures: 3, MaxTries: 4,
		Language: "de", Set: RuleSet{Language: "de", Tags: []string{"menu"}}, Exits: Exits{},
	}
	got, ok := plan.Menu("main")
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, ok := plan.Menu("odd"); ok {
		t.Errorf("a menu %v", got)
	}
	if names := office(t, menuTree).MenuNames(); !slices.Equal(names, []string{"main", "new", "sales"}) {
		t.Errorf("menus %v", names)
	}
}
