package routing

import (
	"slices"
)

// earlierRules finds those rules that a later one may imply, without comparing
// it with each: they are kept by a literal that must be implied too.
type earlierRules struct {
	conditions []*condition
	by         map[literalKey][]int
	count      map[literalKey]int // how many rules have a literal
	lengths    map[string][]int   // of prefixes, by what is looked for
	lists      map[string][]string
	numbers    map[string]*numberSet
	firsts     map[string]string // of each list the number that sorts first
}

func newEarlierRules(plan *Plan, conditions []*condition) *earlierRules {
	e := &earlierRules{
		conditions: conditions, by: map[literalKey][]int{}, count: map[literalKey]int{},
		lengths: map[string][]int{}, lists: map[string][]string{}, numbers: plan.lists, firsts: map[string]string{},
	}
	for i, c := range conditions {
		if c != nil && plan.rules[i].enabled && !plan.rules[i].then.IsZero() {
			e.countIn(c)
		}
	}
	return e
}

func (e *earlierRules) countIn(c *condition) {
	for _, part := range c.parts {
		e.countIn(part)
	}
	if c.kind == kindLiteral {
		for _, key := range c.keys() {
			if key.kind != keyNotAny { // which is looked up for others than its like
				e.count[key]++
			}
		}
	}
}

func (e *earlierRules) add(i int) {
	keys, _ := e.rarest(e.conditions[i])
	for _, key := range keys {
		if known := e.by[key]; len(known) == 0 || known[len(known)-1] != i {
			e.by[key] = append(known, i)
		}
		switch key.kind {
		case keyPrefix:
			if !slices.Contains(e.lengths[key.text], len(key.with)) {
				e.lengths[key.text] = append(e.lengths[key.text], len(key.with))
			}
		case keyList:
			if !slices.Contains(e.lists[key.text], key.with) {
				e.lists[key.text] = append(e.lists[key.text], key.with)
			}
		case keyTrue, keyPlain, keyNot, keyNotValue, keyNotAny, keyValue:
		}
	}
}

// rarest gives the keys of a condition: of several that must be true those that
// the fewest rules share, of several one of which must be true all.
func (e *earlierRules) rarest(c *condition) (keys []literalKey, rules int) {
	switch c.kind {
	case kindTrue:
		return []literalKey{{kind: keyTrue}}, 0
	case kindFalse:
	case kindLiteral:
		keys = c.keys()
		for _, key := range keys {
			rules = max(rules, e.count[key])
		}
	case kindAll:
		for i, part := range c.parts {
			if partKeys, n := e.rarest(part); i == 0 || n < rules {
				keys, rules = partKeys, n
			}
		}
	case kindAny:
		for _, part := range c.parts {
			partKeys, n := e.rarest(part)
			keys, rules = append(slices.Clip(keys), partKeys...), max(rules, n)
		}
	}
	return keys, rules
}
