package speech

import (
	"context"
	"iter"
)

// Text is something callers of a tenant may hear.
type Text struct {
	Tenant                string
	Text, Language, Voice string
}

// What is rendered ahead for one tenant; the rest is rendered when somebody
// hears it. A tenant can publish far more than anybody ever hears.
const (
	mostAhead      = 200      // texts
	mostAheadBytes = 64 << 10 // of text
)

// hopeless is after how many failures in a row nobody expects the command to
// work for the next text of the same tenant and language: often it lacks the
// voice. What fails is one tenant's affair, and the others' texts are rendered.
const hopeless = 3

// ahead is how much one tenant has of what Warm was given.
type ahead struct {
	texts, bytes int
	failures     map[string]int // in a row, by language
}

// takes counts a text, if there is room for it.
func (a *ahead) takes(text string) bool {
	if a.texts == mostAhead || a.bytes+len(text) > mostAheadBytes {
		return false
	}
	a.texts++
	a.bytes += len(text)
	return true
}

// Warm renders texts that are not there yet, one after the other, so that the
// first caller does not wait; beside it another text can be rendered for a call.
// It stops at what one tenant may have made ahead, skips a tenant's language for
// which the command fails again and again, and ends with the context.
func (r *Renderer) Warm(ctx context.Context, texts iter.Seq[Text]) {
	tenants := map[string]*ahead{}
	for t := range texts {
		if ctx.Err() != nil {
			return
		}
		j, err := r.job(t.Text, t.Language, t.Voice)
		if err != nil {
			continue // a call will say so
		}
		a := tenants[t.Tenant]
		if a == nil {
			a = &ahead{failures: map[string]int{}}
			tenants[t.Tenant] = a
		}
		// Those that are there count too, or each publish would render some more.
		if !a.takes(j.text) || a.failures[j.language] == hopeless || r.there(j.name) || r.failedLately(j.name) {
			continue
		}
		if _, err := r.Render(ctx, t.Text, t.Language, t.Voice); err != nil {
			a.failures[j.language]++
		} else {
			a.failures[j.language] = 0
		}
	}
}
