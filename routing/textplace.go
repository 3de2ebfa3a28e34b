package routing

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// locate gives a problem the place in the file of a mistake in a text, with the
// line it is on.
func (n *node) locate(p *Problem, m mistake) {
	p.Line, p.Column = n.line, n.column
	length := 0 // as far as the line goes
	switch n.style {
	case exactText:
		if m.line == 1 {
			p.Line, p.Column, length = n.textLine, n.textColumn+m.column, m.length
		}
	case blockText:
		p.Line, p.Column, length = n.textLine+m.line-1, n.textColumn+m.column, m.length
	case foldedText:
		if at, found := n.unfolded(m); found {
			p.Line, p.Column, length = at.line, at.column, m.length
		}
	case notText:
	}
	if p.Line <= len(n.lines) {
		p.underline(n.lines[p.Line-1], length)
	}
}

// underline keeps the line a problem is on and how many characters from its
// column on are meant; 0: the rest of the line.
func (p *Problem) underline(line string, length int) {
	if p.Column > maxSource {
		return
	}
	p.Source = legibleLine(line)
	rest := utf8.RuneCountInString(line) - p.Column + 1
	if length == 0 || length > rest {
		length = rest
	}
	p.Length = max(1, length)
}

// spot is the place of a character in a file, both from 1.
type spot struct{ line, column int }

// unfolded finds a character of a text that is written otherwise than it reads:
// in quotes with escapes, or folded over several lines. It reads the file as YAML
// does, as far as it has to; what comes out different from the text is not found.
func (n *node) unfolded(m mistake) (spot, bool) {
	wanted := []rune(strings.TrimRight(m.text, "\n"))
	index := m.column
	for line := range m.line - 1 {
		index += utf8.RuneCountInString(lineOf(m.text, line+1)) + 1
	}
	for _, skip := range []int{0, -1} { // the place of a quoted text may be behind its quote
		read, spots := n.read(n.column+skip, len(wanted))
		if index < len(spots) && slices.Equal(read, wanted) {
			return spots[index], true
		}
	}
	return spot{}, false
}

// read reads count characters of a scalar that begins on the node's line.
func (n *node) read(column, count int) ([]rune, []spot) {
	if n.line > len(n.lines) || column < 1 {
		return nil, nil
	}
	s := scalarReader{count: count}
	first := []rune(n.lines[n.line-1])
	if column > len(first) {
		return nil, nil
	}
	line, at := n.line, column
	switch first[column-1] {
	case '"', '\'':
		s.quote, at = first[column-1], column+1
	case '>', '|':
		line, at = line+1, 1
	}
	for ; line <= len(n.lines) && len(s.text) < count; line++ {
		s.line([]rune(n.lines[line-1]), line, at)
		at = 1
	}
	return s.text, s.spots
}

// scalarReader puts a scalar together, line by line.
type scalarReader struct {
	quote rune // 0: none
	count int
	text  []rune
	spots []spot
}

func (s *scalarReader) add(r rune, line, column int) {
	if len(s.text) < s.count {
		s.text, s.spots = append(s.text, r), append(s.spots, spot{line, column})
	}
}

func (s *scalarReader) line(runes []rune, line, column int) {
	i := column - 1
	for column == 1 && i < len(runes) && (runes[i] == ' ' || runes[i] == '\t') {
		i++
	}
	end := len([]rune(strings.TrimRight(string(runes), " \t")))
	for i < end {
		r, width := runes[i], 1
		switch {
		case s.quote == '"' && r == '\\' && i+1 < end:
			r, width = unescape(runes[i:end])
		case s.quote == '\'' && r == '\'' && i+1 < end && runes[i+1] == '\'':
			width = 2
		}
		s.add(r, line, i+1)
		i += width
	}
	s.add(' ', line, end+1)
}

// escapes are those of YAML that matter in an expression.
var escapes = map[rune]rune{'n': '\n', 't': '\t', 'r': '\r', '0': 0}

// unescape reads what a backslash begins, and how many characters that takes.
func unescape(runes []rune) (rune, int) {
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[runes[1]]
	if digits == 0 {
		if meant, ok := escapes[runes[1]]; ok {
			return meant, 2
		}
		return runes[1], 2
	}
	value := rune(0)
	for _, r := range runes[2:min(len(runes), 2+digits)] {
		value = value<<4 | rune(strings.IndexRune("0123456789abcdef", r|0x20))
	}
	return value, 2 + digits
}
