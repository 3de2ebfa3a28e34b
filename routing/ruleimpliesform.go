package routing

import (
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// conditionOf reads a checked expression.
func conditionOf(root ast.Expr) *condition { return readCondition(root, false) }

func readCondition(e ast.Expr, not bool) *condition {
	if value, known := constantBool(e); known {
		return always(value != not)
	}
	if e.Kind() == ast.CallKind {
		call := e.AsCall()
		args := call.Args()
		switch call.FunctionName() {
		case operators.LogicalNot:
			return readCondition(args[0], !not)
		case operators.LogicalAnd:
			return joinParts(kindAll, kindAny, args, not)
		case operators.LogicalOr:
			return joinParts(kindAny, kindAll, args, not)
		case operators.Equals:
			return readEquality(e, args, not)
		case operators.NotEquals:
			return readEquality(e, args, !not)
		}
		if value, known := boundedOrder(call); known {
			return always(value != not)
		}
	}
	c := &condition{not: not, quiet: isQuiet(e)}
	if text, found := membersOf(e); found != nil {
		c.text, c.members = text, found
	} else {
		c.text = canonical(e)
	}
	return c
}

// readEquality reads a == b, where != counts as not. Compared with true or false
// it is the condition itself.
func readEquality(e ast.Expr, args []ast.Expr, not bool) *condition {
	for i, arg := range args {
		if value, isBool := literalBool(arg); isBool {
			return readCondition(args[1-i], not == value)
		}
	}
	c := &condition{not: not, quiet: isQuiet(e)}
	for i, arg := range args {
		if value, known := literalText(arg); known {
			c.text, c.members = canonical(args[1-i]), &members{values: []string{value}}
			return c
		}
	}
	c.text = commutative("==", args)
	return c
}

// joinParts reads the parts of && or ||; turned by De Morgan's laws if negated.
func joinParts(kind, negated conditionKind, args []ast.Expr, not bool) *condition {
	if not {
		kind = negated
	}
	decides, says := kindFalse, kindTrue
	if kind == kindAny {
		decides, says = kindTrue, kindFalse
	}
	joined := &condition{kind: kind, quiet: true}
	for _, arg := range args {
		part := readCondition(arg, not)
		switch part.kind {
		case decides:
			return part
		case says:
		case kind:
			joined.parts = append(joined.parts, part.parts...)
		default:
			joined.parts = append(joined.parts, part)
		}
	}
	if kind == kindAny {
		joined.parts = mergeMembers(joined.parts)
	}
	switch len(joined.parts) {
	case 0:
		return always(kind == kindAll)
	case 1:
		return joined.parts[0]
	}
	for _, part := range joined.parts {
		joined.quiet = joined.quiet && part.quiet
	}
	return joined
}

// mergeMembers makes one literal of those that look for the same: call.from ==
// "a" || call.from == "b" is call.from in ["a", "b"].
func mergeMembers(parts []*condition) []*condition {
	merged := make([]*condition, 0, len(parts))
	for _, part := range parts {
		i := -1
		if part.mergeable() {
			i = slices.IndexFunc(merged, func(c *condition) bool { return c.mergeable() && c.text == part.text })
		}
		if i < 0 {
			merged = append(merged, part)
			continue
		}
		both := *merged[i]
		both.members = &members{
			values:   append(slices.Clone(both.members.values), part.members.values...),
			prefixes: append(slices.Clone(both.members.prefixes), part.members.prefixes...),
		}
		merged[i] = &both
	}
	return merged
}

func (c *condition) mergeable() bool {
	return c.kind == kindLiteral && c.members != nil && c.members.list == "" && !c.not
}
