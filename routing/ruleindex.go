package routing

import (
	"slices"

	"github.com/google/cel-go/common/types"
)

// indexedFacts are those whose values rules are looked up by.
var indexedFacts = [...]factID{factFrom, factTo, factDID}

// ruleIndex finds the rules that may match a call by its numbers. A rule with a
// condition like call.from == "…" && … is not evaluated for other callers: what
// is false && anything is false, even if that fails. All other rules are
// evaluated as they come. Immutable.
type ruleIndex struct {
	plain []int32 // rules without such a condition
	by    [len(indexedFacts)]ruleLookup
	sure  []bool // by rule: it is nothing but that condition
}

// ruleLookup gives rules by a text, in their order.
type ruleLookup struct {
	values   map[string][]int32
	prefixes map[string][]int32
	lengths  []int // of prefixes, each once
}

// gate is a condition that rules are looked up by.
type gate struct {
	by int // of indexedFacts
	*members
}

// newRuleIndex makes the index of rules that are compiled without a mistake.
func newRuleIndex(rules []rule) *ruleIndex {
	x := &ruleIndex{sure: make([]bool, len(rules))}
	gates := make([][]gate, len(rules))
	var count gateCount
	for i := range rules {
		if rules[i].enabled && rules[i].when.shared != nil {
			gates[i], x.sure[i] = rules[i].when.gates()
			count.add(gates[i])
		}
	}
	for i := range rules {
		switch {
		case !rules[i].enabled:
		case len(gates[i]) == 0:
			x.plain = append(x.plain, int32(i))
		default:
			g := count.rarest(gates[i])
			x.by[g.by].add(g.members, int32(i))
		}
	}
	for i := range x.by {
		slices.Sort(x.by[i].lengths)
	}
	return x
}

func (l *ruleLookup) add(m *members, rule int32) {
	if l.values == nil {
		l.values, l.prefixes = map[string][]int32{}, map[string][]int32{}
	}
	for _, value := range m.values {
		l.values[value] = appendOnce(l.values[value], rule)
	}
	for _, prefix := range m.prefixes {
		l.prefixes[prefix] = appendOnce(l.prefixes[prefix], rule)
		if !slices.Contains(l.lengths, len(prefix)) {
			l.lengths = append(l.lengths, len(prefix))
		}
	}
}

func appendOnce(rules []int32, rule int32) []int32 {
	if n := len(rules); n > 0 && rules[n-1] == rule {
		return rules
	}
	return append(rules, rule)
}

// text gives the value of a fact that is a text, as expressions see it.
func (f *facts) text(fact factID) string {
	if f.values[fact] == nil {
		f.values[fact] = f.value(fact)
	}
	text, _ := f.values[fact].(types.String)
	return string(text)
}

// ruleWalk goes through the rules that may match a call, in their order.
type ruleWalk struct {
	index *ruleIndex
	// lists are each ascending, what was passed cut off; more are those for which
	// there is no room.
	lists [8][]int32
	count int
	more  [][]int32
}

// begin begins to go through the rules for a call.
func (w *ruleWalk) begin(x *ruleIndex, f *facts) {
	w.index = x
	w.put(x.plain)
	for i, fact := range indexedFacts {
		lookup := &x.by[i]
		if lookup.values == nil {
			continue
		}
		value := f.text(fact)
		w.put(lookup.values[value])
		for _, length := range lookup.lengths {
			if length > len(value) {
				break
			}
			w.put(lookup.prefixes[value[:length]])
		}
	}
}

func (w *ruleWalk) put(rules []int32) {
	switch {
	case len(rules) == 0:
	case w.count < len(w.lists):
		w.lists[w.count] = rules
		w.count++
	default:
		w.more = append(w.more, rules)
	}
}

// next gives the next rule, -1 after the last one. sure tells that it matches and
// need not be evaluated.
func (w *ruleWalk) next() (rule int, sure bool) {
	least := leastOf(w.more, leastOf(w.lists[:w.count], -1))
	if least < 0 {
		return -1, false
	}
	pass(w.lists[:w.count], least)
	pass(w.more, least)
	return int(least), w.index.sure[least]
}

// leastOf gives the least first of lists and least, -1 standing for none.
func leastOf(lists [][]int32, least int32) int32 {
	for _, list := range lists {
		if len(list) > 0 && (least < 0 || list[0] < least) {
			least = list[0]
		}
	}
	return least
}

func pass(lists [][]int32, rule int32) {
	for i, list := range lists {
		if len(list) > 0 && list[0] == rule {
			lists[i] = list[1:]
		}
	}
}
