package routing

import (
	"strconv"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// why gives the smallest parts that made a condition what it was.
func (b *blame) why(e ast.Expr) []Reason {
	if e.Kind() != ast.CallKind {
		return b.leaf(e)
	}
	call := e.AsCall()
	switch call.FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr:
		return b.whyOperands(call.Args(), b.result(e))
	case operators.LogicalNot:
		return b.why(call.Args()[0])
	case operators.Conditional:
		return b.whyBranch(e, call.Args())
	}
	return b.leaf(e)
}

// whyOperands gives the operands that are what the whole is: of && that is false
// the false one, of || that is true the true one, of what failed those that did.
// An operand that was not looked at decided nothing.
func (b *blame) whyOperands(operands []ast.Expr, whole string) []Reason {
	var reasons []Reason
	for _, operand := range operands {
		if b.result(operand) == whole {
			reasons = append(reasons, b.why(operand)...)
		}
	}
	return reasons
}

// whyBranch gives why the branch of c ? a : b was taken, and why that is what it
// is: what the whole is, for of a branch that is but a name CEL remembers nothing.
func (b *blame) whyBranch(e ast.Expr, args []ast.Expr) []Reason {
	reasons := b.why(args[0])
	taken := args[1]
	switch b.result(args[0]) {
	case "true":
	case "false":
		taken = args[2]
	default:
		return reasons
	}
	if _, remembered := b.value(taken); !remembered {
		whole, _ := b.value(e)
		b.state.SetValue(taken.ID(), whole)
	}
	return append(reasons, b.why(taken)...)
}

// leaf gives a part that no smaller one explains better.
func (b *blame) leaf(e ast.Expr) []Reason {
	if value, _ := b.value(e); types.IsError(value) {
		failed := b.failed(e)
		return []Reason{{Text: b.text(failed), Result: resultError, Detail: b.failure(failed), Values: b.values(failed, true)}}
	}
	r := Reason{Text: b.text(e), Result: b.result(e), Detail: b.decider(e), Values: b.values(e, true)}
	if b.isAssumed(e) {
		r.Detail = "assumed"
	}
	return []Reason{r}
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
