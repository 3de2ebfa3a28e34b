package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDigitsAreWhatAPhoneHas(t *testing.T) {
	for _, tt := range []struct {
		name      string
		in, wants []string
	}{
		{"none", nil, nil},
		{"entries", []string{"9", "1001", "*#0"}, []string{"9", "1001", "*#0"}},
		{"others", []string{"1a\x00\u202e2", "é", "<b>", "A", ""}, []string{"12"}},
		{"long", []string{strings.Repeat("1", 5000)}, []string{strings.Repeat("1", maxEntry)}},
	} {
		if got := safeStep(Step{Digits: tt.in}).Digits; !slices.Equal(got, tt.wants) || tt.wants == nil && got != nil {
			t.Errorf("%s: got %q", tt.name, got)
		}
	}
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprint(i))
	}
	given := slices.Clone(many)
	got := safeStep(Step{Digits: many}).Digits
	if len(got) != maxEntries || got[maxEntries-1] != "999" {
		t.Errorf("%d entries, the last %q", len(got), got[len(got)-1])
	}
	if !slices.Equal(many, given) {
		t.Error("what the caller has was changed")
	}
}

func TestANoteIsSafe(t *testing.T) {
	if got := safeStep(Step{Note: "holiday \x00\u202e" + strings.Repeat("é", 1000)}).Note; SafeText(got) != got || !strings.HasPrefix(got, "holiday é") {
		t.Errorf("%q", got)
	}
}
