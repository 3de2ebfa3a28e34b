// Package delivery brings events to the webhooks of tenants: claim, sign,
// post, settle.
package delivery

import (
	"context"
	"time"

	"switchyard/routing"
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID         int64
	EventID    string
	EventType  string
	TenantID   routing.TenantID
	EndpointID string
	CallID     routing.CallID
	Seq        int // of this call at this endpoint, dense from 1
	Attempt    int // the attempt now being made, from 1
	LeaseEpoch int // fences a claimer that lost its lease
	OccurredAt time.Time
	Body       []byte // the exact bytes to send and sign
}

// Result is what came of one attempt.
type Result struct {
	DeliveryID int64
	LeaseEpoch int
	Attempt    int
	At         time.Time
	Took       time.Duration
	Code       int // HTTP status, 0 if there was no answer
	Class      Class
	Error      string
	Response   []byte // at most the first 4 kB

	Done   bool      // accepted by the endpoint
	Dead   bool      // given up
	NextAt time.Time // when to try again, if neither
}

// Store is the part of the store that delivery works on. Safe for concurrent
// use, also by several servers.
type Store interface {
	// Claim gives deliveries that are due, at most perEndpoint of one endpoint
	// counting those under lease, never one that has an earlier undone delivery
	// of the same call at the same endpoint, and puts them under lease. One
	// whose lease ran out is due again, with the next attempt and epoch.
	Claim(ctx context.Context, now time.Time, limit, perEndpoint int, lease time.Duration) ([]Delivery, error)
	// Settle stores what came of attempts and makes the next delivery of the
	// call ready where one is over. A result whose lease was taken over changes
	// nothing but the history; settling the same result again changes nothing.
	Settle(ctx context.Context, results []Result) error
	// NextDue tells the earliest time later than after at which a delivery
	// becomes due or a lease runs out; zero time: none.
	NextDue(ctx context.Context, after time.Time) (time.Time, error)
	// Release gives back the leases of deliveries that were not attempted (clean
	// stop), as if they had not been claimed; it ignores leases taken over.
	Release(ctx context.Context, deliveries []Delivery) error
}
