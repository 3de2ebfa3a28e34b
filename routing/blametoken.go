package routing

import (
	"strings"
	"unicode"
)

// tokenEnd gives where what begins at from ends: a name, a number, a text, a run
// of blanks, a comment, else one sign, which is enough to tell brackets.
func (s *source) tokenEnd(from int) int {
	r := s.runes[from]
	switch {
	case unicode.IsSpace(r):
		return s.while(from, unicode.IsSpace)
	case s.isComment(from):
		return s.while(from, func(r rune) bool { return r != '\n' })
	case isDigit(r):
		return s.number(from)
	case isLetter(r):
		to := s.while(from, func(r rune) bool { return isLetter(r) || isDigit(r) })
		if to < len(s.runes) && isQuote(s.runes[to]) && isPrefix(string(s.runes[from:to])) {
			return s.quotedEnd(to, strings.ContainsAny(string(s.runes[from:to]), "rR"))
		}
		return to
	case isQuote(r):
		return s.quotedEnd(from, false)
	case s.has(from, "&&"), s.has(from, "||"), s.has(from, "=="), s.has(from, "!="), s.has(from, "<="), s.has(from, ">="):
		return from + 2
	}
	return from + 1
}

func (s *source) while(from int, belongs func(rune) bool) int {
	for from < len(s.runes) && belongs(s.runes[from]) {
		from++
	}
	return from
}

func (s *source) has(at int, text string) bool {
	return strings.HasPrefix(string(s.runes[at:min(len(s.runes), at+len(text))]), text)
}

func (s *source) isComment(at int) bool { return s.has(at, "//") }

// number reads 10, 0x1F, 5u, 2.5 and 1e-3.
func (s *source) number(from int) int {
	to := from
	for to < len(s.runes) {
		r := s.runes[to]
		isFraction := r == '.' && to+1 < len(s.runes) && isDigit(s.runes[to+1])
		isExponent := (r == '-' || r == '+') && (s.runes[to-1] == 'e' || s.runes[to-1] == 'E') && !s.has(from, "0x")
		if !isDigit(r) && !isLetter(r) && !isFraction && !(isExponent && to > from) {
			break
		}
		to++
	}
	return to
}

// quotedEnd gives where a text in quotes ends, in one or in three.
func (s *source) quotedEnd(from int, raw bool) int {
	quote := string(s.runes[from])
	if triple := strings.Repeat(quote, 3); s.has(from, triple) {
		quote = triple
	}
	for at := from + len(quote); at < len(s.runes); at++ {
		switch {
		case s.runes[at] == '\\' && !raw:
			at++
		case s.has(at, quote):
			return at + len(quote)
		}
	}
	return len(s.runes)
}

func isQuote(r rune) bool  { return r == '"' || r == '\'' || r == '`' }
func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' }

// isWord tells a name from a sign.
func isWord(token string) bool { return token != "" && isLetter(rune(token[0])) }

// isPrefix tells what may stand before a text: r for raw, b for bytes.
func isPrefix(word string) bool {
	switch strings.ToLower(word) {
	case "r", "b", "br", "rb":
		return true
	}
	return false
}
