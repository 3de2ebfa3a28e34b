package routing

import (
	"maps"
	"slices"
)

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
