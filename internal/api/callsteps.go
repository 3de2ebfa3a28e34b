package api

import (
	"fmt"
	"strings"
	"time"

	"switchyard/handlers"
	"switchyard/internal/record"
)

// text writes why a call went where it went: its decision, then each step with by
// what it came to it, whom it rang and whom not, and how it ended.
func (e *CallExplanation) text(c record.Call) string {
	var b strings.Builder
	b.WriteString(e.Decided())
	for i, s := range c.Steps {
		fmt.Fprintf(&b, "step %d: %s, by %s: %s\n", s.N, s.Destination, e.Taken[i], underWay(string(s.Outcome)))
		if len(s.Digits) > 0 {
			fmt.Fprintf(&b, "   pressed %s\n", strings.Join(s.Digits, " "))
		}
		if s.Note != "" {
			fmt.Fprintf(&b, "   note: %s\n", s.Note)
		}
		for _, a := range s.Attempts {
			fmt.Fprintf(&b, "   %s: %s\n", a.Member, AttemptText(a))
		}
	}
	if c.Status != handlers.StatusActive {
		fmt.Fprintf(&b, "ended: %s, %s\n", c.Status, c.HangupCause)
	}
	return b.String()
}

// AttemptText tells how ringing somebody went, or why it was not done.
func AttemptText(a handlers.Attempt) string {
	text := "rang"
	switch {
	case a.Skipped != "":
		text = "not rung, " + string(a.Skipped)
	case a.Outcome != "":
		text = string(a.Outcome)
	}
	if a.For != "" {
		text += ", for " + a.For
	}
	if a.Round > 1 {
		text += fmt.Sprintf(", round %d", a.Round)
	}
	if a.Note != "" {
		text += ", " + a.Note
	}
	if !a.AsOf.IsZero() {
		text += ", by what was known at " + a.AsOf.UTC().Format(time.TimeOnly)
	}
	return text
}

func underWay(outcome string) string {
	if outcome == "" {
		return "under way"
	}
	return outcome
}
