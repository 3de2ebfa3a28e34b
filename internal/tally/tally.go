// Package tally counts in memory what has to be known while a phone rings, and
// keeps the counts in a store, so that they outlive restarts and several servers
// share them.
package tally

import (
	"context"
	"time"

	"switchyard/handlers"
	"switchyard/routing"
)

// Key is one thing that is counted.
type Key struct {
	Tenant routing.TenantID
	Kind   handlers.TallyKind
	Key    string
}

// Total is how often something was counted.
type Total struct {
	N      uint64
	LastAt time.Time // when it was counted last
}

// Count is a key with a total, or with what is to be added to it.
type Count struct {
	Key
	Total
}

// Store keeps totals. Safe for concurrent use, also by several servers.
type Store interface {
	// AddTallies adds counts, each key once, to what is kept and gives the
	// totals after that. A batch is told by the server it is from and its
	// number, which grows; one that was added already is not added again.
	AddTallies(ctx context.Context, server string, batch int64, add []Count) (map[Key]uint64, error)
	// RecentTallies gives what was counted at a time or later, the latest first,
	// at most limit.
	RecentTallies(ctx context.Context, since time.Time, limit int) ([]Count, error)
	// ForgetTallies deletes what was not counted since a time.
	ForgetTallies(ctx context.Context, before time.Time) error
}
