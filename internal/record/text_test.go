package record

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafeText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "",
		"Zoë O'Hara":                           "Zoë O'Hara",
		`"${system rm}" <x>`:                   `"${system rm}" <x>`,
		"a\r\nb\tc\x00d\x7fe\u0085f":           "abcdef",
		"a\xffb":                               "a\ufffdb",
		"gnp.\u202eexe":                        "gnp.exe",
		"a\u2028b":                             "ab",
		strings.Repeat("é", 300):               strings.Repeat("é", 256),
		strings.Repeat("\x01", 300) + "behind": "behind",
	} {
		if got := SafeText(in); got != want {
			t.Errorf("SafeText(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSafeText(f *testing.F) {
	f.Add("plain")
	f.Add("\xff\x00\u202e")
	f.Fuzz(func(t *testing.T, in string) {
		out := SafeText(in)
		if !utf8.ValidString(out) || utf8.RuneCountInString(out) > 256 || strings.ContainsFunc(out, unicode.IsControl) {
			t.Errorf("SafeText(%q) = %q", in, out)
		}
		if SafeText(out) != out {
			t.Errorf("SafeText(%q) is not stable", in)
		}
	})
}
