package scenario

import (
	"fmt"
	"strings"
	"time"

	"switchyard/internal/esl/esltest"
)

// shownHeaders are the headers of a leg that are written down.
var shownHeaders = []string{"Diversion", "P-Asserted-Identity", "Privacy", "Alert-Info"}

// legs are the phones and numbers that were called, in order: when, what became
// of each, and what it was shown.
func legs(r *esltest.Result) string {
	var b strings.Builder
	for _, l := range r.Legs {
		fmt.Fprintf(&b, "%s: %s\n", l.Target, became(l))
		if !l.Called {
			continue
		}
		fmt.Fprintf(&b, "  From: %q <%s>\n", l.CallerName, l.CallerNumber)
		for _, what := range l.Heard {
			fmt.Fprintf(&b, "  heard: %s\n", what)
		}
		for _, name := range shownHeaders {
			if value := l.Headers[name]; value != "" {
				fmt.Fprintf(&b, "  %s: %s\n", name, value)
			}
		}
	}
	return b.String()
}

func became(l esltest.LegResult) string {
	if !l.Called {
		return "not called"
	}
	parts := []string{"called after " + l.CalledAfter.Round(time.Second).String()}
	if l.Rang {
		parts = append(parts, "rang")
	}
	if l.Answered {
		parts = append(parts, "answered")
	}
	if l.Cause != "" {
		parts = append(parts, l.Cause)
	}
	if l.Elsewhere {
		parts = append(parts, "told that it was answered elsewhere")
	}
	return strings.Join(parts, ", ")
}
