package routing

import (
	"slices"
	"time"
)

// explainer follows a call from stop to stop by the code that calls go by.
type explainer struct {
	plan   *Plan
	now    time.Time
	live   Live          // nil: who can be rung is said by the configuration alone
	caller string        // the extension that calls, "" for a call from outside
	left   int           // branches that may still be shown
	path   []Destination // from the first destination to the one that is looked at
}

// shown is a branch and the stop it leads to.
type shown struct {
	Branch
	stop Stop
}

// branches gives what follows a stop, what has the same end together.
func (x *explainer) branches(at Stop, depth int) []Branch {
	ways := x.ways(at)
	if len(ways) == 1 && ways[0].Ends {
		return nil
	}
	x.left -= len(ways)
	x.path = append(x.path, at.Destination)
	branches := make([]Branch, len(ways))
	for i, w := range ways {
		branches[i] = x.followed(w, depth)
	}
	x.path = x.path[:len(x.path)-1]
	return branches
}

// followed gives a branch with what follows it, unless that was shown on the way
// here: menus may lead back.
func (x *explainer) followed(w shown, depth int) Branch {
	b := w.Branch
	switch {
	case b.Ends || b.Choice != "" || b.Direct != nil || !x.followable(w.stop):
	case depth <= 1 || x.left <= 0 || slices.Contains(x.path, w.stop.Destination) && isWay(w.stop.Route):
		b.More = true
	default:
		b.Next = x.branches(w.stop, depth-1)
	}
	return b
}

// isWay tells whether a route only leads to others.
func isWay(r Route) bool { return r == RouteIVR || r == RouteSchedule }

// followable tells whether anything follows a stop.
func (x *explainer) followable(at Stop) bool {
	return at.Route == RouteSchedule || len(x.outcomes(at)) > 0
}

// ways gives where a call can go from a stop: by keys, by hours, by outcomes.
func (x *explainer) ways(at Stop) []shown {
	switch at.Route {
	case RouteSchedule:
		return x.hours(at)
	case RouteIVR:
		return append(x.choices(at), x.exits(at)...)
	case RouteExtension, RouteForward, RouteRingGroup, RouteVoicemail, RouteHangup, RouteOverride, RouteBack, RouteTop, RouteRepeat:
	}
	return x.exits(at)
}

func (x *explainer) exits(at Stop) []shown {
	var ways []shown
	for _, outcome := range x.outcomes(at) {
		stop, by := x.plan.next(at, outcome)
		branch := x.branch(stop, by)
		if i := sameEnd(ways, branch); i >= 0 {
			ways[i].Outcomes = append(ways[i].Outcomes, outcome)
			continue
		}
		branch.Outcomes = []Outcome{outcome}
		ways = append(ways, shown{branch, stop})
	}
	return ways
}

// outcomes are those a stop can have that lead somewhere, without those that its
// configuration and what is known of its phones rule out.
func (x *explainer) outcomes(at Stop) []Outcome {
	switch at.Route {
	case RouteExtension:
		if el := x.eligible(at.Target, Ask{}); el.Reason != "" {
			return []Outcome{el.Outcome}
		}
		return without(exitOutcomes[at.Route], CallLimited, x.plan.extensions[at.Target].CallLimit == 0)
	case RouteRingGroup:
		g := x.plan.ringGroups[at.Target]
		if x.nobody(g) {
			return []Outcome{NobodyAvailable}
		}
		return without(without(exitOutcomes[at.Route], CallLimited, g.CallLimit == 0), ExitKey, g.ExitKey == "")
	case RouteForward, RouteIVR:
		return exitOutcomes[at.Route]
	case RouteVoicemail, RouteHangup, RouteSchedule, RouteOverride, RouteBack, RouteTop, RouteRepeat:
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

func (x *explainer) branch(to Stop, by way) Branch {
	b := Branch{Destination: to.Destination, Rings: x.rings(to.Destination), Ends: by == byEnd, Default: by == byDefault}
	if by == byForward {
		b.Forward, b.ForwardedBy = to.Forward.Type, to.Forward.By()
	}
	return b
}

func sameEnd(ways []shown, b Branch) int {
	return slices.IndexFunc(ways, func(other shown) bool {
		return other.Destination == b.Destination && other.Ends == b.Ends && other.Default == b.Default && other.Forward == b.Forward &&
			other.Choice == b.Choice
	})
}
