package routing

// ruled is what the rules say of a call.
type ruled struct {
	by     *rule    // that decides; nil: none does
	set    RuleSet  // what all that match set
	setBy  []string // those that match and only set
	failed []string // those that could not be evaluated, in order
}

// rules tries the tenant's rules until one decides. Explaining looks at every
// rule; otherwise those that are for other numbers are not even looked at.
func (f *facts) rules(t *trace) (found ruled) {
	if t == nil && f.plan.ruleIndex != nil {
		var walk ruleWalk
		walk.begin(f.plan.ruleIndex, f)
		for i, sure := walk.next(); i >= 0; i, sure = walk.next() {
			if f.try(&f.plan.rules[i], sure, &found, nil) {
				return found
			}
		}
		return found
	}
	for i := range f.plan.rules {
		if f.try(&f.plan.rules[i], false, &found, t) {
			t.later(found.by, f.plan.rules[i+1:])
			return found
		}
	}
	return found
}

// try evaluates one rule, unless it is sure to match, and tells whether it
// decides.
func (f *facts) try(r *rule, sure bool, found *ruled, t *trace) bool {
	switch {
	case !r.enabled:
		t.disabled(r)
		return false
	case !r.valid.contains(f.now):
		t.invalid(r, r.valid.why(f.now))
		return false
	}
	matched, err := sure, error(nil)
	if !sure {
		matched, err = r.when.matches(f)
	}
	t.rule(f, r, matched, err)
	switch {
	case err != nil:
		found.failed = append(found.failed, r.name)
	case matched && r.then.IsZero():
		found.set = found.set.with(r.set)
		found.setBy = append(found.setBy, r.name)
	case matched:
		found.set = found.set.with(r.set)
		found.by = r
		return true
	}
	return false
}
