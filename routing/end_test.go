package routing

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever configuration is accepted, and however each destination ends, a call
// ends within MaxSteps destinations, and goes through no extension's forwards
// twice.
func TestEveryCallEnds(t *testing.T) {
	accepted, forwarded, menus := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		directory, problems := Compile(drawConfig(t))
		if directory == nil {
			if !Refused(problems) {
				t.Fatal("no directory and no problem")
			}
			return
		}
		accepted++
		for _, call := range []Call{
			inboundCall("+15557770000", "+15551230001"), inboundCall("+15557770000", "+15551230002"), phoneCall("1000", "acme.test", "1001"),
			phoneCall("1000", "acme.test", "+15557654321"), phoneCall("1000", "acme.test", "2000"),
		} {
			forwarded = max(forwarded, walkToTheEnd(t, directory.Decide(call, noon, nil)))
		}
		menus += walkFromMenus(t, directory)
	})
	if accepted == 0 || forwarded < 2 || menus == 0 {
		t.Errorf("%d configurations were accepted, in which a call was forwarded %d times at most and %d menus led on", accepted, forwarded, menus)
	}
}

// walkFromMenus follows calls by all that follows each key: a caller who presses
// none any more comes to an end. It gives the keys that lead somewhere.
func walkFromMenus(t *rapid.T, d *Directory) int {
	plan, _ := d.Plan("acme")
	led := 0
	for _, name := range plan.MenuNames() {
		menu, _ := plan.Menu(name)
		for _, to := range menu.Digits {
			stop := plan.Choose(Stop{Destination: Destination{RouteIVR, name}, Menus: []string{"first", "second"}, Forwards: 1}, to)
			walkFrom(t, plan, stop)
			led++
		}
	}
	return led
}

// outcomes are all that a call goes on after.
var outcomes = []Outcome{
	NoAnswer, Busy, Unregistered, Failed, CallLimited, NobodyAvailable, ExitKey, Forwarded, NoInput, Invalid, TooManyTries, Open, Closed,
}

// walkToTheEnd follows all ways at once: the set of stops a call can be at after
// each step. It gives how often the call was forwarded at most.
func walkToTheEnd(t *rapid.T, d Decision) int {
	if d.Verdict != Routed {
		return 0
	}
	return walkFrom(t, d.Plan, Stop{Destination: d.Destination, Open: d.Open})
}

func walkFrom(t *rapid.T, p *Plan, from Stop) int {
	at := map[string]Stop{"": from}
	forwarded := 0
	for step := 1; len(at) > 0; step++ {
		if step > MaxSteps {
			t.Fatalf("still at %v after %d steps", slices.Collect(maps.Keys(at)), MaxSteps)
		}
		next := map[string]Stop{}
		for _, stop := range at {
			for _, to := range allThatFollows(p, stop) {
				checkForwarding(t, p, to)
				forwarded = max(forwarded, to.Forwards)
				next[stopText(to)] = to
			}
		}
		at = next
	}
	return forwarded
}

// allThatFollows gives where a call can go without anybody pressing a key.
func allThatFollows(p *Plan, at Stop) []Stop {
	var stops []Stop
	for _, hour := range []time.Duration{0, 12 * time.Hour} { // open and closed
		if to, _, ok := p.Follow(at, noon.Add(hour)); ok {
			stops = append(stops, to)
		}
	}
	for _, out := range outcomes {
		if to, goesOn := p.Next(at, out); goesOn {
			stops = append(stops, to)
		}
	}
	return stops
}

func checkForwarding(t *rapid.T, p *Plan, s Stop) {
	if s.Forwards > p.Tenant().MaxForwards {
		t.Fatalf("%s: %d forwards, the most is %d", stopText(s), s.Forwards, p.Tenant().MaxForwards)
	}
	if s.Forward == nil {
		return
	}
	through := slices.Clone(s.Forward.Path)
	if s.Route == RouteExtension {
		through = append(through, s.Target)
	}
	slices.Sort(through)
	if len(slices.Compact(slices.Clone(through))) != len(through) {
		t.Fatalf("%s: forwarded in a circle", stopText(s))
	}
}

func stopText(s Stop) string {
	if s.Forward == nil {
		return fmt.Sprint(s.Destination, s.Menus, s.Open, s.Forwards)
	}
	return fmt.Sprint(s.Destination, s.Menus, s.Open, s.Forwards, s.Forward.Type, s.Forward.Path, s.Forward.Outcome)
}

// drawConfig gives one tenant with extensions, a ring group and any exits, and
// either many extensions or forwards among few of them. Most exits lead on to a
// later extension and most extensions that forward always to a later one, so
// that many configurations are accepted and some chains are long.
func drawConfig(t *rapid.T) Config {
	count := rapid.IntRange(2, 20).Draw(t, "extensions")
	config := TenantConfig{
		Tenant:     "acme",
		Forwards:   []Forward{{Name: "mobile", Number: "+15557654321"}, {Name: "loop", Number: "+15551230001"}},
		RingGroups: []RingGroup{drawGroup(t, count)},
		Schedules:  []Schedule{drawOffice(t, count)},
		IVRMenus:   []Menu{drawMenuOf(t, "first", count+2, count), drawMenuOf(t, "second", count+3, count)},
	}
	for i := range count {
		e := Extension{Extension: fmt.Sprint(1000 + i), Exits: drawExits(t, RouteExtension, i+1, count)}
		if count <= 6 {
			e.Forward = drawForwards(t, i, count)
		}
		config.Extensions = append(config.Extensions, e)
	}
	for i := range config.Forwards {
		config.Forwards[i].Exits = drawExits(t, RouteForward, count+3, count)
	}
	route := drawDestination(t, 0, count)
	config.DIDs = []DID{{Number: "+15551230001", InboundRoute: route.Route, RouteTarget: route.Target}}
	if rapid.Bool().Draw(t, "hours") {
		config.DIDs[0].Schedule = "office"
	}
	if rapid.Bool().Draw(t, "default") {
		fallback := drawDestination(t, 0, count)
		config.DefaultDestination = &fallback
	}
	operator := oneTenant()
	operator.Tenants[0].MaxForwards = rapid.IntRange(1, 10).Draw(t, "most forwards")
	return Config{Operator: operator, Tenants: []TenantConfig{config}}
}

func drawGroup(t *rapid.T, count int) RingGroup {
	g := RingGroup{
		Name: "sales", Extension: "2000", Members: []GroupMember{{Number: "1000"}, {Number: "+15559990000"}},
		Exits: drawExits(t, RouteRingGroup, count, count),
	}
	if _, leads := g.Exits[ExitKey]; leads {
		g.ExitKey = "0"
	}
	return g
}

func drawOffice(t *rapid.T, count int) Schedule {
	s := Schedule{Name: "office", Schedules: []Window{{Days: allWeek, StartTime: "09:00", EndTime: "17:00"}}}
	for _, action := range []**Destination{&s.OpenAction, &s.AfterHoursAction, &s.Schedules[0].Destination} {
		if rapid.IntRange(0, 2).Draw(t, "action") > 0 {
			to := drawDestination(t, count+1, count)
			*action = &to
		}
	}
	return s
}

var allWeek = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// drawMenuOf gives a menu whose exits lead on and whose keys lead anywhere.
func drawMenuOf(t *rapid.T, name string, from, count int) Menu {
	return Menu{
		Name: name, Greeting: Prompt{Text: "Hello"}, Exits: drawExits(t, RouteIVR, from, count),
		Digits: map[string]Destination{
			"1": {RouteVoicemail, "1000"}, "2": drawDestination(t, 0, count), "*": {Route: RouteBack}, "#": {Route: RouteTop},
		},
	}
}

func drawExits(t *rapid.T, route Route, from, count int) Exits {
	exits := Exits{}
	for _, out := range exitOutcomes[route] {
		if rapid.IntRange(0, 2).Draw(t, "exit") == 0 {
			exits[out] = drawDestination(t, from, count)
		}
	}
	return exits
}

func drawForwards(t *rapid.T, i, count int) map[ForwardType]CallForward {
	forwards := map[ForwardType]CallForward{}
	for _, kind := range forwardTypesKnown {
		to := rapid.IntRange(0, count-1).Draw(t, "colleague")
		switch rapid.IntRange(0, 20).Draw(t, "forward") {
		case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
			if to != i && (kind != ForwardAlways || to > i) {
				forwards[kind] = CallForward{Number: fmt.Sprint(1000 + to)}
			}
		case 10:
			forwards[kind] = CallForward{Number: rapid.SampledFrom([]string{"mobile", "+15559990000", "loop", "1000"}).Draw(t, "number")}
		}
	}
	return forwards
}

// drawDestination seldom leads to an extension before from.
func drawDestination(t *rapid.T, from, count int) Destination {
	if rapid.IntRange(0, 60).Draw(t, "back") == 60 {
		from = 0
	}
	kind := rapid.IntRange(0, 12).Draw(t, "route")
	switch {
	case kind == 10 && from <= count:
		return Destination{RouteSchedule, "office"}
	case kind == 11 && from <= count+1:
		return Destination{RouteIVR, "first"}
	case kind == 12 && from <= count+2:
		return Destination{RouteIVR, "second"}
	case kind == 0 || kind > 4 && from >= count:
		return Destination{RouteVoicemail, "1000"}
	case kind == 1:
		return Destination{RouteHangup, "USER_BUSY"}
	case kind == 2:
		return Destination{RouteForward, rapid.SampledFrom([]string{"mobile", "+15559990000"}).Draw(t, "number")}
	case kind == 3 && from == 0:
		return Destination{RouteForward, rapid.SampledFrom([]string{"loop", "+15551230001"}).Draw(t, "own number")}
	case kind == 4 && from < count:
		return Destination{RouteRingGroup, "sales"}
	case from < count:
		return Destination{RouteExtension, fmt.Sprint(1000 + rapid.IntRange(from, count-1).Draw(t, "to"))}
	}
	return Destination{RouteVoicemail, "1000"}
}

func oneTenant() OperatorConfig {
	return OperatorConfig{
		DefaultCountry: "US",
		Trunks:         []Trunk{{Name: "main", Gateway: "carrier"}},
		Tenants: []TenantGrant{{
			ID: acmeID, Name: "acme", Domains: []string{"acme.test"}, Numbers: []string{"+15551230001", "+15551230002"},
			Trunks: []string{"main"}, Countries: []string{"US"},
		}},
	}
}

// A circle of extensions that always forward to each other is refused, and
// nothing else is.
func TestAlwaysInACircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(2, 8).Draw(t, "extensions")
		to := make([]int, count)
		config := TenantConfig{Tenant: "acme"}
		for i := range count {
			e := Extension{Extension: fmt.Sprint(1000 + i)}
			to[i] = rapid.IntRange(-1, count-1).Draw(t, "to")
			if to[i] >= 0 {
				e.Forward = map[ForwardType]CallForward{ForwardAlways: {Number: fmt.Sprint(1000 + to[i])}}
			}
			config.Extensions = append(config.Extensions, e)
		}
		circle := false
		for at := range count {
			for range count {
				if at >= 0 {
					at = to[at]
				}
			}
			circle = circle || at >= 0
		}
		if _, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}}); Refused(problems) != circle {
			t.Fatalf("a circle: %v; problems %v", circle, problems)
		}
	})
}
