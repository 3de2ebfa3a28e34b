package routing

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/operators"
)

// usages are the functions of expressions and how each is written.
var usages = map[string]string{
	"list":         `call.from in list("vip")`,
	"has":          `has(call.headers.subject), or "x-name" in call.headers`,
	"all":          `["a", "b"].all(word, word != call.trunk)`,
	"exists":       `["a", "b"].exists(word, word == call.trunk)`,
	"exists_one":   `["a", "b"].exists_one(word, word == call.trunk)`,
	"map":          `["a", "b"].map(word, word + "c")`,
	"filter":       `["a", "b"].filter(word, word != call.trunk)`,
	"size":         `size(call.callerName) > 0`,
	"int":          `int("12")`,
	"string":       `string(call.bucket)`,
	"double":       `double(call.bucket)`,
	"timestamp":    `timestamp("2026-01-31T09:00:00Z")`,
	"duration":     `duration("90m")`,
	"startsWith":   `call.callerName.startsWith("Bob")`,
	"endsWith":     `call.callerName.endsWith("Smith")`,
	"contains":     `call.callerName.contains("Bob")`,
	"matches":      `call.from.matches("^[+]1305")`,
	"inCountry":    `call.from.inCountry("US") or call.from.inCountry(["US", "CA"])`,
	"hasPrefix":    `call.from.hasPrefix("+1305") or call.from.hasPrefix(["+1305", "+1786"])`,
	"getHours":     `now.hour`,
	"getMinutes":   `now.minute`,
	"getDayOfWeek": `now.weekday == "monday"`,
	"getDate":      `now.date == "2026-01-31"`,
}

// functionNames are suggested for a misspelt function, the common ones first.
func functionNames() []string {
	return []string{
		"list", "schedule", "extension", "inCountry", "hasPrefix", "startsWith", "endsWith", "contains", "matches", "size", "has", "exists", "all", "exists_one",
		"map", "filter", "int", "double", "string", "timestamp", "duration",
	}
}

// otherWords are functions of other languages.
var otherWords = map[string]string{
	"length": "write size(call.callerName) > 0", "len": "write size(call.callerName) > 0", "count": "write size(call.callerName) > 0",
	"beginswith": "did you mean startsWith?", "prefix": "did you mean hasPrefix?", "includes": "did you mean contains?", "indexof": "did you mean contains?",
	"regex": "did you mean matches?", "match": "did you mean matches?", "like": "did you mean matches?", "test": "did you mean matches?",
	"lower": `case is ignored by matches("(?i)…")`, "tolower": `case is ignored by matches("(?i)…")`, "lowerascii": `case is ignored by matches("(?i)…")`,
	"upper": `case is ignored by matches("(?i)…")`, "toupper": `case is ignored by matches("(?i)…")`, "tolowercase": `case is ignored by matches("(?i)…")`,
	"date": `write timestamp("2026-01-31T09:00:00Z"), or compare now.date`, "datetime": `write timestamp("2026-01-31T09:00:00Z")`,
	"time": `compare now.time, as in now.time < "17:30"`, "and": "write && between the two", "or": "write || between the two", "not": "write ! before it",
	"format": "texts are put together with +", "random": "call.bucket is 0 to 99 for a call", "rand": "call.bucket is 0 to 99 for a call",
}

// overload says why an operator or function does not take its operands.
func (m *mistake) overload(function, operands string) {
	target, args := operandTypes(operands)
	if function == inCountryFunction {
		function, args = "inCountry", args[:min(2, len(args))]
	}
	symbol, isOperator := operators.FindReverse(function)
	if !isOperator {
		m.function(function, target, args)
		return
	}
	first, second := "nothing", "nothing"
	if len(args) > 0 {
		first = typeName(args[0])
	}
	if len(args) > 1 {
		second = typeName(args[1])
	}
	switch function {
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		m.message, m.hint = symbol+" cannot compare "+first+" with "+second, compareHint(args)
	case operators.In:
		m.message, m.hint = inMessage(args, first, second)
	case operators.Index:
		m.message, m.hint = "[ ] cannot read "+first+" by "+second, `it reads headers by their names in quotes: call.headers["x-name"]`
	case operators.Conditional:
		m.message, m.hint = "the parts of ? : do not fit", "true or false before the ?, then two values of one kind"
	case operators.LogicalNot:
		m.message = "! takes true or false, but this is " + first
	case operators.Negate:
		m.message, m.hint = "- takes a number, but this is "+first, "! is for not"
	default:
		m.message, m.hint = symbol+" does not take "+first+" and "+second, arithmeticHint(args)
	}
}

// operandTypes takes "string.(int, bool)" and "(string, int)" apart.
func operandTypes(operands string) (target string, args []string) {
	target, rest, member := strings.Cut(operands, ".(")
	if !member {
		target, rest = "", strings.TrimPrefix(operands, "(")
	}
	rest = strings.TrimSuffix(rest, ")")
	depth, start := 0, 0
	for i, r := range rest + "," {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if part := strings.TrimSpace(rest[start:i]); depth == 0 && part != "" {
				args = append(args, part)
			}
			if depth == 0 {
				start = i + 1
			}
		}
	}
	return target, args
}

func compareHint(types []string) string {
	has := func(t string) bool { return slices.Contains(types, t) }
	switch {
	case has("null"):
		return `nothing is null: what is not known is empty, ""`
	case has("timestamp") && has("string"):
		return `write timestamp("2026-01-31T09:00:00Z"), or compare now.date or now.time`
	case len(types) == 2 && types[0] == "string" && types[1] == "int":
		return "put the value in quotes to compare text"
	case has("string") && has("int"):
		return "a number is written without quotes"
	case has("bool") && has("int"):
		return "two comparisons are joined with &&, as in 9 <= now.hour && now.hour < 17"
	case has("bool"):
		return "true and false are written without quotes"
	case has("double") && has("int"):
		return "write a whole number"
	case slices.ContainsFunc(types, func(t string) bool { return strings.HasPrefix(t, "list(") }):
		return `use in, as in call.from in list("vip")`
	case slices.ContainsFunc(types, func(t string) bool { return strings.HasPrefix(t, "map(") }):
		return `name the header: call.headers["x-name"] == "…"`
	}
	return ""
}

func inMessage(types []string, first, second string) (message, hint string) {
	if len(types) == 2 && strings.HasPrefix(types[1], "list(") {
		return "in cannot find " + first + " in " + second, "what is compared has to be of one kind"
	}
	return "in needs a list or the headers behind it, but this is " + second, `use ==, contains, or brackets: call.from in ["+13055550111"]`
}

func arithmeticHint(types []string) string {
	if slices.Contains(types, "string") && slices.Contains(types, "int") {
		return "string(…) makes text of a number, int(…) a number of text"
	}
	return ""
}

// function says that a function is called with what it does not take.
func (m *mistake) function(name, target string, args []string) {
	on := ""
	if target == "" && len(args) > 0 && name == "inCountry" {
		target, args = args[0], args[1:]
	}
	if target != "" {
		on = " on " + typeName(target)
	}
	with := " with nothing"
	if len(args) > 0 {
		names := make([]string, len(args))
		for i, arg := range args {
			names[i] = typeName(arg)
		}
		with = " with " + strings.Join(names, " and ")
	}
	m.message = name + " cannot be used" + on + with
	if usage, known := usages[name]; known {
		m.hint = "write " + usage
	}
}
