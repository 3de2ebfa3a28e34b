package routing

import (
	"cmp"
	"slices"
)

// gates gives the conditions that must be true for the expression to be, by which
// its rule can be looked up. sure: it is nothing but that.
//
// Left out is what plain evaluation would come to only after something that
// leaves a trace in the call's record, or that may end the evaluation by its
// cost: whether a rule is looked up or evaluated must make no difference.
func (e *expression) gates() (found []gate, sure bool) {
	c, counted := e.shared.condition, e.shared.counted
	if g, ok := c.gate(); ok {
		return []gate{g}, !counted
	}
	if c.kind != kindAll {
		return nil, false
	}
	for _, part := range c.parts {
		if g, ok := part.gate(); ok {
			found = append(found, g)
		}
		if counted || !part.quiet {
			break
		}
	}
	return found, false
}

func (c *condition) gate() (gate, bool) {
	if c.kind != kindLiteral || c.members == nil || c.not || c.members.list != "" {
		return gate{}, false
	}
	by := slices.IndexFunc(indexedFacts[:], func(fact factID) bool { return factNames[fact].name == c.text })
	return gate{by, c.members}, by >= 0
}

// gateCount counts how many rules ask for a text. Of several conditions of a rule
// the one that the fewest share is taken: many rules may be for one number of the
// tenant, each for another caller.
type gateCount struct {
	by [len(indexedFacts)]map[string]int
}

func (n *gateCount) add(gates []gate) {
	for _, g := range gates {
		if n.by[g.by] == nil {
			n.by[g.by] = map[string]int{}
		}
		for _, value := range g.values {
			n.by[g.by][value]++
		}
		for _, prefix := range g.prefixes {
			n.by[g.by][prefix]++
		}
	}
}

func (n *gateCount) rarest(gates []gate) gate {
	return slices.MinFunc(gates, func(a, b gate) int { return cmp.Or(n.weight(a)-n.weight(b), a.by-b.by) })
}

// weight is about how many rules are looked at together with this one; a prefix
// is one for many numbers.
func (n *gateCount) weight(g gate) int {
	most := 0
	for _, value := range g.values {
		most = max(most, n.by[g.by][value])
	}
	for _, prefix := range g.prefixes {
		most = max(most, 2*n.by[g.by][prefix]+1)
	}
	return most
}
