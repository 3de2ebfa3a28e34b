package handlers

import (
	"sync"

	"switchyard/routing"
)

// busyLines counts what this server's own calls occupy: an extension from the
// moment it is rung, or calls, until it is free; a ring group likewise. The
// switches tell the same a moment later, and of everybody's calls. Safe for
// concurrent use; the zero value is ready.
type busyLines struct {
	mu    sync.Mutex
	calls map[line]int
}

// line is an extension or a ring group of a tenant.
type line struct {
	tenant routing.TenantID
	of     routing.Destination
}

// take occupies a line once more and gives how often it was occupied before.
func (b *busyLines) take(l line) (before int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls == nil {
		b.calls = map[line]int{}
	}
	before = b.calls[l]
	b.calls[l] = before + 1
	return before
}

// count gives how often a line is occupied.
func (b *busyLines) count(l line) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[l]
}

func (b *busyLines) free(l line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls[l]--; b.calls[l] <= 0 {
		delete(b.calls, l)
	}
}
