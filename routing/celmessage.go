package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
)

// CEL's own messages, to be said in words of the person who wrote the rule.
var (
	undeclaredMessage = regexp.MustCompile(`^undeclared reference to '(.*)' \(in container ''\)$`)
	overloadMessage   = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	expectedMessage   = regexp.MustCompile(`^expected type '(.*)' but found '(.*)'$`)
	fieldMessage      = regexp.MustCompile(`^type '(.*)' does not support field selection$`)
	loopMessage       = regexp.MustCompile(`^expression of type '(.*)' cannot be range of a comprehension`)
	reservedMessage   = regexp.MustCompile(`^reserved identifier: (.*)$`)
	countMessage      = regexp.MustCompile(`^expression (?:count|node count|size)`)
	codePoints        = regexp.MustCompile(`code point size exceeds limit`)
)

func translate(text string, issues *cel.Issues) []mistake {
	var mistakes []mistake
	for _, issue := range issues.Errors() {
		raw := strings.TrimSpace(issue.Message)
		line, column := 1, 0
		if at := issue.Location; at != nil && at.Line() > 0 {
			line, column = at.Line(), max(0, at.Column())
		}
		m := newMistake(text, line, column, "", "")
		if m.reword(raw); m.message != "" && !slices.Contains(mistakes, m) {
			mistakes = append(mistakes, m)
		}
		if strings.HasPrefix(raw, syntaxError) || strings.HasPrefix(raw, "reserved identifier") {
			break // what follows are the parser's attempts to go on
		}
	}
	return mistakes
}

const syntaxError = "Syntax error: "

// fixedMessages are those of CEL without anything in them.
var fixedMessages = map[string][2]string{
	"comprehension exceeds nesting limit": {fmt.Sprintf("loops (all, exists, map, filter) more than %d deep", maxComprehensions), "test with `in`, or write several rules"},
	"invalid timestamp argument":          {"not a time", `write timestamp("2026-01-31T09:00:00Z"), with seconds and a time zone`},
	"invalid duration argument":           {"not a duration", `write it like duration("90m"), duration("1h30m") or duration("24h")`},
	"invalid argument to has() macro":     {"has takes a name with a part behind it", `write has(call.headers.subject), or "x-name" in call.headers`},
	"argument must be a simple name":      {"a loop needs a name for what it looks at", `write it like ["a", "b"].exists(word, word == call.trunk)`},
	"invalid int literal":                 {"the number is too large", "telephone numbers are text: in quotes"},
	"invalid uint literal":                {"the number is too large", "telephone numbers are text: in quotes"},
	"invalid double literal":              {"not a number", ""},
}

// reword sets message and hint; it leaves them empty where CEL complains of what
// follows from another mistake.
func (m *mistake) reword(raw string) {
	if fixed, ok := fixedMessages[raw]; ok {
		m.message, m.hint = fixed[0], fixed[1]
		return
	}
	if strings.Contains(raw, "!error!") {
		return
	}
	if rest, is := strings.CutPrefix(raw, syntaxError); is {
		m.syntax(rest)
		return
	}
	parts := func(pattern *regexp.Regexp) []string { return pattern.FindStringSubmatch(raw) }
	switch {
	case parts(undeclaredMessage) != nil:
		m.undeclared(parts(undeclaredMessage)[1])
	case parts(overloadMessage) != nil:
		m.overload(parts(overloadMessage)[1], parts(overloadMessage)[2])
	case parts(expectedMessage) != nil:
		types := parts(expectedMessage)
		m.message = "must be " + typeName(types[1]) + ", but it is " + typeName(types[2])
	case parts(fieldMessage) != nil:
		m.message = typeName(parts(fieldMessage)[1]) + " has no parts behind a dot"
	case parts(loopMessage) != nil:
		m.message, m.hint = typeName(parts(loopMessage)[1])+" cannot be gone through: only lists can", `text is searched with contains, startsWith or endsWith`
	case parts(reservedMessage) != nil:
		word := parts(reservedMessage)[1]
		m.message, m.hint = quoted(word)+" does not belong here", wordHints[word]
	case strings.Contains(raw, "recursion limit"), strings.Contains(raw, "max recursion depth"):
		m.message, m.hint = fmt.Sprintf("nested more than %d deep", maxRecursion), "use a list or several rules"
	case strings.Contains(raw, "lookahead limit"), strings.Contains(raw, "recovery attempt limit"):
		m.message = "cannot be read from here on"
	case strings.HasPrefix(raw, "unsupported syntax"):
		m.message, m.hint = strings.TrimPrefix(raw, "unsupported syntax ")+" is not for rules", `"x-name" in call.headers asks whether a header is there`
	case strings.HasPrefix(raw, "invalid unicode code point"):
		m.message = "an escape that is no character"
	case parts(countMessage) != nil:
		m.message, m.hint = fmt.Sprintf("more than %d parts", maxNodes), "use a list or several rules"
	case parts(codePoints) != nil:
		m.message = fmt.Sprintf("longer than %d bytes", maxExpression)
	default:
		m.message = raw
	}
}

// headerWithDash is call.headers.x-campaign up to its dash, which is a minus here.
var headerWithDash = regexp.MustCompile(`call\.headers\.([\w-]+)-$`)

func (m *mistake) undeclared(name string) {
	m.message = "unknown name " + name
	m.shortenTo(name)
	if usage, known := usages[name]; known {
		m.message, m.hint = name+" is not written like this", "write "+usage
		return
	}
	if o := objectByFunction(name); o != nil {
		m.message, m.hint = name+" is not written like this", o.hint()
		return
	}
	line := []rune(lineOf(m.text, m.line))
	before, after := line[:min(m.column, len(line))], line[min(m.column+m.length, len(line)):]
	if parts := headerWithDash.FindStringSubmatch(string(before)); parts != nil {
		m.hint = fmt.Sprintf("a name with a dash goes in brackets: call.headers[%q]", parts[1]+"-"+name)
		return
	}
	isCall := strings.HasPrefix(string(after), "(")
	if isCall {
		m.message = "unknown function " + name
	}
	m.hint = undeclaredHint(name, isCall)
}

func undeclaredHint(name string, isCall bool) string {
	if name == "queue" {
		return queueMessage
	}
	if hint := otherWords[strings.ToLower(name)]; hint != "" && isCall {
		return hint
	}
	for _, declared := range declaredNames() {
		if _, last, _ := strings.Cut(declared, "."); last == name && !isCall {
			return "did you mean " + declared + "?"
		}
	}
	candidates := append(declaredNames(), "true", "false")
	if isCall {
		candidates = functionNames()
	}
	if hint := didYouMean(name, candidates); hint != "" && len(name) <= maxTag {
		return hint
	}
	if isCall {
		return "functions are " + strings.Join(functionNames(), ", ")
	}
	return "text goes in quotes; names begin with call. or now."
}

// typeName is what a tenant calls a type of CEL.
func typeName(t string) string {
	if element, isList := strings.CutPrefix(t, "list("); isList {
		element = strings.TrimSuffix(element, ")")
		plural, known := pluralTypes[element]
		if !known {
			return "a list"
		}
		return "a list of " + plural
	}
	if strings.HasPrefix(t, "map(") {
		return "the headers"
	}
	if name, known := typeNames[t]; known {
		return name
	}
	return t
}

var (
	typeNames = map[string]string{
		"string": "text", "int": "a number", "uint": "a number", "double": "a number with a fraction", "bool": "true or false", "timestamp": "a time",
		"duration": "a duration", "null": "null", "bytes": "bytes", "dyn": "anything", countriesVariable: "",
	}
	pluralTypes = map[string]string{
		"string": "texts", "int": "numbers", "uint": "numbers", "double": "numbers with a fraction", "bool": "true and false", "timestamp": "times", "duration": "durations",
	}
)

var plainName = regexp.MustCompile(`^(?:call|now)\.\w+$`)

// notBoolHint says how to make true or false of what an expression is.
func notBoolHint(text string, t string) string {
	text = strings.TrimSpace(text)
	switch {
	case t == "list(string)" && len(text) < 80:
		return "write call.from in " + text
	case t == "string" && plainName.MatchString(text):
		return "compare it: " + text + ` == "…"`
	}
	return "compare it with something, as in call.from == \"+13055550111\""
}
