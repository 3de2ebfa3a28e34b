package routing

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Menus are refused if there is one that no caller gets out of, or one whose keys
// all lead to it: as one finds who walks through them by every key. Where there
// is back and top, Compile does not know which way a caller came, and refuses
// less than that, but never more.
func TestMenusNobodyGetsOutOf(t *testing.T) {
	refused, accepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		returns := rapid.Bool().Draw(t, "back and top")
		config := drawMenus(t, returns)
		directory, problems := Compile(Config{Operator: oneTenant(), Tenants: []TenantConfig{config}})
		if directory == nil {
			refused++
		} else {
			accepted++
		}
		if want := trapped(config.IVRMenus); !returns && want != (directory == nil) || !want && directory == nil {
			t.Fatalf("trapped: %v; problems %v", want, problems)
		}
	})
	if refused == 0 || accepted == 0 {
		t.Errorf("%d refused, %d accepted", refused, accepted)
	}
}

func drawMenus(t *rapid.T, returns bool) TenantConfig {
	config := TenantConfig{Tenant: "acme", Extensions: []Extension{{Extension: "1001"}}}
	count := rapid.IntRange(1, 4).Draw(t, "menus")
	for i := range count {
		m := Menu{Name: fmt.Sprint("m", i), Greeting: Prompt{Text: "Hello"}, Digits: map[string]Destination{}}
		for key := range rapid.IntRange(1, 3).Draw(t, "keys") {
			to := Destination{RouteIVR, fmt.Sprint("m", rapid.IntRange(0, count-1).Draw(t, "to"))}
			switch kind := rapid.IntRange(0, 9).Draw(t, "route"); {
			case kind == 0:
				to = Destination{RouteVoicemail, "1001"}
			case kind == 1:
				to = Destination{Route: RouteRepeat}
			case kind <= 3 && returns:
				to = Destination{Route: RouteBack}
			case kind <= 5 && returns:
				to = Destination{Route: RouteTop}
			}
			m.Digits[fmt.Sprint(key)] = to
		}
		if rapid.IntRange(0, 9).Draw(t, "exit") == 0 {
			m.Exits = Exits{NoInput: {RouteVoicemail, "1001"}}
		}
		config.IVRMenus = append(config.IVRMenus, m)
	}
	return config
}

// trapped walks from every menu, by every key, over every way it can come.
func trapped(menus []Menu) bool {
	plan := &Plan{menus: map[string]*menu{}}
	for _, m := range menus {
		plan.addMenu(&menu{Menu: m})
	}
	next := map[string][]string{} // states
	stops := map[string]Stop{}
	queue := []Stop{}
	for _, m := range menus {
		queue = append(queue, menuStop(m.Name))
	}
	out := map[string]bool{}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		state := stopText(at)
		if _, known := stops[state]; known {
			continue
		}
		stops[state] = at
		out[state] = len(plan.menus[at.Target].Exits) > 0
		for _, to := range plan.menus[at.Target].Digits {
			stop := plan.Choose(at, to)
			if stop.Route != RouteIVR {
				out[state] = true
				continue
			}
			next[state] = append(next[state], stopText(stop))
			queue = append(queue, stop)
		}
	}
	for range stops { // each round finds at least one more, or there is none
		for state := range stops {
			out[state] = out[state] || slices.ContainsFunc(next[state], func(s string) bool { return out[s] })
		}
	}
	free, elsewhere := map[string]bool{}, map[string]bool{}
	for state, at := range stops {
		free[at.Target] = free[at.Target] || out[state]
		leaves := slices.ContainsFunc(slices.Collect(maps.Values(plan.menus[at.Target].Digits)), func(to Destination) bool {
			return plan.Choose(at, to).Destination != at.Destination
		})
		elsewhere[at.Target] = elsewhere[at.Target] || leaves
	}
	return slices.ContainsFunc(menus, func(m Menu) bool { return !free[m.Name] || !elsewhere[m.Name] })
}
