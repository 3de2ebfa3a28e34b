package api

import (
	"strings"
	"unicode"
)

// safeLines makes text from outside safe to show: valid UTF-8, no control
// characters but line breaks and tabs, none that change the direction of text.
func safeLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// safeName makes what somebody calls a thing one line.
func safeName(name string) string {
	return strings.TrimSpace(strings.NewReplacer("\n", " ", "\t", " ").Replace(safeLines(name)))
}
