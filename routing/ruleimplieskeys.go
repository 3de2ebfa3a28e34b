package routing

import (
	"maps"
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

// literalKey is a literal, or one of its members.
type literalKey struct {
	kind       keyKind
	text, with string
}

type keyKind uint8

const (
	keyTrue     keyKind = iota
	keyPlain            // the text itself
	keyNot              // not the text, or none of a list or some beginnings
	keyNotValue         // none of some values, by the first
	keyNotAny           // each of the two before
	keyValue            // one of the values
	keyPrefix           // one of the beginnings
	keyList
)

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

// keys gives what a literal is kept by.
func (c *condition) keys() []literalKey {
	switch m := c.members; {
	case c.not && m != nil && m.onlyValues():
		return []literalKey{{keyNotValue, c.text, m.values[0]}, {kind: keyNotAny, text: c.text}}
	case c.not:
		return []literalKey{{kind: keyNot, text: c.text}, {kind: keyNotAny, text: c.text}}
	case m == nil:
		return []literalKey{{kind: keyPlain, text: c.text}}
	case m.list != "":
		return []literalKey{{keyList, c.text, m.list}}
	default:
		keys := make([]literalKey, 0, len(m.values)+len(m.prefixes))
		for _, value := range m.values {
			keys = append(keys, literalKey{keyValue, c.text, value})
		}
		for _, prefix := range m.prefixes {
			keys = append(keys, literalKey{keyPrefix, c.text, prefix})
		}
		return keys
	}
}

func (m *members) onlyValues() bool { return m.list == "" && len(m.prefixes) == 0 }

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

// candidates gives the rules that a condition may imply, in their order.
func (e *earlierRules) candidates(c *condition) []int {
	found := append(slices.Clone(e.by[literalKey{kind: keyTrue}]), e.implied(c)...)
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), mostCandidates)]
}

// implied gives the rules kept by what a condition implies: by each of several
// parts that must be true; of several one of which must be true by the one that
// has the fewest, as all of them imply what the whole does.
func (e *earlierRules) implied(c *condition) (found []int) {
	switch c.kind {
	case kindAll:
		for _, part := range c.parts {
			found = append(found, e.implied(part)...)
		}
	case kindAny:
		for i, part := range c.parts {
			if others := e.implied(part); i == 0 || len(others) < len(found) {
				found = others
			}
		}
	case kindLiteral:
		e.probe(c, func(key literalKey) { found = append(found, e.by[key]...) })
	case kindTrue, kindFalse:
	}
	return found
}

func (e *earlierRules) probe(c *condition, look func(literalKey)) {
	switch m := c.members; {
	case m == nil && !c.not:
		look(literalKey{kind: keyPlain, text: c.text})
	case m == nil:
		look(literalKey{kind: keyNot, text: c.text})
	case c.not && m.onlyValues():
		look(literalKey{kind: keyNot, text: c.text})
		for _, value := range m.values {
			look(literalKey{keyNotValue, c.text, value})
		}
	case c.not:
		look(literalKey{kind: keyNotAny, text: c.text})
	case m.list != "":
		e.probeValue(c.text, e.first(m.list), look)
	case len(m.values) > 0:
		e.probeValue(c.text, m.values[0], look)
	default:
		look(literalKey{kind: keyNotAny, text: c.text})
		e.probePrefixes(c.text, m.prefixes[0], look)
	}
}

func (e *earlierRules) probeValue(text, value string, look func(literalKey)) {
	look(literalKey{keyValue, text, value})
	look(literalKey{kind: keyNotAny, text: text})
	e.probePrefixes(text, value, look)
	for _, list := range e.lists[text] {
		look(literalKey{keyList, text, list})
	}
}

// first gives one number of a list, always the same.
func (e *earlierRules) first(list string) string {
	first, known := e.firsts[list]
	if set := e.numbers[list]; !known && set != nil && len(set.members) > 0 {
		first = slices.Min(slices.Collect(maps.Keys(set.members)))
		e.firsts[list] = first
	}
	return first
}

func (e *earlierRules) probePrefixes(text, value string, look func(literalKey)) {
	for _, length := range e.lengths[text] {
		if length <= len(value) {
			look(literalKey{keyPrefix, text, value[:length]})
		}
	}
}
