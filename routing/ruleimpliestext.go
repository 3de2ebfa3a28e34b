package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// canonical writes an expression so that what differs only in spaces, brackets
// or the order of && || == != is the same text.
func canonical(e ast.Expr) string {
	switch e.Kind() {
	case ast.LiteralKind:
		return fmt.Sprintf("%s:%q", e.AsLiteral().Type().TypeName(), fmt.Sprint(e.AsLiteral().Value()))
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		s := e.AsSelect()
		if s.IsTestOnly() {
			return "has(" + canonical(s.Operand()) + "." + s.FieldName() + ")"
		}
		return canonical(s.Operand()) + "." + s.FieldName()
	case ast.CallKind:
		return canonicalCall(e.AsCall())
	case ast.ListKind:
		return "[" + canonicals(e.AsList().Elements()) + "]" + optional(e.AsList().OptionalIndices())
	case ast.MapKind:
		return "{" + canonicalEntries(e.AsMap().Entries()) + "}"
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		return "fold(" + c.IterVar() + " " + c.IterVar2() + " " + c.AccuVar() + " " +
			canonicals([]ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}) + ")"
	case ast.StructKind, ast.UnspecifiedExprKind:
	}
	return "?" + strconv.FormatInt(e.ID(), 10) // like nothing else
}

func canonicals(all []ast.Expr) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = canonical(e)
	}
	return strings.Join(texts, ",")
}

func optional(indices []int32) string {
	if len(indices) == 0 {
		return ""
	}
	return fmt.Sprint(indices)
}

func canonicalEntries(entries []ast.EntryExpr) string {
	texts := make([]string, len(entries))
	for i, entry := range entries {
		if entry.Kind() != ast.MapEntryKind {
			return "?" + strconv.FormatInt(entry.ID(), 10)
		}
		e := entry.AsMapEntry()
		texts[i] = fmt.Sprint(canonical(e.Key()), ":", canonical(e.Value()), e.IsOptional())
	}
	return strings.Join(texts, ",")
}

func canonicalCall(call ast.CallExpr) string {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr:
		return commutative(name, flatten(name, args))
	case operators.Equals:
		return commutative("==", args)
	case operators.NotEquals:
		return "!(" + commutative("==", args) + ")"
	case operators.LogicalNot:
		return "!(" + canonical(args[0]) + ")"
	case operators.Greater:
		return operators.Less + "(" + canonicals([]ast.Expr{args[1], args[0]}) + ")"
	case operators.GreaterEquals:
		return operators.LessEquals + "(" + canonicals([]ast.Expr{args[1], args[0]}) + ")"
	default:
		if call.IsMemberFunction() {
			return "." + name + "(" + canonicals(append([]ast.Expr{call.Target()}, args...)) + ")"
		}
		return name + "(" + canonicals(args) + ")"
	}
}

// flatten gives the operands of a chain of && or of ||.
func flatten(operator string, args []ast.Expr) []ast.Expr {
	var flat []ast.Expr
	for _, arg := range args {
		if arg.Kind() == ast.CallKind && arg.AsCall().FunctionName() == operator {
			flat = append(flat, flatten(operator, arg.AsCall().Args())...)
		} else {
			flat = append(flat, arg)
		}
	}
	return flat
}

func commutative(operator string, args []ast.Expr) string {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = canonical(arg)
	}
	slices.Sort(texts)
	return operator + "(" + strings.Join(texts, ",") + ")"
}

// isQuiet tells whether evaluating an expression leaves no trace: it reads no
// header, no schedule and nothing live, which a decision keeps as read.
func isQuiet(e ast.Expr) bool {
	quiet := true
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		fact, isFact := factByName(e.AsIdent())
		switch name := e.AsIdent(); {
		case isFact && fact != factHeaders, name == listsVariable, name == countriesVariable:
		default:
			quiet = false
		}
	}))
	return quiet
}

// constantBool evaluates what reads nothing at all: true, 1 == 2, "a" in ["b"].
func constantBool(e ast.Expr) (value, known bool) {
	if value, known := literalBool(e); known {
		return value, true
	}
	if e.Kind() != ast.CallKind || !isClosed(e) {
		return false, false
	}
	env, err := ruleEnv()
	if err != nil {
		return false, false
	}
	program, err := env.PlanProgram(ast.NewAST(e, ast.NewSourceInfo(nil)), cel.CostLimit(maxCost))
	if err != nil {
		return false, false
	}
	result, _, err := program.Eval(cel.NoVars())
	if err != nil {
		return false, false
	}
	b, isBool := result.(types.Bool)
	return bool(b), isBool
}

func isClosed(e ast.Expr) bool {
	closed := true
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind, ast.SelectKind, ast.ComprehensionKind, ast.StructKind, ast.UnspecifiedExprKind:
			closed = false
		case ast.CallKind, ast.ListKind, ast.LiteralKind, ast.MapKind:
		}
	}))
	return closed
}
