package handlers

import (
	"context"
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// together rings all members that may be rung at once.
func (g *groupCall) together(ctx context.Context, members []routing.Member, round int) (Result, bool) {
	ring := seconds(g.group.RingSeconds) / time.Duration(g.group.Rounds)
	ring = atMost(ring, g.left())
	var callees []callee
	for _, m := range members {
		if who, ok := g.invite(ctx, m, round, callees); ok {
			callees = append(callees, who)
		}
	}
	if len(callees) == 0 {
		return Result{}, false
	}
	return g.ring(ctx, ring, callees)
}

// inTurn rings one member after the other. Whether one may be rung is asked
// when its turn has come.
func (g *groupCall) inTurn(ctx context.Context, members []routing.Member, round int) (Result, bool) {
	for _, m := range members {
		left := g.left()
		if left < time.Second {
			return Result{}, false
		}
		who, ok := g.invite(ctx, m, round, nil)
		if !ok {
			continue
		}
		ring := atMost(who.leg.Ring, left)
		who.leg.Ring, who.leg.Delay = 0, 0
		if result, over := g.ring(ctx, ring, []callee{who}); over {
			return result, true
		}
	}
	return Result{}, false
}

// ring rings some; over: the group has nothing more to do with the call.
func (g *groupCall) ring(ctx context.Context, ring time.Duration, callees []callee) (result Result, over bool) {
	// One alone stops nobody by rejecting, and FreeSWITCH would say of it only
	// that it did not answer.
	stops := g.group.StopOnReject && len(callees) > 1
	b := dialplan.Bridge{Ring: ring, StopOnReject: stops, ExitKey: g.group.ExitKey != ""}
	if tone, err := dialplan.ParseRingTone(g.group.DistinctiveRing); err == nil {
		b.Distinctive = tone
	}
	result = g.call.ring(ctx, b, callees)
	g.attempts = append(g.attempts, result.Attempts...)
	rejected := g.count(result.Attempts)
	switch result.Outcome {
	case routing.Answered, routing.CallerGone, routing.LeftSession, routing.ExitKey, routing.MessageLeft, routing.Ended,
		routing.Chosen, routing.NoInput, routing.Invalid, routing.TooManyTries, routing.Open, routing.Closed:
		return result, true
	case routing.NoAnswer, routing.Busy, routing.Unregistered, routing.Failed, routing.CallLimited, routing.NobodyAvailable, routing.Forwarded:
	}
	if rejected && g.group.StopOnReject {
		return Result{Outcome: routing.Busy, Cause: dialplan.UserBusy}, true
	}
	return result, false
}

// count notes how many of those just rung were there, and tells whether one of
// them rejected the call.
func (g *groupCall) count(attempts []Attempt) (rejected bool) {
	for _, a := range attempts {
		if a.Outcome == routing.Unregistered || a.Outcome == routing.Failed {
			continue
		}
		g.rung++
		if a.Outcome == routing.Busy {
			g.refused++
			rejected = true
		}
	}
	return rejected
}

// invite makes somebody to ring of a member: its phones, or where its forward
// sends its calls. Whoever is passed over is noted with the reason; whoever
// rings already, beside it, because several lead there, rings once.
func (g *groupCall) invite(ctx context.Context, m routing.Member, round int, beside []callee) (callee, bool) {
	if g.rings(m, beside) {
		return callee{}, false
	}
	c := candidate{
		Member: m, skipOnCall: *g.group.SkipBusy, ownForwards: *g.group.MemberForwards, round: round, why: dialplan.DivertedUnknown,
	}
	who, el := g.call.invite(ctx, c)
	if el.Reason == "" {
		return who, true
	}
	g.attempts = append(g.attempts, who.attempt)
	if !c.ownForwards || el.Forward == "" {
		return callee{}, false
	}
	to, ok := g.call.Plan.ForwardOf(m.To.Target, el.Forward)
	if !ok || g.rings(to, beside) {
		return callee{}, false
	}
	to.DelaySeconds = m.DelaySeconds
	if to.RingSeconds == 0 {
		to.RingSeconds = m.RingSeconds
	}
	to.Confirm = to.Confirm || m.Confirm
	who, el = g.call.invite(ctx, candidate{
		Member: to, forExtension: m.To.Target, skipOnCall: c.skipOnCall, round: round, why: diversionReason(el.Forward),
	})
	if el.Reason != "" {
		g.attempts = append(g.attempts, who.attempt)
		return callee{}, false
	}
	return who, true
}

func (g *groupCall) rings(m routing.Member, callees []callee) bool {
	number := m.To.Target
	if m.To.Route == routing.RouteForward {
		if out, err := g.call.Plan.Outside(m.To.Target); err == nil {
			number = out.Number.E164()
		}
	}
	return slices.ContainsFunc(callees, func(who callee) bool { return who.attempt.Member == number })
}
