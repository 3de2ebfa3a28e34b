package routing

import (
	"fmt"
	"slices"
	"strings"
	"weak"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// expression is a compiled `when` of one tenant. Immutable, safe for concurrent
// use; the zero expression cannot be evaluated.
type expression struct {
	shared *sharedExpression
	reads  []string // names it reads, as written: list("name"), schedule("name").isOpen; sorted
	always bool     // it is the constant true
}

// sharedExpression is the compiled form of a text, the same for every tenant whose
// rules have it: what it reads of the tenant comes with the facts. Immutable.
type sharedExpression struct {
	text       string
	program    cel.Program
	reads      []string
	refers     []reference // to what a tenant has to have
	headers    []string    // names of SIP headers it reads
	allHeaders bool        // it goes through all of them
	always     bool
	condition  *condition // what it says, to compare it with others
	counted    bool       // its cost is counted while it runs, and may end it
	sized      bool       // its cost depends on the length of the longest list
	// ast is kept while somebody else has it: it is several times as large as the
	// program, and needed only to explain.
	ast weak.Pointer[cel.Ast]
}

// unreadableMessage is for a text that CEL panics at.
const unreadableMessage = "not readable as an expression"

// compileExpression checks text against the environment and what the tenant has
// and plans it. It never panics, whatever the text.
func compileExpression(text string, in vocabulary) (expression, []mistake) {
	if wrong, unreadable := unreadable(text); unreadable {
		return expression{}, []mistake{wrong}
	}
	shared, mistakes := expressions.get(text, sizeClassOf(longestList(in.lists)), compileShared)
	if shared != nil {
		mistakes = append(slices.Clip(mistakes), in.check(shared.refers)...)
	}
	if len(mistakes) > 0 {
		slices.SortStableFunc(mistakes, mistake.compare)
		mistakes = slices.Compact(mistakes)
		return expression{}, mistakes[:min(len(mistakes), maxMistakes)]
	}
	return expression{shared: shared, reads: shared.reads, always: shared.always}, nil
}

// compileShared compiles a text for tenants with lists up to a length. Beside
// mistakes it may give what the text refers to, for more of them.
func compileShared(text string, class sizeClass) (shared *sharedExpression, mistakes []mistake) {
	defer func() {
		if recover() != nil {
			shared, mistakes = nil, []mistake{wholeMistake(text, unreadableMessage, "")}
		}
	}()
	env, err := ruleEnv()
	if err != nil {
		return nil, []mistake{wholeMistake(text, err.Error(), "")}
	}
	parsed, issues := env.Parse(text)
	if issues.Err() != nil {
		return nil, translate(text, issues)
	}
	r := readNames(text, parsed.NativeRep())
	shared = &sharedExpression{
		text: text, reads: sortedSet(r.found), refers: r.refers, headers: sortedSet(r.headers), allHeaders: r.all, sized: r.sized,
	}
	if len(r.mistakes) > 0 {
		return shared, r.mistakes
	}
	checked, issues := env.Check(parsed)
	if issues.Err() != nil {
		return shared, translate(text, issues)
	}
	if wrong := r.failures(env, checked); len(wrong) > 0 {
		return shared, wrong
	}
	return shared, shared.plan(env, checked, costModel{longestList: class.longest(), patterns: r.patterns})
}

func (e *sharedExpression) plan(env *cel.Env, checked *cel.Ast, costs costModel) []mistake {
	if checked.OutputType() != cel.BoolType {
		return []mistake{notTrueOrFalse(e.text, checked)}
	}
	options, counted, refused := costOptions(env, checked, costs)
	if refused != "" {
		return []mistake{wholeMistake(e.text, refused, "test for membership with `in`, or use fewer loops and shorter patterns")}
	}
	program, err := env.Program(checked, options...)
	if err != nil {
		return []mistake{wholeMistake(e.text, err.Error(), "")}
	}
	root := checked.NativeRep().Expr()
	e.always = root.Kind() == ast.LiteralKind && root.AsLiteral() == types.True
	e.program, e.ast = program, weak.Make(checked)
	e.condition, e.counted = conditionOf(root), counted
	return nil
}

// costOptions refuses what is too expensive whatever the call. Only where the
// cost depends on something without a bound is it counted while the rule runs:
// counting costs more than most rules do.
func costOptions(env *cel.Env, checked *cel.Ast, costs costModel) (options []cel.ProgramOption, counted bool, refused string) {
	cost, err := env.EstimateCost(checked, costs)
	if err != nil {
		return nil, false, "cannot tell what it costs: " + err.Error()
	}
	options = []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if cost.Max >= unboundedCost {
		return append(options, cel.CostTracking(runCost{costs.patterns}), cel.CostLimit(maxCost)), true, ""
	}
	if cost.Max > maxCost {
		return nil, false, fmt.Sprintf("too expensive: it may cost %d, the limit is %d", cost.Max, maxCost)
	}
	return options, false, ""
}

func longestList(lists map[string]*numberSet) uint64 {
	longest := 0
	for _, list := range lists {
		longest = max(longest, len(list.members))
	}
	return uint64(longest)
}

// checked gives the expression with its types, to be explained or compared. It is
// made again if nobody has it any more.
func (e *expression) checked() (*cel.Ast, error) {
	if checked := e.shared.ast.Value(); checked != nil {
		return checked, nil
	}
	env, err := ruleEnv()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(e.shared.text)
	return checked, issues.Err()
}

// text is the expression as it was written.
func (e *expression) text() string { return e.shared.text }

// matches evaluates the expression on a call's facts. A panic in it is an error.
func (e *expression) matches(f *facts) (bool, error) {
	f.noteHeaders(e.shared)
	result, _, err := e.shared.program.Eval(f)
	if err != nil {
		return false, err
	}
	return result == types.True, nil
}

// show gives the values the expression reads, for an explanation.
func (e *expression) show(f *facts) map[string]string {
	shown := make(map[string]string, len(e.reads))
	for _, name := range e.reads {
		shown[name] = f.show(name)
	}
	return shown
}

func (f *facts) show(name string) string {
	if list, isList := strings.CutPrefix(name, `list("`); isList {
		set := f.plan.lists[strings.TrimSuffix(list, `")`)]
		return fmt.Sprintf("%d numbers", len(set.members))
	}
	if value, isSchedule := f.showSchedule(name); isSchedule {
		return value
	}
	if value, isExtension := f.showExtension(name); isExtension {
		return value
	}
	value, _ := f.ResolveName(name)
	return showValue(value)
}

func sortedSet(names map[string]struct{}) []string {
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	return sorted
}
