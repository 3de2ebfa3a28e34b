package routing

import "strings"

// DidYouMean is for places outside that look something up by name: "did you mean
// office?", or "" when no candidate is near enough to text.
func DidYouMean(text string, candidates []string) string { return didYouMean(text, candidates) }

// didYouMean gives a hint naming the candidate nearest to text, or "" when
// none is near enough to be what was meant.
func didYouMean(text string, candidates []string) string {
	if best := nearest(text, candidates); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

func nearest(text string, candidates []string) string {
	best, bestDistance := "", 1+max(1, len(text)/3)
	for _, c := range candidates {
		if d := distance(strings.ToLower(text), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to make b out of a.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// anyOf lists the members of a closed set for a hint.
func anyOf[T ~string](members []T) string {
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = string(m)
	}
	return "one of " + strings.Join(texts, ", ")
}

// oneOf gives a hint for a word that is none of a closed set: the one that was
// probably meant, else all.
func oneOf[T ~string](word T, members []T) string {
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = string(m)
	}
	return orText(didYouMean(string(word), texts), anyOf(members))
}
