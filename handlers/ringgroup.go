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
