package routing

import (
	"strings"
	"unicode"

	"github.com/google/cel-go/common/ast"
)

// source is an expression as it was written, in tokens. CEL remembers of each
// part one token only (of call.from the dot); the rest of the part is found again
// from there.
type source struct {
	runes  []rune
	tokens []lexeme
	at     map[int32]int // token by its first character
	match  map[int]int   // the bracket that belongs to one
}

type lexeme struct{ from, to int }

func newSource(text string) source {
	s := source{runes: []rune(text), at: map[int32]int{}, match: map[int]int{}}
	for from := 0; from < len(s.runes); {
		to := s.tokenEnd(from)
		if !unicode.IsSpace(s.runes[from]) && !s.isComment(from) {
			s.at[int32(from)] = len(s.tokens)
			s.tokens = append(s.tokens, lexeme{from, to})
		}
		from = to
	}
	var open []int
	for i := range s.tokens {
		switch s.spelled(i) {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			if n := len(open); n > 0 {
				s.match[i], s.match[open[n-1]] = open[n-1], i
				open = open[:n-1]
			}
		}
	}
	return s
}

func (s *source) spelled(i int) string {
	if i < 0 || i >= len(s.tokens) {
		return ""
	}
	return string(s.runes[s.tokens[i].from:s.tokens[i].to])
}

// all is the whole expression.
func (s *source) all() string { return s.between(0, len(s.tokens)-1) }

// text gives an expression as it was written.
func (s *source) text(info *ast.SourceInfo, e ast.Expr) string {
	anchors := map[int]bool{}
	first, last := len(s.tokens), -1
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		where, ok := info.GetOffsetRange(part.ID())
		if !ok {
			return
		}
		if i, ok := s.at[where.Start]; ok {
			anchors[i] = true
			first, last = min(first, i), max(last, i)
		}
	}))
	if last < 0 {
		return s.all()
	}
	for {
		from, to := s.wider(first, last, anchors)
		if from == first && to == last {
			return s.between(first, last)
		}
		first, last = from, to
	}
}

// wider adds what belongs to the outermost tokens of a part: the value before a
// dot, the name before the bracket of a call, the field behind a dot, the other
// one of each pair of brackets.
func (s *source) wider(first, last int, anchors map[int]bool) (int, int) {
	if first > 0 {
		start, before := s.spelled(first), s.spelled(first-1)
		if start == "." || before == "." || start == "(" && anchors[first] && isWord(before) {
			return first - 1, last
		}
	}
	if end := s.spelled(last); last+1 < len(s.tokens) && (end == "." || end == "-" && anchors[last]) {
		return first, last + 1
	}
	for i := first; i <= last; i++ {
		if other, ok := s.match[i]; ok && (other < first || other > last) {
			return min(first, other), max(last, other)
		}
	}
	return first, last
}

// maxReasonText is how much of an expression is shown, in characters.
const maxReasonText = 200

// between gives the tokens from one to another in one line, without comments.
func (s *source) between(first, last int) string {
	var b strings.Builder
	for i := max(first, 0); i <= last && i < len(s.tokens); i++ {
		if i > first && s.tokens[i].from > s.tokens[i-1].to {
			b.WriteByte(' ')
		}
		b.WriteString(s.spelled(i))
	}
	text := []rune(printable(b.String()))
	if len(text) > maxReasonText {
		return string(text[:maxReasonText]) + "…"
	}
	return string(text)
}

// printable leaves out what does not print: a tenant's text may hold anything.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
