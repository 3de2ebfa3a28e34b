package routing

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"
)

// maxCompileBytes is what compiling one expression may allocate, whatever the
// expression. It stands for the time that takes, which tests do not measure.
const maxCompileBytes = 32 << 20

// hostileExpressions are expressions that were built to be slow, large, deep or
// unreadable, by name.
func hostileExpressions(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/hostile/*.cel")
	if err != nil || len(names) < 40 {
		t.Fatalf("only %d hostile expressions: %v", len(names), err)
	}
	texts := make(map[string]string, len(names))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(name), ".cel")] = string(data)
	}
	return texts
}

// hostileFacts are those of a call whose headers are as many and long as a caller
// can make them, for a tenant with a list of 100,000 numbers.
func hostileFacts() *facts {
	numbers := make([]Number, 100_000)
	for i := range numbers {
		numbers[i] = Number{kind: e164Number, text: fmt.Sprintf("+1555%07d", i)}
	}
	headers := map[string]string{"x-pattern": strings.Repeat("(a*)*", 200)}
	for i := range 60 {
		headers[fmt.Sprintf("x-%02d", i)] = strings.Repeat("é", 2000)
	}
	f := testFacts(&Call{ID: "call-1", CallerName: strings.Repeat("(a*)*", 100), Headers: headers})
	list := newNumberSet(numbers)
	f.plan = &Plan{
		lists: map[string]*numberSet{"vip": list}, listValues: map[string]any{"vip": list},
		schedules:  map[string]*schedule{},
		extensions: map[string]*Extension{"1001": {Extension: "1001"}},
	}
	f.lists = f.plan.listValues
	for i := range 1000 {
		number := fmt.Sprint(1000 + i)
		f.plan.extensions[number] = &Extension{Extension: number}
	}
	return f
}

// Each of them is refused when it is saved, or ends at the call within its cost.
func TestHostileExpressions(t *testing.T) {
	warm(t)
	refused := 0
	f := hostileFacts()
	for name, text := range hostileExpressions(t) {
		before := allocated()
		e, mistakes := compileExpression(text, f.plan.vocabulary())
		if bytes := allocated() - before; bytes > maxCompileBytes {
			t.Errorf("%s: compiling it allocates %d bytes", name, bytes)
		}
		if len(mistakes) > 0 {
			refused++
			checkMistakesShown(t, name, text, mistakes)
			continue
		}
		if cost := costOf(t, &e, f); cost > maxCost {
			t.Errorf("%s: it costs %d at the call", name, cost)
		}
		if matched, err := e.matches(f); matched && err != nil {
			t.Errorf("%s: it matches and fails: %v", name, err)
		}
	}
	if refused < 60 {
		t.Errorf("only %d are refused", refused)
	}
}

// warm makes what is made once, so that no expression is blamed for it.
func warm(t *testing.T) {
	if _, mistakes := compileExpression(`call.country == "US" && call.from.inCountry("US") && call.from.matches("a")`, vocabulary{}); len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func checkMistakesShown(t *testing.T, name, text string, mistakes []mistake) {
	t.Helper()
	if len(mistakes) > maxMistakes {
		t.Errorf("%s: %d mistakes", name, len(mistakes))
	}
	for _, m := range mistakes {
		if m.line < 1 || m.column < 0 || m.length < 1 || m.message == "" || m.message == unreadableMessage {
			t.Errorf("%s: %+v", name, m)
		}
		p := Problem{Message: m.message, Hint: m.hint, Line: m.line, Column: m.column + 1}
		p.underline(lineOf(m.text, m.line), m.length)
		for line := range strings.Lines(strings.TrimPrefix(p.Underlined(), p.String())) {
			if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > shownWidth+2*len(ellipsis)+4 {
				t.Errorf("%s: a line of %d characters is shown", name, utf8.RuneCountInString(line))
			}
		}
	}
}

// costOf is what an evaluation really costs, counted without a limit where the
// expression was accepted for having one, and 0 where it is stopped at it.
func costOf(t *testing.T, e *expression, f *facts) uint64 {
	t.Helper()
	env, err := ruleEnv()
	if err != nil {
		t.Fatal(err)
	}
	checked, err := e.checked()
	if err != nil {
		t.Fatal(err)
	}
	costs := costModel{longestList: longestList(f.plan.lists), patterns: readNames(e.text(), checked.NativeRep()).patterns}
	program, err := env.Program(checked, cel.CostTracking(runCost{costs.patterns}), cel.CostLimit(10*maxCost))
	if err != nil {
		t.Fatal(err)
	}
	_, details, err := program.Eval(f)
	if _, limited, _ := costOptions(env, checked, costs); limited {
		return 0
	}
	if cost := details.ActualCost(); cost != nil {
		return *cost
	}
	t.Errorf("%s: no cost: %v", e.text(), err)
	return 0
}

// panicking is a value that breaks whatever touches it.
type panicking struct{ ref.Val }

// A rule that panics fails like any other: the next one is tried.
func TestAPanicInARuleIsItsFailure(t *testing.T) {
	directory := mustDirectory(t, `call.trunk == "main" && call.callerName.contains("Bob")`, `call.did != ""`)
	plan := mustPlan(t, directory)
	f := testFacts(&Call{})
	f.plan = plan
	f.values[factTrunk] = panicking{}
	matched, err := plan.rules[0].when.matches(f)
	if matched || err == nil {
		t.Errorf("matched %t, error %v", matched, err)
	}
	decided := f.rules(nil)
	if decided.by == nil || decided.by.name != "rule 1" || len(decided.failed) != 1 || decided.failed[0] != "rule 0" {
		t.Errorf("decided %+v", decided)
	}
}

// Any text at all is refused or compiled, and what is compiled ends.
func FuzzExpression(f *testing.F) {
	for _, text := range hostileExpressions(f) {
		f.Add(text)
	}
	data, err := os.ReadFile(mistakesFile)
	if err != nil {
		f.Fatal(err)
	}
	for entry := range strings.SplitSeq(string(data), betweenRules) {
		text, _, _ := strings.Cut(entry, beforeMessages)
		f.Add(text)
	}
	for _, text := range append(readingRules, `call.from in list("vip")`, `list("vip")["x"]`, `now.hour.x`, `{1: 2}[call.bucket] == 2`, `[1,2].map(x, x + 1).exists(y, y == 2)`) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := mistakenTenant()
		e, mistakes := compileExpression(text, in)
		if len(mistakes) > 0 {
			checkMistakesShown(t, "", text, mistakes)
			return
		}
		facts := testFacts(&Call{ID: "a", CallerName: "Bob", Headers: map[string]string{"a": "b"}})
		facts.plan.extensions = in.extensions
		facts.plan.schedules = in.schedules
		if matched, err := e.matches(facts); matched && err != nil {
			t.Errorf("%q matches and fails: %v", text, err)
		}
		e.show(facts)
	})
}
