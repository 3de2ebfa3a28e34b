package routing

import (
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/parser"
)

const (
	// listsVariable holds the tenant's lists by name; nobody can write it, as
	// @ begins no name of CEL. list("vip") becomes @lists["vip"].
	listsVariable = "@lists"
	listFunction  = "list"

	maxExpression     = 4096 // bytes
	maxRecursion      = 40
	maxNodes          = 2000
	maxComprehensions = 2
	// maxRegexProgram is ours to check: CEL's own limit compiles a pattern in a way
	// that panics at every repetition like \d{7}.
	maxRegexProgram = 1000
	maxMistakes     = 10 // that are told of one expression
	// maxCost is what one evaluation may cost; a unit is some tens of
	// nanoseconds, so this is a few milliseconds at worst.
	maxCost = 100_000
)

// ruleEnv is the one environment all rules of all tenants are compiled in.
var ruleEnv = sync.OnceValues(newRuleEnv)

func newRuleEnv() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.Variable(listsVariable, cel.MapType(cel.StringType, cel.ListType(cel.StringType))),
		cel.Macros(
			parser.NewGlobalMacro(listFunction, 1, expandList),
			parser.NewGlobalVarArgMacro("queue", refuseQueue),
		),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxRecursion),
		cel.ExpressionNodeLimit(maxNodes),
		cel.ASTValidators(
			cel.ValidateHomogeneousAggregateLiterals(),
			cel.ValidateTimestampLiterals(),
			cel.ValidateDurationLiterals(),
			cel.ValidateComprehensionNestingLimit(maxComprehensions),
		),
	}
	known, err := objectOptions()
	if err != nil {
		return nil, err
	}
	options = append(options, known...)
	options = append(options, numberOptions()...)
	for _, fact := range factNames {
		options = append(options, cel.Variable(fact.name, fact.typ))
	}
	return cel.NewEnv(options...)
}

const listHint = `list takes one name in quotes, like list("vip")`

func expandList(make parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if _, literal := literalString(args[0]); !literal {
		return nil, make.NewError(args[0].ID(), listHint)
	}
	return make.NewCall(operators.Index, make.NewIdent(listsVariable), args[0]), nil
}

const queueMessage = "there are no queues to read: rules know lists, schedules and extensions"

func refuseQueue(parser.ExprHelper, ast.Expr, []ast.Expr) (ast.Expr, *common.Error) {
	return nil, &common.Error{Message: queueMessage}
}

func literalString(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}
