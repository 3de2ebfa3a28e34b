package record

import (
	"slices"
	"strings"

	"switchyard/routing"
)

// maxAttempts bounds whom one step is kept to have rung or passed over,
// maxEntries and maxEntry what was pressed in it.
const (
	maxAttempts = 200
	maxEntries  = 50
	maxEntry    = 20
)

// safeStep makes the texts of a step safe to keep. What the caller has is not
// changed.
func safeStep(s Step) Step {
	s.Destination.Target = SafeText(s.Destination.Target)
	for _, text := range []*string{&s.Cause, &s.Called, &s.ForwardType, &s.ForwardedBy, &s.AnsweredBy, &s.Note} {
		*text = SafeText(*text)
	}
	s.Digits = safeDigits(s.Digits)
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

// safeDigits keeps what can be pressed on a phone, and of too much the end: it
// led on.
func safeDigits(entries []string) []string {
	var safe []string
	for _, e := range entries[max(0, len(entries)-maxEntries):] {
		e = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '*' || r == '#' {
				return r
			}
			return -1
		}, e[:min(len(e), maxEntry)])
		if e != "" {
			safe = append(safe, e)
		}
	}
	return safe
}

// safeAnswer makes the texts of an answer safe to keep.
func safeAnswer(a Answer) Answer {
	for _, text := range []*string{&a.Destination.Target, &a.By, &a.ForwardedTo, &a.ForwardType} {
		*text = SafeText(*text)
	}
	return a
}
