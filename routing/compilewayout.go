package routing

import "strings"

// wayOuts warns of destinations that hang up on callers because nothing follows:
// no exit, no default destination. Only those count that calls come to by a
// number, a rule or a key: who dials a colleague's number hears that nobody
// answers, and knows what to do. Busy is left out for the same reason: a caller
// hears it, and it is often what is meant. What follows a number outside that has
// no name of its own is that number's affair.
func (t *tenantCompiler) wayOuts() {
	calls := t.newReach(false)
	calls.calls(false)
	found := calls.follow()
	own := t.ownNumbers()
	w := wayOuts{t: t}
	for i, e := range t.config.Extensions {
		if at := (Destination{RouteExtension, e.Extension}); found[at] {
			w.look(at, e.Extension, path{"extensions", i, "exits"})
		}
	}
	w.warn("extension")
	for i, f := range t.config.Forwards {
		if at := (Destination{RouteForward, f.Name}); found[at] && !own[t.numberOf(at)] {
			w.look(at, f.Name, path{"forwards", i, "exits"})
		}
	}
	w.warn("forward")
	for i, g := range t.config.RingGroups {
		if at := (Destination{RouteRingGroup, g.Name}); found[at] {
			w.look(at, g.Name, path{"ringGroups", i, "exits"})
		}
	}
	w.warn("ring group")
	t.menuDrops(found)
}

// wayOuts collects the destinations of one kind that hang up on callers.
type wayOuts struct {
	t *tenantCompiler
	// By what of it has no exit: nobody answers (and no phone registered,
	// perhaps), or only that no phone is registered.
	unanswered, unregistered []named
	behindDefault            bool // the default destination leads to some of them
	also                     bool // some of unanswered end when no phone is registered, too
}

// look notes a destination that calls come to, if it ends them.
func (w *wayOuts) look(at Destination, name string, where path) {
	unanswered := w.t.plan.endsAfter(at, NoAnswer)
	unregistered := at.Route == RouteExtension && w.t.plan.needsPhones(at.Target) && w.t.plan.endsAfter(at, Unregistered)
	switch {
	case unanswered:
		w.unanswered = append(w.unanswered, named{name, where})
		w.also = w.also || unregistered
	case unregistered:
		w.unregistered = append(w.unregistered, named{name, where})
	default:
		return
	}
	w.behindDefault = w.behindDefault || w.t.plan.afterFallback[at]
}

// needsPhones tells that an extension's calls depend on its phones: nobody rings
// beside them, and it does not forward all its calls.
func (p *Plan) needsPhones(extension string) bool {
	return len(p.lines[extension].followMe) == 0 && !p.alwaysForwarded(extension)
}

// endsAfter tells whether a call ends when a destination ends with an outcome:
// neither an exit nor the default destination follows, nor does either when
// whom it was forwarded to does not answer.
func (p *Plan) endsAfter(at Destination, out Outcome) bool {
	if !p.fallback.IsZero() && !p.afterFallback[at] {
		return false
	}
	stop := Stop{Destination: at}
	if at.Route == RouteExtension && p.alwaysForwarded(at.Target) {
		out = Forwarded
	}
	next, by := p.next(stop, out)
	if by == byForward {
		_, by = p.exit(next, NoAnswer)
	}
	return by == byEnd
}

func (p *Plan) alwaysForwarded(extension string) bool {
	_, ok := p.ForwardOf(extension, ForwardAlways)
	return ok
}

// warn gives the warnings of a kind and begins the next one.
func (w *wayOuts) warn(kind string) {
	exits := "an exit for no-answer"
	if w.also {
		exits = "exits for no-answer and unregistered"
	}
	w.t.warnOf(kind, w.unanswered, func(what string, _ bool) (string, string) {
		return "a caller whom nobody answers at " + what + " is hung up on", w.hint(exits)
	})
	w.t.warnOf(kind, w.unregistered, func(what string, _ bool) (string, string) {
		return "a caller is hung up on while no phone of " + what + " is registered", w.hint("an exit for unregistered")
	})
	*w = wayOuts{t: w.t}
}

// hint says what would be a way out.
func (w *wayOuts) hint(exits string) string {
	switch {
	case w.t.plan.fallback.IsZero():
		return exits + ", or a defaultDestination"
	case w.behindDefault:
		return exits + "; the defaultDestination, which leads here itself, does not follow"
	default:
		return exits
	}
}

// ownNumbers are those that come back as new calls, which their routes take.
func (t *tenantCompiler) ownNumbers() map[string]bool {
	own := make(map[string]bool, len(t.plan.numbers))
	for _, number := range t.plan.numbers {
		own[number] = true
	}
	return own
}

// menuDrops warns of menus that hang up on callers who choose nothing, of those
// that calls come to.
func (t *tenantCompiler) menuDrops(found map[Destination]bool) {
	for i, m := range t.config.IVRMenus {
		at := Destination{RouteIVR, m.Name}
		if !found[at] {
			continue
		}
		var dropped []string
		for _, out := range []Outcome{NoInput, Invalid, TooManyTries} {
			if t.plan.endsAfter(at, out) {
				dropped = append(dropped, string(out))
			}
		}
		if len(dropped) > 0 {
			t.warn(path{"ivrMenus", i, "exits"}, "callers are hung up on after "+strings.Join(dropped, ", "), "an exit for one of them, or a defaultDestination")
		}
	}
}
