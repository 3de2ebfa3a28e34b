package dialplan

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// callerTextMax is the most characters of caller text that are handed on;
// phones show far fewer.
const callerTextMax = 64

// CallerText is text written by a caller (or by a tenant, for display) in the
// one form in which it may reach FreeSWITCH: letters, digits, spaces and
// . + - _ ( ) only, bounded. It is always handed over by SetVariable, never in
// an application's argument. The zero value is empty text.
type CallerText struct{ s string }

func (t CallerText) String() string { return t.s }

// NewCallerText makes any bytes harmless: characters outside the allow-list
// become spaces, runs of spaces become one, and the result is cut to 64
// characters. It never fails; text of nothing but forbidden characters becomes
// empty.
func NewCallerText(raw string) CallerText {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range raw {
		if !isCallerRune(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			if n++; n > callerTextMax {
				break
			}
			b.WriteByte(' ')
			gap = false
		}
		if n++; n > callerTextMax {
			break
		}
		b.WriteRune(r)
	}
	return CallerText{strings.TrimRight(b.String(), " ")}
}

func isCallerRune(r rune) bool {
	if r == utf8.RuneError {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".+-_()", r)
}
