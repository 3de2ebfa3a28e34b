package routing

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// constantReader finds the parts of a checked expression that fail whatever the
// call: 1 / 0, int("x"), call.bucket % 0. A rule fails with them, or would, where
// they are not come to.
type constantReader struct {
	env  *cel.Env
	read *nameReader // for places
}

// failures gives the mistakes among the constants of an expression.
func (r *nameReader) failures(env *cel.Env, checked *cel.Ast) []mistake {
	c := constantReader{env, &nameReader{text: r.text, info: checked.NativeRep().SourceInfo()}}
	if root := checked.NativeRep().Expr(); c.visit(root) {
		c.evaluate(root)
	}
	return c.read.mistakes
}

// visit tells whether an expression is constant. The largest constant parts of
// one that is not are evaluated, each once.
func (c *constantReader) visit(e ast.Expr) bool {
	parts := partsOf(e)
	constant := e.Kind() == ast.LiteralKind || e.Kind() == ast.CallKind || e.Kind() == ast.ListKind || e.Kind() == ast.MapKind
	var constants []ast.Expr
	for _, part := range parts {
		if c.visit(part) {
			constants = append(constants, part)
		}
	}
	if constant && len(constants) == len(parts) {
		return true
	}
	for _, part := range constants {
		value := c.evaluate(part)
		if e.Kind() == ast.CallKind && isDivision(e.AsCall()) && part == e.AsCall().Args()[1] && isZero(value) {
			c.failed(e, "")
		}
	}
	return false
}

// evaluate gives the value of a constant; nil: it has none. Every part of it is
// evaluated, also those that && and || would pass over.
func (c *constantReader) evaluate(e ast.Expr) ref.Val {
	if e.Kind() == ast.LiteralKind {
		return e.AsLiteral()
	}
	program, err := c.env.PlanProgram(ast.NewAST(e, ast.NewSourceInfo(nil)), cel.EvalOptions(cel.OptExhaustiveEval), cel.CostLimit(maxCost))
	if err != nil {
		return nil
	}
	value, details, _ := program.Eval(cel.NoVars()) // a failure is the value of a part
	if details != nil {
		c.innermost(e, details.State().Value)
	}
	return value
}

// innermost notes the smallest parts that failed.
func (c *constantReader) innermost(e ast.Expr, value func(id int64) (ref.Val, bool)) (failed bool) {
	for _, part := range partsOf(e) {
		failed = c.innermost(part, value) || failed
	}
	if v, known := value(e.ID()); !failed && known && types.IsError(v) {
		c.failed(e, fmt.Sprint(v))
		return true
	}
	return failed
}

// failed adds the mistake of a part; raw is what CEL says of it.
func (c *constantReader) failed(e ast.Expr, raw string) {
	if e.Kind() != ast.CallKind {
		c.read.add(e, legible(raw), failsAlways)
		return
	}
	call := e.AsCall()
	last := e
	if args := call.Args(); len(args) > 0 && args[len(args)-1].Kind() == ast.LiteralKind {
		last = args[len(args)-1]
	}
	overflows := strings.HasSuffix(raw, "overflow")
	text, isText := literalString(last)
	switch hint, converts := conversionHints[call.FunctionName()]; {
	case isDivision(call) && !overflows:
		c.read.add(last, "nothing can be divided by 0", divisionHints[call.FunctionName()])
	case overflows:
		c.read.add(e, "the result is too large", failsAlways)
	case converts && isText:
		c.read.add(last, fmt.Sprintf("%s is not readable as %s", quoted(text), call.FunctionName()), hint)
	case converts:
		c.read.add(last, "not readable as "+call.FunctionName(), failsAlways)
	case call.FunctionName() == operators.Index:
		c.read.add(last, "there is no such element", "the first element of a list is 0, of a map only what is in it can be read")
	default:
		c.read.add(e, legible(raw), failsAlways)
	}
}

const failsAlways = "it fails on every call"

var (
	// conversionHints are for texts that cannot be made a value of another type.
	conversionHints = map[string]string{
		overloads.TypeConvertInt: "a number is written without quotes: 12", overloads.TypeConvertUint: "a number is written without quotes: 12u",
		overloads.TypeConvertDouble: "a number is written without quotes: 1.5", overloads.TypeConvertBool: "write true or false, without quotes",
	}
	divisionHints = map[string]string{operators.Divide: failsAlways, operators.Modulo: "call.bucket % 10 == 0 is true for a tenth of the calls"}
)

func isDivision(call ast.CallExpr) bool {
	return call.FunctionName() == operators.Divide || call.FunctionName() == operators.Modulo
}

func isZero(value ref.Val) bool { return value == types.IntZero || value == types.Uint(0) }
