package routing

import (
	"testing"

	"pgregory.net/rapid"
)

// A place is the same, whichever way the cursor came to it.
func TestLineCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a: b", "ä: \u4e16\u754c", "x\xff\xfey", "\U0001F600"}), 1, 4).Draw(t, "lines")
		var c lineCursor
		for range 20 {
			line, column := rapid.IntRange(1, len(lines)).Draw(t, "line"), rapid.IntRange(1, 12).Draw(t, "column")
			text := lines[line-1]
			got, ok := c.from(text, line, column)
			want, wantOK := "", false
			n := 0
			for at := range text { // a wrong byte is a character
				if n++; n == column {
					want, wantOK = text[at:], true
				}
			}
			if ok != wantOK || ok && got != want {
				t.Fatalf("%q from column %d: %q %v, want %q %v", text, column, got, ok, want, wantOK)
			}
		}
	})
}
