package routing

import (
	"fmt"
	"strconv"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/traits"
)

// values gives what an expression read, by name as it was written; with operands
// also what its operands came to, of size(call.callerName) > 3 the size. What it
// did not come to read is not there: nobody knows, and it decided nothing.
func (b *blame) values(e ast.Expr, operands bool) map[string]string {
	found := map[string]string{}
	b.read(e, found)
	if operands {
		for _, operand := range operandsOf(e) {
			b.computed(operand, found)
		}
	}
	delete(found, b.text(e)) // it is the result
	if len(found) == 0 {
		return nil
	}
	return found
}

func (b *blame) read(e ast.Expr, found map[string]string) {
	switch e.Kind() {
	case ast.IdentKind:
		b.name(e, found)
	case ast.SelectKind:
		b.field(e, found)
	case ast.CallKind:
		b.call(e.AsCall(), e, found)
	case ast.ComprehensionKind:
		b.loop(e.AsComprehension(), found)
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			b.read(element, found)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			b.read(entry.AsMapEntry().Key(), found)
			b.read(entry.AsMapEntry().Value(), found)
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			b.read(field.AsStructField().Value(), found)
		}
	case ast.LiteralKind, ast.UnspecifiedExprKind:
	}
}

// name notes a fact. A loop's variable is none, nor is what begins with @.
func (b *blame) name(e ast.Expr, found map[string]string) {
	id, isFact := factByName(e.AsIdent())
	if !isFact || b.local[e.AsIdent()] > 0 {
		return
	}
	if b.facts.values[id] != nil { // it was asked for
		found[b.text(e)] = showValue(b.facts.values[id])
	}
}

// field notes what was read of something that is no value by itself, such as
// schedule("office").isOpen. has(…) is its own value.
func (b *blame) field(e ast.Expr, found map[string]string) {
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

// notThere stands for the value of what the call does not have, or nobody knows.
const notThere = "not there"

// isAssumed tells of what a dry run assumed of an extension.
func (b *blame) isAssumed(e ast.Expr) bool {
	if _, dry := b.facts.live.(assumed); !dry || e.Kind() != ast.SelectKind {
		return false
	}
	of, _ := objectRead(e.AsSelect().Operand())
	return of == &extensionObject && e.AsSelect().FieldName() != "dnd"
}

// unassumed says what to do where a dry run assumes nothing of an extension.
func (b *blame) unassumed(e ast.Expr) string {
	_, key := objectRead(e.AsSelect().Operand())
	number, _ := literalString(key)
	return fmt.Sprintf("no switch is watched; try --assume %s=registered", number)
}

// call notes what the operands of a call read, of && and || those that were
// looked at.
func (b *blame) call(call ast.CallExpr, e ast.Expr, found map[string]string) {
	switch call.FunctionName() {
	case operators.Index:
		b.element(e, found)
		return
	case operators.In, operators.OldIn:
		if isIdent(call.Args()[1], factNames[factHeaders].name) {
			b.read(call.Args()[0], found) // whether it is there is the result
			return
		}
	case inCountryFunction:
		b.country(call.Args()[0], found)
		return
	}
	chosen := isChoice(call.FunctionName())
	for _, operand := range operandsOf(e) {
		if _, looked := b.value(operand); looked || !chosen {
			b.read(operand, found)
		}
	}
}

// country notes a number with the country it is of.
func (b *blame) country(number ast.Expr, found map[string]string) {
	b.read(number, found)
	if value, ok := b.value(number); ok && value.Type() == types.StringType {
		text, _ := value.Value().(string)
		found[b.text(number)] = fmt.Sprintf("%s (%s)", showValue(value), orText((*countriesValue)(b.facts).of(text), "of no country"))
	}
}

// isChoice tells whether a function looks at its operands only as far as it needs.
func isChoice(function string) bool {
	return function == operators.LogicalAnd || function == operators.LogicalOr || function == operators.Conditional
}

// computed notes what an operand came to that is more than a name.
func (b *blame) computed(e ast.Expr, found map[string]string) {
	value, ok := b.value(e)
	if !ok || types.IsUnknownOrError(value) || e.Kind() != ast.CallKind || isConstant(e) {
		return
	}
	switch value.(type) {
	case traits.Lister, *extensionReading:
	default:
		found[b.text(e)] = showValue(value)
	}
}

// isConstant tells of an expression that reads nothing.
func isConstant(e ast.Expr) bool {
	names := false
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		names = names || part.Kind() == ast.IdentKind
	}))
	return !names
}

// element notes what was read by a["b"]; of a tenant's list how long it is.
func (b *blame) element(e ast.Expr, found map[string]string) {
	args := e.AsCall().Args()
	if args[0].Kind() != ast.IdentKind {
		b.read(args[0], found)
	}
	b.read(args[1], found)
	value, ok := b.value(e)
	if !ok || args[0].Kind() != ast.IdentKind {
		return
	}
	switch v := value.(type) {
	case *numberSet:
		found[b.text(e)] = counted(len(v.members), "number")
	case *types.Err:
		found[b.text(e)] = notThere
	default:
		if text := showValue(value); text != "" {
			found[b.text(e)] = text
		}
	}
}

func (b *blame) loop(c ast.ComprehensionExpr, found map[string]string) {
	b.read(c.IterRange(), found)
	variables := []string{c.IterVar(), c.IterVar2(), c.AccuVar()}
	for _, v := range variables {
		b.local[v]++
	}
	b.read(c.LoopStep(), found)
	for _, v := range variables {
		b.local[v]--
	}
}

// decider says which element decided a loop: the one exists found, or the one all
// failed on. Both stop there, so it is the one they looked at last.
func (b *blame) decider(e ast.Expr) string {
	if e.Kind() != ast.ComprehensionKind {
		return ""
	}
	c := e.AsComprehension()
	start := c.AccuInit()
	if start.Kind() != ast.LiteralKind || start.AsLiteral().Type() != types.BoolType || strconv.FormatBool(start.AsLiteral() == types.True) == b.result(e) {
		return ""
	}
	var last string
	ast.PreOrderVisit(c.LoopStep(), ast.NewExprVisitor(func(part ast.Expr) {
		if part.Kind() == ast.IdentKind && part.AsIdent() == c.IterVar() && last == "" {
			if value, ok := b.value(part); ok {
				last = c.IterVar() + " is " + showValue(value)
			}
		}
	}))
	return last
}

// counted writes how many there are of something: 1 number, 3 numbers.
func counted(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
