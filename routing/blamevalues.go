package routing

import (
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// values gives what an expression read, by name as it was written; with operands
// also what its operands came to, of size(call.callerName) > 3 the size. What it
// did not come to read is not there: nobody knows, and it decided nothing.
func (b *blame) values(e ast.Expr, operands bool) map[string]string {
	found := map[string]string{}
	b.note(e, found)
	if operands {
		for _, operand := range operandsOf(e) {
			b.noteOperand(operand, found)
		}
	}
	delete(found, b.text(e)) // it is the result
	if len(found) == 0 {
		return nil
	}
	return found
}

func (b *blame) note(e ast.Expr, found map[string]string) {
	switch e.Kind() {
	case ast.IdentKind:
		b.noteFact(e, found)
	case ast.SelectKind:
		b.noteField(e, found)
	case ast.CallKind:
		b.noteCall(e.AsCall(), e, found)
	case ast.ComprehensionKind:
		b.noteLoop(e.AsComprehension(), found)
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			b.note(element, found)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			b.note(entry.AsMapEntry().Key(), found)
			b.note(entry.AsMapEntry().Value(), found)
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			b.note(field.AsStructField().Value(), found)
		}
	case ast.LiteralKind, ast.UnspecifiedExprKind:
	}
}

// noteFact notes a fact. A loop's variable is none, nor is what begins with @.
func (b *blame) noteFact(e ast.Expr, found map[string]string) {
	id, isFact := factByName(e.AsIdent())
	if !isFact || b.local[e.AsIdent()] > 0 {
		return
	}
	if b.facts.values[id] != nil { // it was asked for
		found[b.text(e)] = showValue(b.facts.values[id])
	}
}

// notThere stands for the value of what the call does not have, or nobody knows.
const notThere = "not there"

// noteField notes what was read of something that is no value by itself, such as
// schedule("office").isOpen. has(…) is its own value.
func (b *blame) noteField(e ast.Expr, found map[string]string) {
	value, ok := b.value(e)
	switch {
	case !ok || e.AsSelect().IsTestOnly():
	case types.IsUnknownOrError(value):
		found[b.text(e)] = notThere
	case b.isAssumed(e):
		found[b.text(e)] = showValue(value) + " (assumed)"
	default:
		found[b.text(e)] = showValue(value)
	}
}

// noteCall notes what the operands of a call read, of && and || those that were
// looked at.
func (b *blame) noteCall(call ast.CallExpr, e ast.Expr, found map[string]string) {
	switch call.FunctionName() {
	case operators.Index:
		b.noteElement(e, found)
		return
	case operators.In, operators.OldIn:
		if isIdent(call.Args()[1], factNames[factHeaders].name) {
			b.note(call.Args()[0], found) // whether it is there is the result
			return
		}
	case inCountryFunction:
		b.noteCountry(call.Args()[0], found)
		return
	}
	chosen := isChoice(call.FunctionName())
	for _, operand := range operandsOf(e) {
		if _, looked := b.value(operand); looked || !chosen {
			b.note(operand, found)
		}
	}
}

// isChoice tells whether a function looks at its operands only as far as it needs.
func isChoice(function string) bool {
	return function == operators.LogicalAnd || function == operators.LogicalOr || function == operators.Conditional
}

func (b *blame) noteLoop(c ast.ComprehensionExpr, found map[string]string) {
	b.note(c.IterRange(), found)
	variables := []string{c.IterVar(), c.IterVar2(), c.AccuVar()}
	for _, v := range variables {
		b.local[v]++
	}
	b.note(c.LoopStep(), found)
	for _, v := range variables {
		b.local[v]--
	}
}
