package routing

import "slices"

// Stop is where a call is: a destination, and the forward that brought it
// there, if one did.
type Stop struct {
	Destination
	Forward *Forwarding
	// Forwards is how many forwards the call went through so far, those before
	// its last exit included.
	Forwards int
	// Menus are those the caller came through to a menu, the first one first.
	Menus []string
	// Open is where the call goes if the schedule it is at is open: the route of
	// the number that was called. Zero: where the schedule says.
	Open Destination
}

// Forwarding is how an extension's forward treats a call.
type Forwarding struct {
	Type        ForwardType
	RingSeconds int  // 0: the target's own
	Confirm     bool // who answers presses 1 to accept
	// Path are the extensions that forwarded the call, in order; the exits of
	// the first one count in the end.
	Path []string
	// Outcome is how the first one ended before it forwarded.
	Outcome Outcome
}

// By is the extension that forwarded the call last.
func (f *Forwarding) By() string { return f.Path[len(f.Path)-1] }

// forwardTypes gives the forwards of an extension that an outcome takes, in
// order. An exit that is configured for the outcome itself comes before the
// forward that stands in for it.
func forwardTypes(e *Extension, out Outcome) []ForwardType {
	_, exit := e.Exits[out]
	switch {
	case out == Forwarded:
		return []ForwardType{ForwardAlways}
	case out == NoAnswer:
		return []ForwardType{ForwardNoAnswer}
	case out == Busy:
		return []ForwardType{ForwardBusy}
	case out == CallLimited && !exit:
		return []ForwardType{ForwardBusy}
	case out == Unregistered && exit:
		return []ForwardType{ForwardUnregistered}
	case out == Unregistered:
		return []ForwardType{ForwardUnregistered, ForwardNoAnswer}
	}
	return nil
}

// forwardFrom gives where a forward of the extension at a stop sends its call.
// A call goes through no extension's forwards twice, and through no more
// forwards than its tenant may use.
func (p *Plan) forwardFrom(at Stop, out Outcome) (Stop, bool) {
	e, ok := p.extensions[at.Target]
	if !ok {
		return Stop{}, false
	}
	for _, t := range forwardTypes(e, out) {
		f, ok := p.ForwardOf(e.Extension, t)
		if !ok {
			continue
		}
		next := at.passedOn(e.Extension, out)
		next.Destination = f.To
		next.Forward.Type, next.Forward.RingSeconds, next.Forward.Confirm = t, f.RingSeconds, f.Confirm
		return next, p.mayForward(next)
	}
	return Stop{}, false
}

// passedOn is a stop, its destination still to be set, to which the call leaves
// this one by a forward of an extension.
func (s Stop) passedOn(by string, out Outcome) Stop {
	next := Stop{Forward: &Forwarding{Path: []string{by}, Outcome: out}, Forwards: s.Forwards + 1}
	if s.Forward != nil {
		next.Forward.Path = append(slices.Clone(s.Forward.Path), by)
		next.Forward.Outcome = s.Forward.Outcome
	}
	return next
}

// mayForward tells whether a call may go on to a stop it is forwarded to.
func (p *Plan) mayForward(to Stop) bool {
	if to.Forwards > p.grant.MaxForwards {
		return false
	}
	return to.Route != RouteExtension || !slices.Contains(to.Forward.Path, to.Target)
}
