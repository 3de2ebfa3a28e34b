package record

import "cmp"

// NewestFirst compares two calls by their places in a list as Calls gives it.
func NewestFirst(a, b Call) int {
	return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
}
