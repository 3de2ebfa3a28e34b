package routing

import "fmt"

const (
	// maxComparisons is what looking for rules that cannot be reached may cost a
	// tenant in all, and mostCandidates with how many rules one is compared: what
	// is not found then is not told.
	maxComparisons = 2_000_000
	mostCandidates = 200
)

// unreachable warns of rules that can never match: their condition is never true,
// or a rule that stands before them has every call they are for.
func (t *tenantCompiler) unreachable() {
	conditions := make([]*condition, len(t.plan.rules))
	for i := range t.plan.rules {
		if shared := t.plan.rules[i].when.shared; shared != nil {
			conditions[i] = shared.condition
		}
	}
	c := comparer{lists: t.plan.lists, left: maxComparisons}
	earlier := newEarlierRules(t.plan, conditions)
	for i := range t.plan.rules {
		r := &t.plan.rules[i]
		switch {
		case !r.enabled || conditions[i] == nil:
			continue
		case conditions[i].kind == kindFalse:
			t.warn(r.at.with("when"), "can never match: it is always false", "")
			continue
		case c.impossible(conditions[i]):
			t.warn(r.at.with("when"), "can never match: parts of it exclude each other", "")
			continue
		}
		for _, j := range earlier.candidates(conditions[i]) {
			before := &t.plan.rules[j]
			if comparableRules(before, r) && c.implies(conditions[i], conditions[j]) {
				t.warn(r.at.with("when"), shadowed(before, conditions[j]), t.whereIs(before.at))
				break
			}
		}
		if !r.then.IsZero() {
			earlier.add(i)
		}
	}
}

func shadowed(by *rule, condition *condition) string {
	if condition.kind == kindTrue {
		return fmt.Sprintf("can never match: rule %q before it always does", by.name)
	}
	return fmt.Sprintf("can never match: every call it is for matches rule %q before it", by.name)
}

// comparableRules tells that a rule counts whenever a later one does, and that its
// evaluation does not end by its cost where the other's does not.
func comparableRules(before, later *rule) bool {
	if !before.valid.covers(later.valid) {
		return false
	}
	return !before.when.shared.counted || before.when.shared == later.when.shared
}
