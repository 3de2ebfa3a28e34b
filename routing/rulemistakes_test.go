package routing

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	mistakesFile   = "testdata/rulemistakes.txt"
	betweenRules   = "\n---\n"
	beforeMessages = "\n>>>\n"
)

// mistakenTenant has what the expressions of the file may name.
func mistakenTenant() vocabulary {
	return vocabulary{
		lists:      testLists(),
		schedules:  map[string]*schedule{"office": {Schedule: Schedule{Name: "office"}}},
		extensions: map[string]*Extension{"1001": {Extension: "1001"}},
	}
}

// Each entry of the file is a wrong expression and what a tenant is told of it.
func TestRuleMistakes(t *testing.T) {
	data, err := os.ReadFile(mistakesFile)
	if err != nil {
		t.Fatal(err)
	}
	entries := strings.Split(strings.TrimSuffix(string(data), "\n"), betweenRules)
	if len(entries) < 100 {
		t.Errorf("only %d wrong rules", len(entries))
	}
	var written bytes.Buffer
	for i, entry := range entries {
		text, want, _ := strings.Cut(entry, beforeMessages)
		text = strings.NewReplacer(`\0`, "\x00", `\xff`, "\xff", "<long>", strings.Repeat("x", maxExpression+1)).Replace(text)
		got := toldOf(text)
		if got == "" {
			t.Errorf("%s: no mistake", text)
		}
		if !*update {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
		if i > 0 {
			written.WriteString(betweenRules)
		}
		before, _, _ := strings.Cut(entry, beforeMessages)
		written.WriteString(before + beforeMessages + got)
	}
	if *update {
		if err := os.WriteFile(mistakesFile, append(written.Bytes(), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// toldOf compiles a tenant with the expression in a rule, as it comes without a
// file, and gives what is said.
func toldOf(text string) string {
	_, mistakes := compileExpression(text, mistakenTenant())
	s := scope{compiler: &compiler{}, key: "acme", owner: "acme"}
	for _, m := range mistakes {
		s.addInText(path{"rules", 0, "when"}, m)
	}
	told := make([]string, len(s.problems))
	for i, p := range s.problems {
		told[i] = strings.TrimPrefix(p.Underlined(), "acme.rules[0].when: ")
	}
	return strings.Join(told, "\n")
}
