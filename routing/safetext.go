package routing

import (
	"strings"
	"unicode"
)

// maxSafeText is the most characters of one text from outside that are kept.
const maxSafeText = 256

// SafeText makes text that a caller or a switch wrote safe to store, log and
// show: valid UTF-8, at most 256 characters, without control characters and
// without those that change the direction of the text around them. Quotes and
// markup stay; escaping them is for whoever puts the text somewhere.
//
// Decisions go by text in this form too, for it is what records keep: a call that
// is decided again years later is decided on the same text.
func SafeText(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	kept := 0
	for _, r := range s { // invalid bytes come out as U+FFFD
		if kept == maxSafeText {
			break
		}
		if unicode.IsControl(r) || unsafeFormat(r) {
			continue
		}
		b.WriteRune(r)
		kept++
	}
	return b.String()
}

// isPlain tells that there is nothing to do, as for nearly every text.
func isPlain(s string) bool {
	if len(s) > maxSafeText {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

func unsafeFormat(r rune) bool {
	switch {
	case r == '\u2028', r == '\u2029': // line and paragraph separator
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f': // direction
		return true
	case r == '\ufeff':
		return true
	default:
		return false
	}
}
