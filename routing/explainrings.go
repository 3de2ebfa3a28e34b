package routing

// rings gives whom a destination rings; nil if that is nobody but what it is
// called by.
func (x *explainer) rings(at Destination) *Rings {
	switch at.Route {
	case RouteRingGroup:
		g := x.plan.ringGroups[at.Target]
		return &Rings{Strategy: g.Strategy, Members: g.members, Skipped: x.skipped(g.members, groupAsk(g))}
	case RouteExtension:
		beside := x.plan.FollowMe(at.Target)
		skipped := x.skipped([]Member{{To: at}}, Ask{IgnoreForwards: true})
		if len(skipped) > 0 {
			return &Rings{Skipped: skipped} // nor does anything beside it
		}
		if len(beside) > 0 {
			return &Rings{Members: beside, Skipped: x.skipped(beside, Ask{})}
		}
	case RouteForward, RouteIVR, RouteSchedule, RouteVoicemail, RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
	return nil
}

// groupAsk is what a ring group wants to know of its members.
func groupAsk(g *ringGroup) Ask {
	return Ask{SkipOnCall: enabled(g.SkipBusy), IgnoreForwards: !enabled(g.MemberForwards)}
}

// skipped gives the extensions among some that do not ring.
func (x *explainer) skipped(members []Member, ask Ask) []Skipped {
	var skipped []Skipped
	for _, m := range members {
		if m.To.Route != RouteExtension {
			continue
		}
		if el := x.eligible(m.To.Target, ask); el.Reason != "" {
			skipped = append(skipped, Skipped{Extension: m.To.Target, Reason: el.Reason, Forward: el.Forward})
		}
	}
	return skipped
}

// nobody tells that a ring group has no member that rings, nor one whose forward
// rings somebody else.
func (x *explainer) nobody(g *ringGroup) bool {
	skipped := x.skipped(g.members, groupAsk(g))
	for _, s := range skipped {
		if s.Forward != "" && enabled(g.MemberForwards) {
			return false
		}
	}
	return len(skipped) == len(g.members)
}

// eligible asks whether an extension rings, with what is known of its phones.
func (x *explainer) eligible(extension string, ask Ask) Eligibility {
	ask.Caller = x.caller
	if x.live != nil {
		ask.Phone = x.live.Phone(x.plan.grant.ID, x.plan.Domain(), extension)
	}
	return x.plan.Eligible(extension, ask)
}
