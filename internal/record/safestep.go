package record

import (
	"slices"

	"switchyard/routing"
)

// maxAttempts bounds whom one step is kept to have rung or passed over.
const maxAttempts = 200

// safeStep makes the texts of a step safe to keep. What the caller has is not
// changed.
func safeStep(s Step) Step {
	s.Destination.Target = SafeText(s.Destination.Target)
	for _, text := range []*string{&s.Cause, &s.Called, &s.ForwardType, &s.ForwardedBy, &s.AnsweredBy} {
		*text = SafeText(*text)
	}
	s.Attempts = slices.Clone(s.Attempts[:min(len(s.Attempts), maxAttempts)])
	for i := range s.Attempts {
		a := &s.Attempts[i]
		for _, text := range []*string{&a.Member, &a.For, &a.Trunk, &a.Cause, &a.Note} {
			*text = SafeText(*text)
		}
		a.Skipped, a.Outcome = routing.SkipReason(SafeText(string(a.Skipped))), routing.Outcome(SafeText(string(a.Outcome)))
	}
	return s
}

// safeAnswer makes the texts of an answer safe to keep.
func safeAnswer(a Answer) Answer {
	for _, text := range []*string{&a.Destination.Target, &a.By, &a.ForwardedTo, &a.ForwardType} {
		*text = SafeText(*text)
	}
	return a
}
