package routing

import "slices"

// Choose gives the stop a choice in the menu at a stop leads to, which is what
// Enter gave. back and top without a menu before lead to the same menu again.
//
// From menu to menu the way the caller came is kept, which back and top go by;
// it goes through no menu twice, so that a caller who goes round does not make
// it longer. Whatever is no menu and no schedule forgets it.
func (p *Plan) Choose(at Stop, to Destination) Stop {
	if to.IsZero() {
		return Stop{}
	}
	at.Destination = p.canonical(at.Destination)
	if at.Route != RouteIVR {
		return Stop{Destination: p.canonical(to), Forwards: at.Forwards}
	}
	switch to.Route {
	case RouteRepeat:
		return at
	case RouteBack:
		if n := len(at.Menus); n > 0 {
			return at.chosen(Destination{RouteIVR, at.Menus[n-1]})
		}
		return at
	case RouteTop:
		if len(at.Menus) > 0 {
			return at.chosen(Destination{RouteIVR, at.Menus[0]})
		}
		return at
	case RouteExtension, RouteForward, RouteRingGroup, RouteIVR, RouteSchedule, RouteVoicemail, RouteHangup, RouteOverride:
	}
	return at.chosen(p.canonical(to))
}

// chosen is the stop a caller leaves a menu for. Exits of an extension that
// forwarded the call there do not count any more: the caller wants something
// else.
func (s Stop) chosen(to Destination) Stop {
	switch to.Route {
	case RouteIVR, RouteSchedule:
	case RouteExtension, RouteForward, RouteRingGroup, RouteVoicemail, RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
		return Stop{Destination: to, Forwards: s.Forwards}
	}
	if to == s.Destination {
		return s
	}
	through := append(menusTo(s.Menus, s.Target), s.Target)
	next := Stop{Destination: to, Forwards: s.Forwards, Menus: through}
	if to.Route == RouteIVR {
		next.Menus = menusTo(through, to.Target)
	}
	return next
}

// menusTo gives the menus a caller came through to one: if it is among them,
// those before it, else all. It is a copy.
func menusTo(menus []string, menu string) []string {
	if i := slices.Index(menus, menu); i >= 0 {
		menus = menus[:i]
	}
	return slices.Clone(menus)
}
