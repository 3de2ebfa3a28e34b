package routing

import (
	"fmt"
	"math"
	"regexp/syntax"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/overloads"
)

const (
	// maxRulePattern bounds a regular expression in a rule, in bytes, and
	// maxUnicodeClasses the slow part of reading one.
	maxRulePattern    = 500
	maxUnicodeClasses = 10
	// stepCost is what one step of a regular expression costs at one character. CEL
	// goes by how long the pattern is written, which says nothing: (.?){450}.
	stepCost = 0.2
)

// readPattern gives how many steps a regular expression has when it is compiled,
// and what is wrong with it, if anything is.
func readPattern(text string) (steps uint64, message, hint string) {
	if len(text) > maxRulePattern {
		return 0, fmt.Sprintf("a regular expression longer than %d bytes", maxRulePattern), "use a list, hasPrefix or several rules"
	}
	if strings.Count(strings.ToLower(text), `\p`) > maxUnicodeClasses {
		return 0, fmt.Sprintf(`more than %d classes of Unicode (\p) in a regular expression`, maxUnicodeClasses), ""
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		m := patternMistake(err)
		message = strings.Replace(m.message, "not readable as a pattern", "not a regular expression", 1)
		return 0, message, orText(m.hint, `RE2 syntax; in quotes \ is written twice`)
	}
	if steps = patternSteps(tree); steps > maxRegexProgram {
		return 0, "a regular expression that costs too much", `repeat less, as in \\d{7}, or use hasPrefix or a list`
	}
	return steps, "", ""
}

// patternSteps is how many steps a pattern has when it is compiled; many more than
// allowed if it cannot be.
func patternSteps(tree *syntax.Regexp) uint64 {
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return math.MaxUint64
	}
	return uint64(len(program.Inst))
}

// patternCall looks at the regular expression of matches. It has to stand in the
// rule: one that came with the call would be the caller's to write.
func (r *nameReader) patternCall(call ast.CallExpr) {
	args := call.Args()
	if call.FunctionName() != overloads.Matches || len(args) == 0 {
		return
	}
	pattern := args[len(args)-1]
	text, literal := literalString(pattern)
	if !literal {
		if pattern.Kind() != ast.LiteralKind { // a number there is for the type checker
			r.add(pattern, "matches takes its pattern in quotes", "a pattern cannot come from the call")
		}
		return
	}
	steps, message, hint := readPattern(text)
	if message != "" {
		r.add(pattern, message, hint)
	}
	if r.patterns == nil {
		r.patterns = map[string]uint64{}
	}
	r.patterns[text] = steps
}
