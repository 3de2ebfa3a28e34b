package handlers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"switchyard/dialplan"
	"switchyard/routing"
)

// ringGroup rings the members of a group by its strategy until one answers.
type ringGroup struct{}

// Run implements Handler; the target is the group's name.
func (ringGroup) Run(ctx context.Context, c *Call, at routing.Stop) Result {
	group, members, ok := c.Plan.RingGroup(at.Target)
	if !ok {
		return failed(fmt.Errorf("no ring group %q", at.Target))
	}
	if at.Forward != nil {
		group.ExitKey = "" // the exits of who forwarded count, and have none for a key
	}
	occupied := line{c.Plan.Tenant().ID, routing.Destination{Route: routing.RouteRingGroup, Target: group.Name}}
	before := c.router.busy.take(occupied)
	defer c.router.busy.free(occupied)
	if group.CallLimit > 0 && before >= group.CallLimit {
		return Result{Outcome: routing.CallLimited}
	}
	g := &groupCall{call: c, group: group, members: members, ends: c.router.Now().Add(seconds(group.RingSeconds))}
	if err := c.Channel.Set(g.variables()...); err != nil {
		return ended(err)
	}
	result := g.rounds(ctx)
	result.Attempts = g.attempts
	if result.Outcome != routing.Answered && result.Outcome != routing.CallerGone && result.Outcome != routing.LeftSession {
		if err := c.Channel.Set(g.undo()...); err != nil {
			return ended(err)
		}
	}
	return result
}

// groupCall is one call in a ring group.
type groupCall struct {
	call     *Call
	group    routing.RingGroup
	members  []routing.Member
	ends     time.Time
	attempts []Attempt
	rung     int // members that were there to be rung
	refused  int // of them, those that were busy or rejected the call
}

// variables are what the caller hears and who rings sees while the group rings.
func (g *groupCall) variables() []dialplan.Variable {
	tone, err := dialplan.ParseRingback(g.group.Ringback)
	if err != nil {
		tone = dialplan.Ringback{} // checked when it was saved
	}
	g.call.hears = true
	vs := dialplan.RingbackOf(tone)
	if key, err := dialplan.ParseKey(g.group.ExitKey); err == nil {
		vs = append(vs, dialplan.CancelKey(key))
	}
	if g.group.CallerIDPrefix != "" {
		vs = append(vs, g.call.callerName(g.group.CallerIDPrefix))
	}
	return vs
}

// undo makes the channel what it was for the destination that follows.
func (g *groupCall) undo() []dialplan.Variable {
	vs := dialplan.Unset(g.variables())
	if g.group.CallerIDPrefix != "" {
		vs = append(vs, g.call.callerName(""))
	}
	return vs
}

func (g *groupCall) left() time.Duration { return g.ends.Sub(g.call.router.Now()) }

// rounds goes through the members as often as the group says.
func (g *groupCall) rounds(ctx context.Context) Result {
	members := g.order()
	for round := 1; round <= g.group.Rounds; round++ {
		rung, refused := g.rung, g.refused
		var result Result
		var over bool
		if g.group.Strategy == routing.Simultaneous {
			result, over = g.together(ctx, members, round)
		} else {
			result, over = g.inTurn(ctx, members, round)
		}
		if over {
			return result
		}
		// Where everybody was busy, or nobody there, the next round would be over
		// as soon: phones are not to be called ten times in a second.
		if g.rung-rung == g.refused-refused || g.left() < time.Second {
			break
		}
	}
	switch {
	case g.rung == 0:
		return Result{Outcome: routing.NobodyAvailable}
	case g.refused == g.rung:
		return Result{Outcome: routing.Busy, Cause: dialplan.UserBusy}
	default:
		return Result{Outcome: routing.NoAnswer, Cause: dialplan.NoAnswerCause}
	}
}

// order gives the members in the order this call rings them.
func (g *groupCall) order() []routing.Member {
	switch g.group.Strategy {
	case routing.RandomOrder:
		mixed := make([]routing.Member, len(g.members))
		for i, j := range g.call.router.perm(len(g.members)) {
			mixed[i] = g.members[j]
		}
		return mixed
	case routing.RoundRobin:
		key := g.group.ID
		if key == "" {
			key = g.group.Name
		}
		turn := int(g.call.router.tally(g.call.Plan.Tenant().ID, TallyTurns, key) % uint64(len(g.members)))
		return slices.Concat(g.members[turn:], g.members[:turn])
	case routing.Simultaneous, routing.Sequence:
	}
	return g.members
}

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
