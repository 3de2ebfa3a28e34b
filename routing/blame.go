package routing

import (
	"fmt"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
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

func (b *blame) text(e ast.Expr) string { return b.source.text(b.ast.SourceInfo(), e) }
