package routing

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// What the parser says of a text it cannot read.
var (
	tokenMessage   = regexp.MustCompile(`(?s)^token recognition error at: '(.*)'$`)
	missingMessage = regexp.MustCompile(`^missing '(.*)' at`)
	inputMessage   = regexp.MustCompile(`(?s)^(?:extraneous|mismatched) input '(.*)'$`)
)

// wordHints are for words that are none of the language.
var wordHints = map[string]string{
	"and": "write && for and", "or": "write || for or", "not": "write ! for not", "is": "write == for is", "like": `write call.from.matches("…")`,
	"if": "a rule applies when its condition is true: leave if and then out", "then": "a rule applies when its condition is true: leave if and then out",
	"else": "write condition ? value : otherwise", "matches": `write call.from.matches("…")`, "contains": `write call.callerName.contains("…")`,
	"startsWith": `write call.callerName.startsWith("…")`, "endsWith": `write call.callerName.endsWith("…")`, "between": "write now.hour >= 9 && now.hour < 17",
	">": "write != for not equal", "=": "compare with ==", "==": "compare with ==", "+": `numbers go in quotes: "+13055550111"`, ";": "leave it out",
	"]": "a bracket too many, or something is missing before it", ")": "a bracket too many, or something is missing before it",
	"}": "a bracket too many", "/": "comments begin with //", ",": "join two conditions with &&", "{": "names are written without brackets: call.from",
	"var": "there are no variables", "let": "there are no variables", "function": "there are no functions to define", "return": "leave it out", "for": "lists are gone through with exists and all",
	"while": "lists are gone through with exists and all", "import": "nothing can be imported", "loop": "lists are gone through with exists and all",
}

func (m *mistake) syntax(raw string) {
	if parts := tokenMessage.FindStringSubmatch(raw); parts != nil {
		m.token(parts[1])
		return
	}
	raw, _, _ = strings.Cut(raw, " expecting ")
	line := []rune(lineOf(m.text, m.line))
	before := strings.TrimSpace(string(line[:min(m.column, len(line))]))
	if parts := missingMessage.FindStringSubmatch(raw); parts != nil && len(parts[1]) == 1 {
		m.message = parts[1] + " is missing"
		return
	}
	if strings.Contains(raw, "<EOF>") {
		m.message = "something is missing at the end"
		if strings.Count(m.text, "[") > strings.Count(m.text, "]") {
			m.hint = "a list or index ends with ]"
		} else if strings.Contains(m.text, "?") {
			m.hint = "? has a : with it, as in call.anonymous ? false : schedule(\"office\").isOpen"
		}
		return
	}
	word := ""
	if m.column < len(line) {
		word = string(line[m.column:min(m.column+m.length, len(line))])
	}
	if parts := inputMessage.FindStringSubmatch(raw); parts != nil && word == "" {
		word = parts[1]
	}
	m.message = asWritten(word) + " does not belong here"
	m.hint = strayHint(word, before)
}

// asWritten quotes a word unless it has quotes itself.
func asWritten(word string) string {
	if strings.ContainsAny(word, "\"'") {
		return word
	}
	return quoted(word)
}

// strayHint guesses what was meant by what stands where nothing should.
func strayHint(word, before string) string {
	last := before[strings.LastIndexAny(before, " \t(")+1:]
	switch {
	case wordHints[word] != "":
		return wordHints[word]
	case last == "not":
		return wordHints["not"]
	case last == "list" || last == "schedule" || last == "extension":
		return last + ` takes one name in brackets and quotes, like ` + last + `("…")`
	case strings.HasPrefix(word, `"`) || strings.HasPrefix(word, "'"):
		return "a comma or an operator is missing before it"
	case strings.HasPrefix(word, "."), strings.HasSuffix(before, ".."):
		return "ranges are written now.hour >= 9 && now.hour < 17"
	}
	return "an operator, such as && or ==, is missing before it"
}

// token says why something is no part of an expression at all.
func (m *mistake) token(token string) {
	token = strings.TrimSpace(token)
	first := ""
	for _, r := range token {
		first = string(r)
		break
	}
	switch {
	case strings.HasPrefix(token, `"`) || strings.HasPrefix(token, "'"):
		m.quotes(token)
		return
	case strings.ContainsAny(first, "“”„«»"), strings.ContainsAny(first, "‘’‚`"):
		m.message, m.hint = "not the quotation marks of an expression: "+first, `use straight ones: "…"`
	case strings.HasPrefix(token, "=~"), first == "~":
		m.message, m.hint = "there is no operator "+token, `write call.from.matches("…")`
	case first == "=":
		m.message, m.hint = "= compares nothing", wordHints["="]
	case first == "&":
		m.message, m.hint = "& alone means nothing", wordHints["and"]
	case first == "|":
		m.message, m.hint = "| alone means nothing", wordHints["or"]
	case first == "$", first == "@":
		m.message, m.hint = first+" means nothing here", "names are written as they are: call.from"
	case first == ";":
		m.message, m.hint = "; means nothing here", "leave it out"
	case first != "" && unicode.Is(unicode.Cf, []rune(first)[0]):
		m.message, m.hint = invisible([]rune(first)[0]), "delete it"
	case first != "" && unicode.IsSpace([]rune(first)[0]), token == "":
		m.message, m.hint = "a special space", "delete it and type an ordinary one"
	case first != "" && unicode.IsLetter([]rune(first)[0]):
		m.message, m.hint = fmt.Sprintf("%q (U+%04X) is no letter of a name", first, []rune(first)[0]), "it may only look like one; text goes in quotes"
	default:
		m.message, m.hint = quoted(first)+" means nothing here", "text goes in quotes"
	}
	m.length = 1
}

// quotes tells a text that has no end from one with a wrong backslash.
func (m *mistake) quotes(token string) {
	line := []rune(lineOf(m.text, m.line))
	if m.column+m.length <= len(line) && m.length > 1 && line[m.column+m.length-1] == []rune(token)[0] && strings.Contains(token, `\`) {
		m.message = `a backslash that means nothing`
		m.hint = `\ is written twice in quotes, or r stands before them: r"\d"`
		return
	}
	m.message, m.hint = "the text has no closing quote", ""
	if strings.Contains(token, `\`) {
		m.hint = `\" does not end a text; a backslash is written \\`
	}
}
