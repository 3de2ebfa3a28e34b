package routing

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// Reason is a part of a rule's condition that made it what it was.
type Reason struct {
	Text   string `json:"text"`   // as the tenant wrote it
	Result string `json:"result"` // true, false or error
	// Detail says why it failed, or which element of a list decided.
	Detail string `json:"detail,omitempty"`
	// Values are those it read, by name, written as in expressions.
	Values map[string]string `json:"values,omitempty"`
}

const (
	resultError = "error"
	// maxReasons is how many reasons of one rule are shown; a chain of a hundred
	// alternatives that are all false tells no more than its first ones.
	maxReasons = 12
)

// blame finds what made one expression true, false or fail on one call. It
// evaluates the expression once more, with every value in between noted, and so
// is for explanations only.
type blame struct {
	facts  *facts
	ast    *ast.AST
	source source
	state  interpreter.EvalState
	local  map[string]int // loop variables in scope
}

// because gives the parts of an expression that decided, and all values it came
// to read. failed is why it failed on the call, nil if it did not.
func because(text string, f *facts, failed error) (reasons []Reason, values map[string]string) {
	b, err := tracked(text, f)
	if err != nil {
		all := newSource(text)
		return []Reason{{Text: all.all(), Result: resultError, Detail: legible(err.Error())}}, nil
	}
	root := b.ast.Expr()
	if _, evaluated := b.value(root); !evaluated && failed != nil { // it was stopped
		return []Reason{{Text: b.source.all(), Result: resultError, Detail: legible(failed.Error())}}, nil
	}
	reasons = b.why(root)
	if more := len(reasons) - maxReasons; more > 0 {
		reasons = append(reasons[:maxReasons], Reason{Text: fmt.Sprintf("%d more", more), Result: reasons[0].Result})
	}
	return reasons, b.values(root, false)
}

// tracked evaluates an expression with its values in between kept. It is compiled
// for that here: calls need neither the program nor what it is made from.
func tracked(text string, f *facts) (b *blame, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("it cannot be evaluated")
		}
	}()
	env, err := ruleEnv()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptTrackState), cel.CostTracking(runCost{}), cel.CostLimit(maxCost))
	if err != nil {
		return nil, err
	}
	_, details, _ := program.Eval(f) // that it may fail is one of the values
	if details == nil {
		return nil, fmt.Errorf("it cannot be evaluated")
	}
	return &blame{facts: f, ast: checked.NativeRep(), source: newSource(text), state: details.State(), local: map[string]int{}}, nil
}

// value gives what an expression was, unless it was never looked at.
func (b *blame) value(e ast.Expr) (ref.Val, bool) { return b.state.Value(e.ID()) }

// result names what an expression was; "" if it was never looked at.
func (b *blame) result(e ast.Expr) string {
	value, ok := b.value(e)
	switch {
	case !ok:
		return ""
	case types.IsUnknownOrError(value):
		return resultError
	case value.Type() == types.BoolType:
		return strconv.FormatBool(value == types.True)
	}
	return showValue(value)
}

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

// operandsOf gives what an expression is made of. A loop is one: inside of it
// only the last element is remembered.
func operandsOf(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.CallKind:
		if e.AsCall().IsMemberFunction() {
			return append([]ast.Expr{e.AsCall().Target()}, e.AsCall().Args()...)
		}
		return e.AsCall().Args()
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.ComprehensionKind:
		return []ast.Expr{e.AsComprehension().IterRange()}
	case ast.MapKind, ast.StructKind, ast.LiteralKind, ast.IdentKind, ast.UnspecifiedExprKind:
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

func (b *blame) text(e ast.Expr) string { return b.source.text(b.ast.SourceInfo(), e) }
