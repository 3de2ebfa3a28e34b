package routing

import (
	"slices"
	"strings"
)

// comparer compares conditions of one tenant. It says no where it is not sure,
// and where it has taken its steps: a comparison of hostile conditions ends.
type comparer struct {
	lists map[string]*numberSet
	left  int // steps it may still take
}

// implies tells that b is never true without a. Of what fails while it is
// evaluated it claims nothing: only what is true counts, and what is true in b
// is true in a, where the same is read again.
func (c *comparer) implies(b, a *condition) bool {
	if c.left--; c.left < 0 {
		return false
	}
	switch {
	case a.kind == kindTrue || b.kind == kindFalse:
		return true
	case a.kind == kindFalse || b.kind == kindTrue:
		return false
	case b.kind == kindAny:
		return c.every(b.parts, func(part *condition) bool { return c.implies(part, a) })
	case a.kind == kindAll:
		return c.every(a.parts, func(part *condition) bool { return c.implies(b, part) })
	case a.kind == kindAny && slices.ContainsFunc(a.parts, func(part *condition) bool { return c.implies(b, part) }):
		return true
	case b.kind == kindAll:
		return slices.ContainsFunc(b.parts, func(part *condition) bool { return c.implies(part, a) })
	case a.kind == kindLiteral && b.kind == kindLiteral:
		return c.literalImplies(b, a)
	}
	return false
}

func (c *comparer) every(parts []*condition, holds func(*condition) bool) bool {
	return !slices.ContainsFunc(parts, func(part *condition) bool { return !holds(part) })
}

func (c *comparer) literalImplies(b, a *condition) bool {
	if a.text != b.text {
		return false
	}
	if a.members == nil || b.members == nil {
		return a.members == nil && b.members == nil && a.not == b.not
	}
	switch {
	case a.not && b.not:
		return c.subset(a.members, b.members)
	case a.not:
		return c.disjoint(a.members, b.members)
	case b.not:
		return false
	}
	return c.subset(b.members, a.members)
}

// impossible tells that a condition is never true, since parts of it exclude
// each other.
func (c *comparer) impossible(b *condition) bool {
	switch b.kind {
	case kindFalse:
		return true
	case kindAny:
		return c.every(b.parts, c.impossible)
	case kindAll:
		for i, x := range b.parts {
			if c.impossible(x) || slices.ContainsFunc(b.parts[:i], func(y *condition) bool { return c.exclude(x, y) }) {
				return true
			}
		}
	case kindTrue, kindLiteral:
	}
	return false
}

func (c *comparer) exclude(x, y *condition) bool {
	if c.left--; c.left < 0 || x.kind != kindLiteral || y.kind != kindLiteral || x.text != y.text {
		return false
	}
	if x.members == nil || y.members == nil {
		return x.members == nil && y.members == nil && x.not != y.not
	}
	switch {
	case x.not && y.not:
		return false
	case x.not:
		return c.subset(y.members, x.members) && !c.empty(y.members)
	case y.not:
		return c.subset(x.members, y.members) && !c.empty(x.members)
	}
	return c.disjoint(x.members, y.members) && !c.empty(x.members) && !c.empty(y.members)
}

// empty tells of a list without numbers: one that is about to be filled.
func (c *comparer) empty(m *members) bool {
	return m.list != "" && (c.lists[m.list] == nil || len(c.lists[m.list].members) == 0)
}

// subset tells that whatever is among b is among a.
func (c *comparer) subset(b, a *members) bool {
	if b.list != "" && b.list == a.list {
		return true
	}
	return !c.empty(b) && c.everyValue(b, func(value string) bool { return c.has(a, value) }) &&
		c.everyPrefix(b, func(prefix string) bool { return c.hasPrefix(a, prefix) })
}

// disjoint tells that nothing is among both.
func (c *comparer) disjoint(a, b *members) bool {
	return c.everyValue(a, func(value string) bool { return !c.has(b, value) }) &&
		c.everyValue(b, func(value string) bool { return !c.has(a, value) }) &&
		c.everyPrefix(a, func(prefix string) bool {
			return c.everyPrefix(b, func(other string) bool {
				return !strings.HasPrefix(prefix, other) && !strings.HasPrefix(other, prefix)
			})
		})
}

// has tells that a value is among the members.
func (c *comparer) has(m *members, value string) bool {
	c.left -= len(m.values) / 8
	if m.list != "" {
		list := c.lists[m.list]
		if list == nil {
			return false
		}
		_, found := list.members[value]
		return found
	}
	return slices.Contains(m.values, value) || c.hasPrefix(m, value)
}

// hasPrefix tells that whatever begins with a text is among the members.
func (c *comparer) hasPrefix(m *members, text string) bool {
	c.left -= len(m.prefixes) / 8
	return slices.ContainsFunc(m.prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
}

func (c *comparer) everyValue(m *members, holds func(string) bool) bool {
	checked := func(value string) bool {
		c.left--
		return c.left >= 0 && holds(value)
	}
	if m.list != "" {
		if c.lists[m.list] == nil {
			return false
		}
		for value := range c.lists[m.list].members {
			if !checked(value) {
				return false
			}
		}
		return true
	}
	return !slices.ContainsFunc(m.values, func(value string) bool { return !checked(value) })
}

func (c *comparer) everyPrefix(m *members, holds func(string) bool) bool {
	return !slices.ContainsFunc(m.prefixes, func(prefix string) bool {
		c.left--
		return c.left < 0 || !holds(prefix)
	})
}
