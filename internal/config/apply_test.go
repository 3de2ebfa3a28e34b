package config

import (
	"testing"

	"switchyard/routing"
)

// The first reason is told and how many more there are; warnings are none.
func TestProblemsError(t *testing.T) {
	wrong := func(text string) routing.Problem { return routing.Problem{Message: text} }
	warning := routing.Problem{Message: "careful", Warning: true}
	for _, c := range []struct {
		problems Problems
		want     string
	}{
		{nil, "no problem"},
		{Problems{wrong("a")}, "a"},
		{Problems{warning, wrong("a"), warning}, "a"},
		{Problems{warning, wrong("a"), warning, wrong("b"), wrong("c")}, "a (and 2 more)"},
	} {
		if got := c.problems.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
