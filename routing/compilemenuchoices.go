package routing

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// maxEntries is how many entries a menu maps.
const maxEntries = 200

var entryPattern = regexp.MustCompile(`^[0-9*#]{1,20}$`)

// menuRoutes lead from a menu to a menu, and need no target.
var menuRoutes = []Route{RouteBack, RouteTop, RouteRepeat}

// menuChoices reads what callers can choose in menus.
func (t *tenantCompiler) menuChoices() {
	inside := t.insideNumbers()
	for i, m := range t.config.IVRMenus {
		at := path{"ivrMenus", i}
		digits := t.digits(m, at.with("digits"))
		direct := inside.dialled(t, m, at.with("directDial"))
		if known, ok := t.plan.menus[m.Name]; ok && known.Digits == nil {
			known.Digits = digits
			known.entries = slices.Sorted(maps.Keys(digits))
			known.direct = direct
			t.menuEntries(known, at)
		}
	}
}

func (t *tenantCompiler) digits(m Menu, at path) map[string]Destination {
	if len(m.Digits) == 0 && m.DirectDial == nil {
		t.add(at, "nothing can be chosen", "map keys to destinations, or allow directDial")
	}
	if len(m.Digits) > maxEntries {
		t.add(at, fmt.Sprintf("more than %d entries", maxEntries), "directDial has room for all numbers inside")
	}
	digits := make(map[string]Destination, len(m.Digits))
	for _, keys := range slices.Sorted(maps.Keys(m.Digits)) {
		p := at.with(keys)
		if !entryPattern.MatchString(keys) {
			t.add(p, fmt.Sprintf("%q cannot be pressed", keys), "1 to 20 keys of 0-9, * and #")
			continue
		}
		if to, ok := t.choice(m.Digits[keys], p); ok {
			digits[keys] = to
		}
	}
	return digits
}

// choice checks where an entry of a menu leads.
func (t *tenantCompiler) choice(to Destination, at path) (Destination, bool) {
	if slices.Contains(menuRoutes, to.Route) {
		if to.Target != "" {
			t.add(at.with("target"), fmt.Sprintf("%s has no target", to.Route), fmt.Sprintf("to name a menu, use route %s", RouteIVR))
			return to, false
		}
		return to, true
	}
	known := append(slices.Clone(routes), menuRoutes...)
	switch {
	case to.Route == "":
		t.add(at.with("route"), "no route", anyOf(known))
		return to, false
	case to.Route != routeExternal && !slices.Contains(known, to.Route):
		t.add(at.with("route"), fmt.Sprintf("unknown route %q", to.Route), oneOf(to.Route, known))
		return to, false
	}
	return t.destination(to, at.with("route"), at.with("target"))
}

// menuEntries checks the entries of a menu against each other: their length, and
// that no number inside is hidden behind one.
func (t *tenantCompiler) menuEntries(m *menu, at path) {
	longest := 0
	for _, keys := range m.entries {
		longest = max(longest, len(keys))
		if m.MaxDigits > 0 && len(keys) > m.MaxDigits {
			t.add(at.with("digits", keys), fmt.Sprintf("longer than %d keys", m.MaxDigits), fmt.Sprintf("set maxDigits to %d or more", len(keys)))
		}
		t.shadowed(m, keys, at.with("digits", keys))
	}
	long := 0
	for number := range m.direct.all() {
		longest = max(longest, len(number))
		if m.MaxDigits > 0 && len(number) > m.MaxDigits {
			long++
		}
	}
	if long > 0 {
		t.add(at.with("directDial"), fmt.Sprintf("allows numbers longer than %d keys (%d of them)", m.MaxDigits, long),
			fmt.Sprintf("set maxDigits to %d or more, or deny %s", longest, patternOfLength(longest)))
	}
	if m.MaxDigits == 0 {
		m.MaxDigits = longest
	}
}

// shadowed looks for the numbers inside that an entry hides or begins.
func (t *tenantCompiler) shadowed(m *menu, keys string, at path) {
	if m.direct.has(keys) {
		t.add(at, fmt.Sprintf("the number %s, which directDial allows, has the same keys", keys),
			fmt.Sprintf("the number is in %s; deny it in directDial, or take another entry", t.numbers[keys]))
		return
	}
	if number, ok := m.direct.longer(keys); ok {
		t.warn(at, fmt.Sprintf("%s is also how %s begins, which directDial allows: it waits %d seconds for another key",
			keys, number, m.InterDigitSeconds), "take a key that no such number begins with")
	}
}
