package routing

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
)

// mistake is something wrong in an expression, or in another text: line from 1,
// column from 0, and how many characters from there on are meant.
type mistake struct {
	line, column, length int
	message, hint        string
	text                 string // the whole of it
}

func (m mistake) compare(other mistake) int {
	return cmp.Or(cmp.Compare(m.line, other.line), cmp.Compare(m.column, other.column))
}

// newMistake is at what stands at a position of the text: a name, a literal, an
// operator.
func newMistake(text string, line, column int, message, hint string) mistake {
	m := mistake{line: max(1, line), message: message, hint: hint, text: text}
	m.column, m.length = span([]rune(lineOf(text, m.line)), max(0, column))
	return m
}

// wholeMistake is about the expression as a whole: its first line is meant.
func wholeMistake(text, message, hint string) mistake {
	first := lineOf(text, 1)
	start := utf8.RuneCountInString(first) - utf8.RuneCountInString(strings.TrimLeftFunc(first, unicode.IsSpace))
	return mistake{line: 1, column: start, length: max(1, utf8.RuneCountInString(strings.TrimSpace(first))), message: message, hint: hint, text: text}
}

func notTrueOrFalse(text string, checked *cel.Ast) mistake {
	found := checked.OutputType().String()
	return wholeMistake(text, "must be true or false, but it is "+typeName(found), notBoolHint(text, found))
}

// moveTo moves a mistake to a name behind it, if that is there.
func (m *mistake) moveTo(text, name string) {
	rest := []rune(lineOf(text, m.line))
	if m.column > len(rest) {
		return
	}
	before, _, found := strings.Cut(string(rest[m.column:]), name)
	if !found {
		return
	}
	m.column += utf8.RuneCountInString(before)
	m.length = utf8.RuneCountInString(name)
}

// shortenTo makes a mistake one about the first of several names.
func (m *mistake) shortenTo(name string) {
	rest := []rune(lineOf(m.text, m.line))
	if m.column < len(rest) && strings.HasPrefix(string(rest[m.column:]), name) {
		m.length = utf8.RuneCountInString(name)
	}
}

func lineOf(text string, line int) string {
	for range line - 1 {
		_, rest, more := strings.Cut(text, "\n")
		if !more {
			return ""
		}
		text = rest
	}
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(text, "\r")
}

// span gives where on a line what stands at a column begins and how long it is. A
// position at a bracket or a dot means the name of what is called or read.
func span(line []rune, column int) (start, length int) {
	if column >= len(line) {
		return len(line), 1
	}
	switch c := line[column]; {
	case c == '(' && column > 0 && isNameRune(line[column-1]):
		start = column
		for start > 0 && isNameRune(line[start-1]) {
			start--
		}
		return start, column - start
	case c == '.' && column+1 < len(line) && isNameRune(line[column+1]):
		return column + 1, run(line[column+1:], isNameRune)
	case c == '"' || c == '\'':
		return column, quotedLength(line[column:])
	case isNameRune(c):
		return column, chainLength(line[column:])
	case strings.ContainsRune("=!<>&|", c):
		return column, run(line[column:], func(r rune) bool { return strings.ContainsRune("=!<>&|", r) })
	}
	return column, 1
}

func isNameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func run(line []rune, is func(rune) bool) int {
	n := 0
	for n < len(line) && is(line[n]) {
		n++
	}
	return n
}

// chainLength is that of a.b.c, without the name of a function behind it.
func chainLength(line []rune) int {
	n := run(line, isNameRune)
	for n+1 < len(line) && line[n] == '.' && isNameRune(line[n+1]) {
		next := n + 1 + run(line[n+1:], isNameRune)
		if next < len(line) && line[next] == '(' {
			break
		}
		n = next
	}
	return n
}

func quotedLength(line []rune) int {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case line[0]:
			return i + 1
		}
	}
	return len(line)
}

// unreadable finds what is no text for an expression before the parser does,
// which would say something about its tokens.
func unreadable(text string) (mistake, bool) {
	if len(text) > maxExpression {
		return wholeMistake(text, fmt.Sprintf("longer than %d bytes", maxExpression), "use a list or several rules"), true
	}
	if isBlank(text) {
		return wholeMistake(text, "no condition", `write "true" for a rule that always matches`), true
	}
	line, column := 1, 0
	for i, r := range text {
		_, width := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && width == 1:
			return mistake{line, column, 1, "not text: a byte that is not UTF-8", "save the file as UTF-8", text}, true
		case r == '\n':
			line, column = line+1, -1
		case r != '\t' && r != '\r' && unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return mistake{line, column, 1, invisible(r), "delete it; in quotes it can be written \\u" + fmt.Sprintf("%04x", r), text}, true
		}
		column++
	}
	return mistake{}, false
}

func invisible(r rune) string { return fmt.Sprintf("a character nobody sees (U+%04X)", r) }

// isBlank tells whether there is nothing but space and comments.
func isBlank(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			return false
		}
	}
	return true
}
