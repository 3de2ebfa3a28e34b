package routing

// Next gives where a call goes after the destination it was at ended with an
// outcome; false: the call ends. The order is the destination's own exit, then
// the tenant's default destination, which a call is sent to only once.
func (p *Plan) Next(at Destination, out Outcome) (Destination, bool) {
	switch out {
	case Answered, MessageLeft, Ended, CallerGone, LeftSession:
		return Destination{}, false
	case NoAnswer, Busy, Unregistered, Failed:
		return p.exit(at, out)
	}
	return Destination{}, false
}

func (p *Plan) exit(at Destination, out Outcome) (Destination, bool) {
	if next, ok := p.exitsAt(at)[out]; ok {
		return next, true
	}
	switch at.Route {
	case RouteVoicemail, RouteHangup:
		return Destination{}, false
	case RouteExtension, RouteForward:
	}
	if p.fallback.IsZero() || p.afterFallback[p.canonical(at)] {
		return Destination{}, false
	}
	return p.fallback, true
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
	case RouteVoicemail, RouteHangup:
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
	case RouteHangup:
	}
	return at
}
