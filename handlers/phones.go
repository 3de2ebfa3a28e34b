package handlers

import (
	"context"

	"switchyard/routing"
)

// Phones tells what the switches say of phones. Safe for concurrent use. It
// never waits, except for Redirected.
type Phones interface {
	Phone(domain, extension string) routing.PhoneState
	// Redirected gives the user part of the contact that a phone called for the
	// call named when it answered 302. It waits a moment for the switch to tell;
	// false: it did not, or no switch is watched.
	Redirected(ctx context.Context, call routing.CallID) (contact string, ok bool)
}

// Tally counts, across restarts and servers. Safe for concurrent use; it never
// waits for a store, so that two servers may give the same number.
type Tally interface {
	// Add counts one more and gives how many there were before.
	Add(tenant routing.TenantID, what TallyKind, key string) uint64
}

// TallyKind is what is counted; a closed set.
type TallyKind string

// The kinds.
const (
	TallyBlocked TallyKind = "blocked"    // calls an entry of the blocklist matched; key: its id
	TallyTurns   TallyKind = "ring-group" // calls a ring group took in turn; key: its id, else its name
)
