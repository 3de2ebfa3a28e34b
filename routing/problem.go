package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing wrong in a configuration.
type Problem struct {
	// File, Line and Column (both from 1, columns in characters) say where; File is
	// empty when the configuration did not come from a file. A mistake in an
	// expression has Line and Column even then: those within the expression.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Source is the line itself and Length how many characters from Column on are
	// meant; empty and 0 where that is not known.
	Source string `json:"source,omitempty"`
	Length int    `json:"length,omitempty"`
	// Path is the place within the file: rules[0].when. Without a file it
	// begins with whose configuration it is.
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what may help, e.g. "did you mean …?"
	Warning bool   `json:"warning,omitempty"`
}

// String gives "acme.yaml:12:9: rules[0].when: message (hint)".
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	}
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// maxShown bounds what a problem quotes of the configuration, in characters.
const maxShown = 300

// legible makes text fit to be shown: short, and nothing but characters that
// print.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, shorten(text, maxShown))
}

// Refused tells whether problems contain one that is more than a warning.
func Refused(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

// SortProblems puts problems in the order of the files; those without a file keep
// theirs.
func SortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if byFile := cmp.Compare(a.File, b.File); byFile != 0 || a.File == "" {
			return byFile
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
