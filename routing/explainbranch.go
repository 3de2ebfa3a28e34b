package routing

// explainer follows a call from stop to stop by the code that calls go by.
type explainer struct {
	plan *Plan
	left int // branches that may still be shown
}

// branches gives what follows a stop, outcomes with the same end together.
func (x *explainer) branches(at Stop, depth int) []Branch {
	var branches []Branch
	var stops []Stop
	for _, outcome := range x.plan.shownOutcomes(at) {
		stop, by := x.plan.next(at, outcome)
		branch := x.plan.branch(stop, by)
		if i := sameEnd(branches, branch); i >= 0 {
			branches[i].Outcomes = append(branches[i].Outcomes, outcome)
			continue
		}
		branch.Outcomes = []Outcome{outcome}
		branches, stops = append(branches, branch), append(stops, stop)
	}
	if len(branches) == 1 && branches[0].Ends {
		return nil
	}
	x.left -= len(branches)
	for i := range branches {
		b := &branches[i]
		switch {
		case b.Ends || len(x.plan.shownOutcomes(stops[i])) == 0:
		case depth <= 1 || x.left <= 0:
			b.More = true
		default:
			b.Next = x.branches(stops[i], depth-1)
		}
	}
	return branches
}

// shownOutcomes are the outcomes a stop can have that lead somewhere, those
// that its configuration rules out left out.
func (p *Plan) shownOutcomes(at Stop) []Outcome {
	switch at.Route {
	case RouteExtension:
		e := p.extensions[at.Target]
		if p.hasForward(e, ForwardAlways) {
			return []Outcome{Forwarded}
		}
		if e.DoNotDisturb {
			return []Outcome{Busy}
		}
		return without(exitOutcomes[at.Route], CallLimited, e.CallLimit == 0)
	case RouteRingGroup:
		g := p.ringGroups[at.Target]
		return without(without(exitOutcomes[at.Route], CallLimited, g.CallLimit == 0), ExitKey, g.ExitKey == "")
	case RouteForward:
		return exitOutcomes[at.Route]
	case RouteVoicemail, RouteHangup:
	}
	return nil
}

func without(outcomes []Outcome, one Outcome, leaveOut bool) []Outcome {
	kept := make([]Outcome, 0, len(outcomes))
	for _, o := range outcomes {
		if o != one || !leaveOut {
			kept = append(kept, o)
		}
	}
	return kept
}

func (p *Plan) branch(to Stop, by way) Branch {
	b := Branch{Destination: to.Destination, Rings: p.rings(to.Destination), Ends: by == byEnd, Default: by == byDefault}
	if by == byForward {
		b.Forward, b.ForwardedBy = to.Forward.Type, to.Forward.By()
	}
	return b
}

func sameEnd(branches []Branch, b Branch) int {
	for i, other := range branches {
		if other.Destination == b.Destination && other.Ends == b.Ends && other.Default == b.Default && other.Forward == b.Forward {
			return i
		}
	}
	return -1
}

// rings gives whom a destination rings by configuration; nil if that is nobody
// but what it is called by.
func (p *Plan) rings(at Destination) *Rings {
	switch at.Route {
	case RouteRingGroup:
		g := p.ringGroups[at.Target]
		return &Rings{Strategy: g.Strategy, Members: g.members, Skipped: p.skipped(g.members, !enabled(g.MemberForwards))}
	case RouteExtension:
		beside := p.FollowMe(at.Target)
		skipped := p.skipped([]Member{{To: at}}, true)
		if len(skipped) > 0 {
			return &Rings{Skipped: skipped} // nor does anything beside it
		}
		if len(beside) > 0 {
			return &Rings{Members: beside, Skipped: p.skipped(beside, false)}
		}
	case RouteForward, RouteVoicemail, RouteHangup:
	}
	return nil
}

// skipped gives the extensions among some that do not ring, whatever their
// phones do.
func (p *Plan) skipped(members []Member, ignoreForwards bool) []Skipped {
	var skipped []Skipped
	for _, m := range members {
		if m.To.Route != RouteExtension {
			continue
		}
		if el := p.Eligible(m.To.Target, Ask{IgnoreForwards: ignoreForwards}); el.Reason != "" {
			skipped = append(skipped, Skipped{Extension: m.To.Target, Reason: el.Reason, Forward: el.Forward})
		}
	}
	return skipped
}
