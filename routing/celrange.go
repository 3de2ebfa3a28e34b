package routing

import (
	"fmt"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// mostOf gives the largest number a value can be, by its name; the least is 0.
func mostOf(name string) (most int64, bounded bool) {
	id, isFact := factByName(name)
	if !isFact || factNames[id].most == 0 {
		return 0, false
	}
	return factNames[id].most, true
}

// numberOf finds numbers that a value can never be, where it is asked whether it
// is one: now.hour == 24.
func (r *nameReader) numberOf(name string, with ast.Expr) {
	most, bounded := mostOf(name)
	if !bounded {
		return
	}
	numbers := []ast.Expr{with}
	if with.Kind() == ast.ListKind {
		numbers = with.AsList().Elements()
	}
	for _, at := range numbers {
		if n, isNumber := literalInt(at); isNumber && (n < 0 || n > most) {
			r.add(at, fmt.Sprintf("%s is never %d", name, n), fmt.Sprintf("it is 0 to %d", most))
		}
	}
}

func literalInt(e ast.Expr) (int64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	n, isInt := e.AsLiteral().(types.Int)
	return int64(n), isInt
}

// turned are the comparisons with their sides changed.
var turned = map[string]string{
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
}

// boundedOrder tells of comparisons that every call gives the same answer:
// now.hour < 24, call.bucket >= 100. They are allowed, as now.hour <= 24 is the
// end of many a range.
func boundedOrder(call ast.CallExpr) (value, known bool) {
	operator, args := call.FunctionName(), call.Args()
	if turned[operator] == "" {
		return false, false
	}
	fact, n := args[0], args[1]
	if fact.Kind() == ast.LiteralKind {
		fact, n, operator = n, fact, turned[operator]
	}
	limit, isNumber := literalInt(n)
	if !isNumber || fact.Kind() != ast.IdentKind {
		return false, false
	}
	most, bounded := mostOf(fact.AsIdent())
	if !bounded {
		return false, false
	}
	least, last := ordered(operator, 0, limit), ordered(operator, most, limit)
	return least, least == last
}

func ordered(operator string, a, b int64) bool {
	switch operator {
	case operators.Less:
		return a < b
	case operators.LessEquals:
		return a <= b
	case operators.Greater:
		return a > b
	}
	return a >= b
}
