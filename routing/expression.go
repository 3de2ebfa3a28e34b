package routing

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// expression is a compiled `when`. Immutable, safe for concurrent use.
type expression struct {
	program cel.Program
	reads   []string // names it reads, as written: list("name"), schedule("name").isOpen; sorted
	always  bool     // it is the constant true
}

// mistake is something wrong in an expression: line from 1, column from 0.
type mistake struct {
	line, column  int
	message, hint string
}

// vocabulary is what a tenant's expressions can name besides facts.
type vocabulary struct {
	lists     map[string]*numberSet
	schedules map[string]*schedule // by id too, which expressions cannot say
}

func (p *Plan) vocabulary() vocabulary { return vocabulary{p.lists, p.schedules} }

// compileExpression checks text against the environment and what the tenant has
// and plans it. It never panics, whatever the text.
func compileExpression(text string, in vocabulary) (compiled expression, mistakes []mistake) {
	defer func() {
		if recover() != nil {
			compiled, mistakes = expression{}, []mistake{{line: 1, message: "not readable as an expression"}}
		}
	}()
	if len(text) > maxExpression {
		return expression{}, []mistake{{line: 1, message: fmt.Sprintf("longer than %d bytes", maxExpression), hint: "use a list or several rules"}}
	}
	env, err := ruleEnv()
	if err != nil {
		return expression{}, []mistake{{line: 1, message: err.Error()}}
	}
	parsed, issues := env.Parse(text)
	if issues.Err() != nil {
		return expression{}, translate(text, issues)
	}
	reads, wrong := readNames(parsed.NativeRep(), in)
	if len(wrong) > 0 {
		return expression{}, wrong
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return expression{}, translate(text, issues)
	}
	return plan(env, checked, reads, in.lists)
}

func plan(env *cel.Env, checked *cel.Ast, reads []string, lists map[string]*numberSet) (expression, []mistake) {
	if checked.OutputType() != cel.BoolType {
		return expression{}, []mistake{{line: 1, message: fmt.Sprintf("must be true or false, but it is %s", checked.OutputType())}}
	}
	options, refused := costOptions(env, checked, lists)
	if refused != "" {
		return expression{}, []mistake{{line: 1, message: refused, hint: "test for membership with `in`, or use fewer loops and shorter patterns"}}
	}
	program, err := env.Program(checked, options...)
	if err != nil {
		return expression{}, []mistake{{line: 1, message: err.Error()}}
	}
	root := checked.NativeRep().Expr()
	always := root.Kind() == ast.LiteralKind && root.AsLiteral() == types.True
	return expression{program: program, reads: reads, always: always}, nil
}

// costOptions refuses what is too expensive whatever the call. Only where the
// cost depends on something without a bound is it counted while the rule runs:
// counting costs more than most rules do.
func costOptions(env *cel.Env, checked *cel.Ast, lists map[string]*numberSet) ([]cel.ProgramOption, string) {
	model := costModel{longestList: longestList(lists)}
	cost, err := env.EstimateCost(checked, model)
	if err != nil {
		return nil, "cannot tell what it costs: " + err.Error()
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if cost.Max == math.MaxUint64 {
		return append(options, cel.CostTracking(runCost{}), cel.CostLimit(maxCost)), ""
	}
	if cost.Max > maxCost {
		return nil, fmt.Sprintf("too expensive: it may cost %d, the limit is %d", cost.Max, maxCost)
	}
	return options, ""
}

func longestList(lists map[string]*numberSet) uint64 {
	longest := 0
	for _, list := range lists {
		longest = max(longest, len(list.members))
	}
	return uint64(longest)
}

// matches evaluates the expression on a call's facts.
func (e *expression) matches(f *facts) (bool, error) {
	result, _, err := e.program.Eval(f)
	if err != nil {
		return false, err
	}
	return result == types.True, nil
}

// show gives the values the expression reads, for an explanation.
func (e *expression) show(f *facts) map[string]string {
	shown := make(map[string]string, len(e.reads))
	for _, name := range e.reads {
		if list, isList := strings.CutPrefix(name, `list("`); isList {
			set := f.plan.lists[strings.TrimSuffix(list, `")`)]
			shown[name] = fmt.Sprintf("%d numbers", len(set.members))
			continue
		}
		if value, isSchedule := f.showSchedule(name); isSchedule {
			shown[name] = value
			continue
		}
		value, _ := f.ResolveName(name)
		shown[name] = showValue(value)
	}
	return shown
}

func sortedSet(names map[string]struct{}) []string {
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	return sorted
}
