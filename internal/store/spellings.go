package store

import (
	"encoding/json"
	"slices"
	"strings"
)

// erased stands where something was erased.
const erased = "erased"

// minSignificant is the fewest digits by which a number is recognised within a
// longer text, or two spellings as one number: fewer could be a time or a part
// of an id.
const minSignificant = 7

// spellings are the ways in which one number is written.
type spellings []string

// in tells whether the text is the number or has it as a number of its own.
func (n spellings) in(text string) bool {
	return slices.ContainsFunc(n, func(s string) bool {
		return text == s || len(digits(s)) >= minSignificant && standsIn(text, s)
	})
}

// standsIn tells whether s is in the text without a digit before or behind it.
func standsIn(text, s string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], s)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(s)
		if (from == 0 || !isDigit(text[from-1])) && (to == len(text) || !isDigit(text[to])) {
			return true
		}
		at = from + 1
	}
}

// alike tells whether both may be spellings of one number.
func alike(a, b string) bool {
	a, b = digits(a), digits(b)
	return len(a) >= minSignificant && len(b) >= minSignificant && a[len(a)-minSignificant:] == b[len(b)-minSignificant:]
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// cleanJSON erases every string of a JSON text that has the number in it, and
// the name where the value's own name says that it is one. All else stays to
// the byte, so what is signed keeps its order. Strings that are id stay, too.
func (n spellings) cleanJSON(text, name, id string) string {
	if !json.Valid([]byte(text)) {
		if n.in(text) {
			return `"` + erased + `"`
		}
		return text
	}
	var out strings.Builder
	key := ""
	for {
		before, rest, found := strings.Cut(text, `"`)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := literalEnd(rest)
		literal := `"` + rest[:end]
		text = rest[end:]
		value := unquoted(literal)
		isKey := strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), ":")
		switch {
		case isKey:
			key = value
		case value == id:
		case n.in(value), name != "" && value == name && isName(key):
			literal = `"` + erased + `"`
		}
		out.WriteString(literal)
	}
}

func isName(key string) bool { return strings.Contains(strings.ToLower(key), "name") }

// literalEnd is where a string of valid JSON ends, behind its closing quote.
func literalEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func unquoted(literal string) string {
	var s string
	if json.Unmarshal([]byte(literal), &s) != nil {
		return ""
	}
	return s
}
