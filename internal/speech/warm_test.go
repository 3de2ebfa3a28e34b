package speech

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inputs gives the texts that the command was run for.
func (g *rig) inputs() string {
	g.t.Helper()
	var all []string
	for _, run := range g.ran() {
		all = append(all, strings.TrimSpace(run.Input))
	}
	return strings.Join(all, " ")
}

func TestWarm(t *testing.T) {
	g := newRig(t, "fake-say", "{file}", "{language}")
	texts := []Text{{Text: "one"}, {Text: "two", Language: "de"}, {Text: "two", Language: "-x"}, {Text: "one"}, {Text: ""}}
	for range 2 {
		g.Warm(t.Context(), slices.Values(texts))
	}
	if runs := g.ran(); len(runs) != 2 || runs[1].Words[2] != "de" {
		t.Errorf("%+v", runs)
	}
}

// A tenant's language that does not work is given up, and nothing else is.
func TestWarmGivesUpALanguageOfATenant(t *testing.T) {
	g := newRig(t, "fake-no", "{file}", "{language}")
	g.Warm(t.Context(), slices.Values([]Text{
		{Tenant: "a", Text: "1", Language: "xx"}, {Tenant: "a", Text: "2", Language: "xx"}, {Tenant: "a", Text: "3", Language: "xx"}, {Tenant: "a", Text: "4", Language: "xx"},
		{Tenant: "a", Text: "5", Language: "de"}, {Tenant: "b", Text: "6", Language: "xx"}, {Tenant: "b", Text: "7"},
	}))
	if got := g.inputs(); got != "1 2 3 5 6 7" {
		t.Errorf("rendered %s", got)
	}
}

func TestWarmCountsFailuresInARow(t *testing.T) {
	g := newRig(t, "fake-no", "{file}")
	g.Warm(t.Context(), slices.Values([]Text{{Text: "no1"}, {Text: "no2"}, {Text: "yes"}, {Text: "no3"}, {Text: "no4"}, {Text: "no5"}, {Text: "never"}}))
	if got := g.inputs(); got != "no1 no2 yes no3 no4 no5" {
		t.Errorf("rendered %s", got)
	}
}

// Texts that failed just now are neither tried nor counted: those after them are
// rendered.
func TestWarmPassesOverWhatFailedLately(t *testing.T) {
	g := newRig(t, "fake-no", "{file}")
	texts := []Text{{Text: "no1"}, {Text: "no2"}, {Text: "no3"}, {Text: "yes"}}
	for _, want := range []string{"no1 no2 no3", "no1 no2 no3 yes"} {
		g.Warm(t.Context(), slices.Values(texts))
		if got := g.inputs(); got != want {
			t.Errorf("rendered %s, want %s", got, want)
		}
	}
	g.later(failedFor)
	g.Warm(t.Context(), slices.Values(texts))
	if got := g.inputs(); got != "no1 no2 no3 yes no1 no2 no3" {
		t.Errorf("rendered %s", got)
	}
}

// A tenant can publish more than is made ahead; the others have their own room.
func TestWarmIsBounded(t *testing.T) {
	long := strings.Repeat("x", maxText)
	for name, c := range map[string]struct {
		text func(i int) string
		most int
	}{
		"texts": {func(int) string { return "" }, mostAhead},
		"bytes": {func(i int) string { return long[:maxText-3] }, mostAheadBytes / maxText},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, "fake-say", "{file}")
			var all []Text
			for i := range mostAhead + 10 {
				all = append(all, Text{Tenant: "a", Text: fmt.Sprintf("%03d%s", i, c.text(i))})
			}
			for _, text := range all[:c.most] { // there already: not rendered, and counted
				j, err := g.job(text.Text, "", "")
				if err != nil {
					t.Fatal(err)
				}
				if writeFile(g.path(j.name), wave(800)) != 0 {
					t.Fatal("no file")
				}
			}
			all = append(all, Text{Tenant: "b", Text: "last"})
			g.Warm(t.Context(), slices.Values(all))
			if got := g.inputs(); got != "last" {
				t.Errorf("rendered %.200s", got)
			}
			if j, err := g.job(all[c.most].Text, "", ""); err != nil || g.there(j.name) {
				t.Errorf("%v", err)
			}
			if _, err := g.Render(t.Context(), all[c.most].Text, "", ""); err != nil {
				t.Errorf("a call hears it: %v", err)
			}
		})
	}
}
