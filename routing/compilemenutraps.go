package routing

import (
	"maps"
	"strings"
)

// report names menus that lead only to themselves, and then what cannot be left
// either, each set of them once, at the first of its menus.
func (w *wayOut) report() {
	covered := map[Destination]bool{}
	var rest []string
	for _, m := range w.t.config.IVRMenus {
		place, ok := w.places[m.Name]
		at := Destination{RouteIVR, m.Name}
		switch {
		case !ok || covered[at]:
		case w.onlyItself(w.t.plan.menus[m.Name]):
			covered[at] = true
			w.t.add(place, "leads only to itself", "let a key lead elsewhere")
		case !w.out[standpoint{at, fromThere}]:
			rest = append(rest, m.Name)
		}
	}
	for _, name := range rest {
		set := map[Destination]bool{}
		if w.reach(Destination{RouteIVR, name}, set, covered) {
			w.t.add(w.places[name], "no caller gets out of "+namesOf(set), "let a key lead elsewhere, or an exit")
		}
		maps.Copy(covered, set)
	}
}

// onlyItself tells whether whatever a caller presses leads to the same menu.
// Exits do not count: they are for callers who press nothing, or the wrong
// thing.
func (w *wayOut) onlyItself(m *menu) bool {
	at := Destination{RouteIVR, m.Name}
	if w.broken(m) {
		return false
	}
	for _, to := range m.Digits {
		switch {
		case to.Route == RouteRepeat, to == at:
		case (to.Route == RouteBack || to.Route == RouteTop) && !w.called[at]:
		default:
			return false
		}
	}
	for number := range m.direct.all() {
		if number != m.Extension {
			return false
		}
	}
	return true
}

// broken tells whether some of a menu's choices were refused already, or all.
func (w *wayOut) broken(m *menu) bool {
	i, ok := w.places[m.Name][1].(int)
	return ok && len(m.Digits) < len(w.t.config.IVRMenus[i].Digits) || len(m.Digits) == 0 && m.direct.empty()
}

// reach collects what can be reached from a place; false: some of that was named
// before, and the rest is only its consequence.
func (w *wayOut) reach(at Destination, known, covered map[Destination]bool) bool {
	if covered[at] {
		return false
	}
	if known[at] {
		return true
	}
	known[at] = true
	news := true
	for _, to := range w.leads[at] {
		news = w.reach(to, known, covered) && news
	}
	return news
}

func namesOf(set map[Destination]bool) string {
	names := make([]string, 0, len(set))
	for _, d := range sortedDestinations(set) {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}
