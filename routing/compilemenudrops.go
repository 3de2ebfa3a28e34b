package routing

import "strings"

// menuDrops warns of menus that hang up on callers who choose nothing, once it is
// known what the default destination leads to.
func (t *tenantCompiler) menuDrops() {
	for i, m := range t.config.IVRMenus {
		known, ok := t.plan.menus[m.Name]
		at := Destination{RouteIVR, m.Name}
		if !ok || known.Name != m.Name || !t.plan.fallback.IsZero() && !t.plan.afterFallback[at] {
			continue
		}
		var dropped []string
		for _, out := range []Outcome{NoInput, Invalid, TooManyTries} {
			if !m.leaves(out) {
				dropped = append(dropped, string(out))
			}
		}
		if len(dropped) > 0 {
			t.warn(path{"ivrMenus", i, "exits"}, "callers are hung up on after "+strings.Join(dropped, ", "), "an exit for one of them, or a defaultDestination")
		}
	}
}

// leaves tells whether an outcome has an exit, as it is written: one that is a
// mistake is meant to lead somewhere.
func (m Menu) leaves(out Outcome) bool {
	for _, exit := range menuExitsFor(out) {
		if _, ok := m.Exits[exit]; ok {
			return true
		}
	}
	return false
}
