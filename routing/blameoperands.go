package routing

import (
	"fmt"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/traits"
)

// noteCountry notes a number with the country it is of.
func (b *blame) noteCountry(number ast.Expr, found map[string]string) {
	b.note(number, found)
	if value, ok := b.value(number); ok && value.Type() == types.StringType {
		text, _ := value.Value().(string)
		found[b.text(number)] = fmt.Sprintf("%s (%s)", showValue(value), orText((*countriesValue)(b.facts).of(text), "of no country"))
	}
}

// noteOperand notes what an operand came to that is more than a name.
func (b *blame) noteOperand(e ast.Expr, found map[string]string) {
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

// noteElement notes what was read by a["b"]; of a tenant's list how long it is.
func (b *blame) noteElement(e ast.Expr, found map[string]string) {
	args := e.AsCall().Args()
	if args[0].Kind() != ast.IdentKind {
		b.note(args[0], found)
	}
	b.note(args[1], found)
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

// counted writes how many there are of something: 1 number, 3 numbers.
func counted(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
