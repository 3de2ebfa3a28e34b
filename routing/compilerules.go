package routing

import (
	"cmp"
	"slices"
)

// rule is a rule in compiled form.
type rule struct {
	name     string
	priority int
	enabled  bool
	when     expression
	text     string      // when as it was written, for explanations
	then     Destination // zero: the rule only sets
	set      RuleSet
	valid    validity
	at       path
}

func (t *tenantCompiler) rules() {
	names, ids := seen{}, seen{}
	for i, r := range t.config.Rules {
		at := path{"rules", i}
		t.named(ids, names, r.ID, r.Name, at)
		t.ruleSet(r.Set, at.with("set"))
		t.setsRecording(r.Set, at.with("set"))
		r.Set.Tags = addTags(nil, r.Set.Tags)
		t.plan.rules = append(t.plan.rules, rule{
			name: r.Name, priority: r.Priority, enabled: enabled(r.Enabled),
			when: t.when(r.When, at.with("when")), text: r.When, then: t.then(r, at), set: r.Set, valid: t.validity(r, at), at: at,
		})
	}
	slices.SortStableFunc(t.plan.rules, func(a, b rule) int { return cmp.Compare(a.priority, b.priority) })
	t.unreachable()
	t.plan.ruleIndex = newRuleIndex(t.plan.rules)
}

// then gives where a rule sends its calls, zero if it only sets.
func (t *tenantCompiler) then(r Rule, at path) Destination {
	if r.Then.IsZero() && !t.written(at.with("then")) {
		if r.Set.IsZero() {
			t.add(at, "the rule neither sends calls anywhere nor sets anything", "add then, such as {route: extension, target: \"1001\"}, or set")
		}
		return Destination{}
	}
	then, _ := t.destination(r.Then, at.with("then", "route"), at.with("then", "target"))
	return then
}

func (t *tenantCompiler) when(text string, at path) expression {
	if text == "" {
		t.add(at, "no condition", `write when: "true" for a rule that always matches`)
		return expression{}
	}
	compiled, mistakes := compileExpression(text, t.plan.vocabulary())
	for _, m := range mistakes {
		t.addInText(at, m)
	}
	return compiled
}

// enabled reads a switch that is on unless it is turned off.
func enabled(flag *bool) bool { return flag == nil || *flag }
