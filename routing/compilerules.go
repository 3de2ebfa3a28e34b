package routing

import (
	"cmp"
	"fmt"
	"slices"
)

const (
	maxCallerIDPrefix = 32
	maxTags           = 16
	maxTag            = 64
)

// rule is a rule in compiled form.
type rule struct {
	name     string
	priority int
	enabled  bool
	when     expression
	then     Destination
	set      RuleSet
	at       path
}

func (t *tenantCompiler) rules() {
	names, ids := seen{}, seen{}
	for i, r := range t.config.Rules {
		at := path{"rules", i}
		t.named(ids, names, r.ID, r.Name, at)
		t.ruleSet(r.Set, at.with("set"))
		t.setsRecording(r.Set, at.with("set"))
		then, _ := t.destination(r.Then, at.with("then", "route"), at.with("then", "target"))
		t.plan.rules = append(t.plan.rules, rule{
			name: r.Name, priority: r.Priority, enabled: enabled(r.Enabled),
			when: t.when(r.When, at.with("when")), then: then, set: r.Set, at: at,
		})
	}
	slices.SortStableFunc(t.plan.rules, func(a, b rule) int { return cmp.Compare(a.priority, b.priority) })
	t.unreachable()
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

// ruleSet checks what a rule or a menu sets on a call.
func (t *tenantCompiler) ruleSet(set RuleSet, at path) {
	t.language(set.Language, at.with("language"))
	t.printable(set.CallerIDPrefix, maxCallerIDPrefix, at.with("callerIdPrefix"))
	if len(set.Tags) > maxTags {
		t.add(at.with("tags"), fmt.Sprintf("more than %d tags", maxTags), "")
	}
	for i, tag := range set.Tags {
		if tag == "" {
			t.add(at.with("tags", i), "an empty tag", "")
		}
		t.printable(tag, maxTag, at.with("tags", i))
	}
}

// unreachable warns of rules that stand after one that matches every call.
func (t *tenantCompiler) unreachable() {
	for i, r := range t.plan.rules {
		if !r.enabled || !r.when.always {
			continue
		}
		for _, later := range t.plan.rules[i+1:] {
			t.warn(later.at, fmt.Sprintf("can never match: rule %q before it always does", r.name), "")
		}
		return
	}
}

// enabled reads a switch that is on unless it is turned off.
func enabled(flag *bool) bool { return flag == nil || *flag }
