package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (t *trace) disabled(r *rule) {
	if t == nil {
		return
	}
	t.add(Check{Check: "rule", Subject: r.name, Result: "disabled"})
}

// invalid tells of a rule that does not count at the time.
func (t *trace) invalid(r *rule, why string) {
	if t == nil {
		return
	}
	result, detail, _ := strings.Cut(why, ", ")
	t.add(Check{Check: "rule", Subject: r.name, Result: result, Detail: detail})
}

// rule tells what came of a rule and why. It evaluates it once more: what made a
// rule false is not kept while a call waits.
func (t *trace) rule(f *facts, r *rule, matched bool, err error) {
	if t == nil {
		return
	}
	c := Check{Check: "rule", Subject: r.name, Result: strconv.FormatBool(matched)}
	c.Because, c.Values = because(r.text, f, err)
	switch {
	case err != nil:
		c.Result, c.Detail = resultError, "does not match; the next rule is tried"
	case matched:
		c.Detail = r.effect()
	}
	t.add(c)
}

// later tells of the rules behind the one that decided.
func (t *trace) later(by *rule, behind []rule) {
	if t == nil || len(behind) == 0 {
		return
	}
	t.add(Check{Check: "rules", Subject: fmt.Sprintf("%d more", len(behind)), Result: "not considered", Detail: "rule " + by.name + " decided"})
}

// effect tells what a rule does that matches.
func (r *rule) effect() string {
	sets := r.set.String()
	switch {
	case r.then.IsZero():
		return "sets " + sets + "; the next rule is tried"
	case sets != "":
		return "goes to " + r.then.String() + ", sets " + sets
	}
	return "goes to " + r.then.String()
}

// String says what is set: `callerIdPrefix "VIP", tags vip gold`; "" if nothing is.
func (s RuleSet) String() string {
	var parts []string
	for name, value := range s.Facts() {
		if name == "set callerIdPrefix" { // it may end in a blank
			value = strconv.Quote(value)
		}
		parts = append(parts, strings.TrimPrefix(name, "set ")+" "+value)
	}
	if len(s.Tags) > 0 {
		parts = append(parts, "tags "+strings.Join(s.Tags, " "))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
