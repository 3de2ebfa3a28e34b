package speech

import (
	"context"
	"iter"
)

// Text is something callers may hear.
type Text struct {
	Text, Language, Voice string
}

// hopeless is after how many failures in a row nobody expects the command to
// work for the next text.
const hopeless = 3

// Warm renders texts that are not there yet, one after the other, so that the
// first caller does not wait; beside it another text can be rendered for a call.
// It gives up when the command fails again and again, and ends with the context.
func (r *Renderer) Warm(ctx context.Context, texts iter.Seq[Text]) {
	failures := 0
	for t := range texts {
		if ctx.Err() != nil || failures == hopeless {
			return
		}
		j, err := r.job(t.Text, t.Language, t.Voice)
		if err != nil {
			continue // a call will say so
		}
		if r.there(j.name) {
			continue
		}
		if _, err := r.Render(ctx, t.Text, t.Language, t.Voice); err != nil {
			failures++
		} else {
			failures = 0
		}
	}
}
