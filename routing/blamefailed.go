package routing

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// failed gives the innermost part that failed.
func (b *blame) failed(e ast.Expr) ast.Expr {
	for {
		inner := b.failedOperand(e)
		if inner == nil {
			return e
		}
		e = inner
	}
}

func (b *blame) failedOperand(e ast.Expr) ast.Expr {
	for _, part := range operandsOf(e) {
		if value, ok := b.value(part); ok && types.IsError(value) {
			return part
		}
	}
	return nil
}

// failure says why a part failed.
func (b *blame) failure(e ast.Expr) string {
	value, _ := b.value(e)
	message := fmt.Sprint(value)
	switch {
	case strings.HasPrefix(message, "no such key: ") && b.isHeader(e):
		return "the call has no such header"
	case strings.HasPrefix(message, "type conversion error from ") && e.Kind() == ast.CallKind:
		return "not readable as " + e.AsCall().FunctionName()
	case b.isAssumed(e):
		return legible(message) + ": " + b.unassumed(e)
	}
	return legible(message)
}

// isHeader tells of call.headers["x-name"] and call.headers.name.
func (b *blame) isHeader(e ast.Expr) bool {
	operands := operandsOf(e)
	return len(operands) > 0 && isIdent(operands[0], factNames[factHeaders].name)
}

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
