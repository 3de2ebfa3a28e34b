package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/operators"
)

// CEL's own messages, to be said in words of the person who wrote the rule.
var (
	undeclaredMessage = regexp.MustCompile(`^undeclared reference to '(.*)' \(in container ''\)$`)
	overloadMessage   = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	expectedMessage   = regexp.MustCompile(`^expected type '(.*)' but found '(.*)'$`)
)

// functionNames are suggested for a misspelt function.
var functionNames = []string{
	"list", "schedule", "has", "all", "exists", "exists_one", "map", "filter", "size", "int", "string", "double", "timestamp", "duration",
	"startsWith", "endsWith", "contains", "matches",
}

func translate(text string, issues *cel.Issues) []mistake {
	var mistakes []mistake
	for _, issue := range issues.Errors() {
		raw := strings.TrimSpace(issue.Message)
		m := mistake{line: 1}
		if at := issue.Location; at != nil && at.Line() > 0 {
			m.line, m.column = at.Line(), max(0, at.Column())
		}
		m.message, m.hint = reword(raw, characterAt(text, m.line, m.column) == '(')
		if !slices.Contains(mistakes, m) {
			mistakes = append(mistakes, m)
		}
		if strings.HasPrefix(raw, syntaxError) {
			break // what follows are the parser's attempts to go on
		}
	}
	return mistakes
}

func characterAt(text string, line, column int) byte {
	lines := strings.Split(text, "\n")
	if line > len(lines) || column >= len(lines[line-1]) {
		return 0
	}
	return lines[line-1][column]
}

const syntaxError = "Syntax error: "

func reword(message string, atCall bool) (string, string) {
	if parts := undeclaredMessage.FindStringSubmatch(message); parts != nil {
		return "undeclared " + parts[1], undeclaredHint(parts[1], atCall)
	}
	if parts := overloadMessage.FindStringSubmatch(message); parts != nil {
		return overload(parts[1], parts[2])
	}
	if parts := expectedMessage.FindStringSubmatch(message); parts != nil {
		return "must be " + parts[1] + ", but it is " + parts[2], ""
	}
	if rest, syntax := strings.CutPrefix(message, syntaxError); syntax {
		rest, _, _ = strings.Cut(rest, " expecting ")
		return "syntax error: " + rest, syntaxHint(rest)
	}
	switch message {
	case "comprehension exceeds nesting limit":
		return fmt.Sprintf("loops (all, exists, map, filter) more than %d deep", maxComprehensions), ""
	case "invalid matches argument":
		return "not a regular expression", "RE2 syntax; \\ is written twice"
	default:
		return message, ""
	}
}

func undeclaredHint(name string, isCall bool) string {
	if name == "list" {
		return `list takes one name in quotes, like list("vip")`
	}
	if name == "schedule" {
		return scheduleHint
	}
	for _, declared := range declaredNames() {
		if _, last, _ := strings.Cut(declared, "."); last == name {
			return "did you mean " + declared + "?"
		}
	}
	if hint := didYouMean(name, append(declaredNames(), functionNames...)); hint != "" {
		return hint
	}
	if isCall {
		return "known are " + strings.Join(functionNames, ", ")
	}
	return "text goes in quotes; names begin with call. or now."
}

// overload says why an operator or function does not take its operands.
func overload(function, operands string) (string, string) {
	operands = strings.TrimPrefix(operands, "(")
	operands = strings.Replace(strings.TrimSuffix(operands, ")"), ".(", ", ", 1)
	types := strings.Split(operands, ", ")
	name := function
	if symbol, found := operators.FindReverse(function); found && symbol != "" {
		name = symbol
	}
	hint := ""
	if slices.Contains(types, "string") && slices.Contains(types, "int") {
		hint = "put the value in quotes to compare text"
	}
	return name + " does not take " + strings.Join(types, " and "), hint
}

func syntaxHint(rest string) string {
	switch {
	case strings.Contains(rest, "'='"), strings.Contains(rest, "'= '"):
		return "compare with =="
	case strings.Contains(rest, "'&'"), strings.Contains(rest, "'and'"):
		return "write && for and"
	case strings.Contains(rest, "'|'"), strings.Contains(rest, "'or'"):
		return "write || for or"
	default:
		return ""
	}
}
