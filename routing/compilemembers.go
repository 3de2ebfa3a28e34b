package routing

import (
	"fmt"
	"maps"
	"slices"
)

const (
	defaultMemberRing = 15 // seconds, of a group that rings one after the other
	maxMembers        = 100
)

// members reads whom groups ring, once everybody who may be named is known.
func (t *tenantCompiler) members() {
	for i, g := range t.config.RingGroups {
		members := t.groupMembers(g, path{"ringGroups", i, "members"})
		if group, ok := t.plan.ringGroups[g.Name]; ok && group.members == nil {
			group.members = members
		}
	}
}

func (t *tenantCompiler) groupMembers(g RingGroup, at path) []Member {
	switch {
	case len(g.Members) == 0:
		t.add(at, "no members", "at least one, such as {number: \"1001\"}")
	case len(g.Members) > maxMembers:
		t.add(at, fmt.Sprintf("more than %d members", maxMembers), "")
	}
	known := seen{}
	members := make([]Member, 0, len(g.Members))
	for j, m := range g.Members {
		p := at.with(j)
		t.memberDelay(g, m, p.with("delaySeconds"))
		preset := defaultMemberRing
		if g.Strategy == "" || g.Strategy == Simultaneous {
			preset = 0
		}
		ring := t.seconds(m.RingSeconds, preset, maxRing, p.with("ringSeconds"))
		if to, ok := t.member(m.Number, p.with("number")); ok && t.unique(known, t.numberOf(to), "member", p.with("number")) {
			members = append(members, Member{To: to, DelaySeconds: m.DelaySeconds, RingSeconds: ring, Confirm: m.Confirm})
		}
	}
	return members
}

// memberDelay checks a delay against the time the members have to ring, which
// the rounds of a group share.
func (t *tenantCompiler) memberDelay(g RingGroup, m GroupMember, p path) {
	rounds, whole := max(g.Rounds, 1), g.RingSeconds
	if whole <= 0 {
		whole = defaultGroupRing
	}
	switch {
	case m.DelaySeconds < 0:
		t.add(p, fmt.Sprintf("%d is less than 0", m.DelaySeconds), "")
	case m.DelaySeconds == 0:
	case g.Strategy != "" && g.Strategy != Simultaneous:
		t.add(p, fmt.Sprintf("a delay means nothing to strategy %s", g.Strategy), "members of this group ring one after the other")
	case m.DelaySeconds >= whole/rounds:
		t.add(p, "would never ring, too late for "+roundText(rounds, whole), "")
	}
}

func roundText(rounds, whole int) string {
	if rounds == 1 {
		return fmt.Sprintf("the %d seconds the group rings", whole)
	}
	return fmt.Sprintf("the %d seconds each of %d rounds rings", whole/rounds, rounds)
}

// member reads a number that is rung: an extension, a forward's name or an
// outside number.
func (t *tenantCompiler) member(text string, at path) (Destination, bool) {
	const hint = "an extension, the name of a forward, or a number like +15551234567"
	if text == "" {
		t.add(at, "no number", hint)
		return Destination{}, false
	}
	if e, ok := t.plan.extensions[text]; ok {
		return Destination{Route: RouteExtension, Target: e.Extension}, true
	}
	if t.plan.forwards[text] == nil && ParseNumber(text, t.plan.grant.Country).E164() == "" {
		known := append(t.extensionNumbers(), slices.Sorted(maps.Keys(t.plan.forwards))...)
		t.add(at, fmt.Sprintf("no extension, forward or number %q", text), orText(didYouMean(text, known), hint))
		return Destination{}, false
	}
	return t.forwardTarget(Destination{Route: RouteForward, Target: text}, at)
}

// numberOf gives the number behind a destination that is rung, in the one
// spelling it has.
func (t *tenantCompiler) numberOf(to Destination) string {
	if f, ok := t.plan.forwards[to.Target]; ok && to.Route == RouteForward {
		return f.number.String()
	}
	return to.Target
}
