package routing

// way is how a call goes on from a stop; a closed set.
type way uint8

const (
	byEnd way = iota // it does not
	byForward
	byExit
	byDefault // by the tenant's default destination
)

// Next gives where a call goes after the stop it was at ended with an outcome;
// false: the call ends. The order is a forward of the extension, then the exit,
// then the tenant's default destination, which a call is sent to only once, unless
// its caller chooses something in a menu meanwhile. Of a call that was forwarded,
// the exits of the extension that forwarded first count: its caller wanted it.
func (p *Plan) Next(at Stop, out Outcome) (Stop, bool) {
	next, by := p.next(at, out)
	return next, by != byEnd
}

// next is Next, and says by what the call goes on.
func (p *Plan) next(at Stop, out Outcome) (Stop, way) {
	switch out {
	case Answered, MessageLeft, Ended, CallerGone, LeftSession:
		return Stop{}, byEnd
	case NoAnswer, Busy, Unregistered, Failed, CallLimited, NobodyAvailable, ExitKey, Forwarded,
		NoInput, Invalid, TooManyTries, Open, Closed:
	case Chosen: // Plan.Choose says where it goes
		return Stop{}, byEnd
	default: // of a version to come: nobody knows what it means
		return Stop{}, byEnd
	}
	if at.Route == RouteExtension {
		if next, ok := p.forwardFrom(at, out); ok {
			return next, byForward
		}
	}
	to, by := p.exit(at, out)
	if by == byEnd {
		return Stop{}, byEnd
	}
	return Stop{Destination: to, Forwards: at.Forwards}, by
}

func (p *Plan) exit(at Stop, out Outcome) (Destination, way) {
	owner, outcomes := at.exits(out)
	exits := p.exitsAt(owner)
	for _, o := range outcomes {
		if next, ok := exits[o]; ok {
			return next, byExit
		}
	}
	switch owner.Route {
	case RouteVoicemail, RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
		return Destination{}, byEnd
	case RouteExtension, RouteForward, RouteRingGroup, RouteIVR, RouteSchedule:
	}
	if p.fallback.IsZero() || p.afterFallback[p.canonical(owner)] {
		return Destination{}, byEnd
	}
	return p.fallback, byDefault
}

// exits gives whose exits count at a stop, and which of them, first one first.
// A forward that failed in its own way leaves by that, else by what made the
// extension forward, else as not answered: nobody did.
func (s Stop) exits(out Outcome) (Destination, []Outcome) {
	if s.Forward == nil {
		return s.Destination, exitsFor(s.Route, out)
	}
	owner := Destination{Route: RouteExtension, Target: s.Forward.Path[0]}
	outcomes := exitsFor(RouteExtension, out)
	outcomes = append(outcomes, exitsFor(RouteExtension, s.Forward.Outcome)...)
	return owner, append(outcomes, NoAnswer)
}

func (p *Plan) exitsAt(at Destination) Exits {
	switch at.Route {
	case RouteExtension:
		if e, ok := p.extensions[at.Target]; ok {
			return e.Exits
		}
	case RouteForward:
		if f, ok := p.forwards[at.Target]; ok {
			return f.exits
		}
	case RouteRingGroup:
		if g, ok := p.ringGroups[at.Target]; ok {
			return g.Exits
		}
	case RouteIVR:
		if m, ok := p.menus[at.Target]; ok {
			return m.Exits
		}
	case RouteVoicemail, RouteHangup, RouteSchedule, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
	return nil
}

// canonical gives a destination in the spelling the plan uses.
func (p *Plan) canonical(at Destination) Destination {
	switch at.Route {
	case RouteExtension, RouteVoicemail:
		if e, ok := p.extensions[at.Target]; ok {
			at.Target = e.Extension
		}
	case RouteForward:
		if f, ok := p.forwards[at.Target]; ok {
			at.Target = f.name
		}
	case RouteRingGroup:
		if g, ok := p.ringGroups[at.Target]; ok {
			at.Target = g.Name
		}
	case RouteIVR:
		if m, ok := p.menus[at.Target]; ok {
			at.Target = m.Name
		}
	case RouteSchedule:
		if s, ok := p.schedules[at.Target]; ok {
			at.Target = s.Name
		}
	case RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
	return at
}
