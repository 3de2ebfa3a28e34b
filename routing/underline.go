package routing

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// shownWidth is how wide a line is that is shown, in columns of a terminal, and
	// contextWidth how much of that comes before what is meant.
	shownWidth   = 100
	contextWidth = 40
	tabWidth     = 4
	maxSource    = 2000 // characters of a line that a problem keeps
	ellipsis     = "…"
)

// Underlined gives String and, where the line is known, the line with what is
// meant underlined. The text has no line break at its end.
func (p Problem) Underlined() string {
	if p.Source == "" || p.Column < 1 {
		return p.String()
	}
	line := []rune(p.Source)
	start := min(p.Column-1, len(line))
	end := min(start+max(1, p.Length), len(line))
	first := start - fitting(line[:start], contextWidth, true)
	last := end
	if width(line[first:end]) < shownWidth {
		last = end + fitting(line[end:], shownWidth-width(line[first:end]), false)
	} else {
		end = start + fitting(line[start:end], shownWidth-width(line[first:start]), false)
		last = end
	}
	before, after := "", ""
	if first > 0 {
		before = ellipsis
	}
	if last < len(line) {
		after = ellipsis
	}
	marks := strings.Repeat(" ", width([]rune(before))+width(line[first:start])) + "^" + strings.Repeat("~", max(0, width(line[start:end])-1))
	return p.String() + "\n    " + before + expandTabs(line[first:last]) + after + "\n    " + marks
}

// fitting is how many characters of a line fit into a width, from its beginning
// or its end.
func fitting(line []rune, columns int, fromEnd bool) int {
	n := 0
	for n < len(line) {
		r := line[n]
		if fromEnd {
			r = line[len(line)-1-n]
		}
		if columns -= runeWidth(r); columns < 0 {
			break
		}
		n++
	}
	return n
}

func expandTabs(line []rune) string {
	return strings.ReplaceAll(string(line), "\t", strings.Repeat(" ", tabWidth))
}

func width(line []rune) int {
	total := 0
	for _, r := range line {
		total += runeWidth(r)
	}
	return total
}

// runeWidth is how many columns a terminal gives a character.
func runeWidth(r rune) int {
	switch {
	case r == '\t':
		return tabWidth
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0xFF01 && r <= 0xFF60 || r >= 0x1F300 && r <= 0x1FAFF:
		return 2
	}
	return 1
}

// legibleLine makes a line of a file fit to be shown; its columns stay.
func legibleLine(line string) string {
	line = strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, strings.ToValidUTF8(line, "\uFFFD"))
	return shorten(line, maxSource)
}
