package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestStatement(t *testing.T) {
	s := &statement{before: "VALUES ", row: "(?, CAST(? AS text))", after: " END"}
	if got, want := s.sql(2), "VALUES ($1, CAST($2 AS text)), ($3, CAST($4 AS text)) END"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.Int()).Draw(t, "rows")
		var seen []int
		err := chunks(rows, func(some []int) error {
			if n := len(some); n == 0 || n > maxRows || n&(n-1) != 0 {
				t.Fatalf("a piece of %d rows", n)
			}
			seen = append(seen, some...)
			return nil
		})
		if err != nil || !slices.Equal(rows, seen) {
			t.Fatalf("%v: %v became %v", err, rows, seen)
		}
	})
}

func TestPadded(t *testing.T) {
	if got := padded([]any{1, 2, 3}); !slices.Equal(got, []any{1, 2, 3, 3}) {
		t.Errorf("got %v", got)
	}
	if got := padded([]any{1}); !slices.Equal(got, []any{1}) {
		t.Errorf("got %v", got)
	}
}
