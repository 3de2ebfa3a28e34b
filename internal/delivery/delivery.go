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
	Seq        int       // of this call at this endpoint, dense from 1
	Attempt    int       // the attempt now being made, of all that were ever made, from 1
	Tries      int       // of these, since the event was put in line or replayed: the place in the schedule, from 1
	FirstAt    time.Time // when the first of these was made; zero: this is the first
	OutOfOrder bool      // an earlier event of the call is not over
	Replayed   bool      // somebody asked for it again
	LeaseEpoch int       // fences a claimer that lost its lease
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
	// YieldAt is when the next event of the call may go although this one is
	// not over; zero: it waits. Before that it goes as soon as this is over.
	YieldAt time.Time

	TenantID   routing.TenantID
	EndpointID string
	RetryAfter time.Duration // the endpoint asked for so much patience (429, 503), clamped; 0: it did not
}

// State is where a delivery stands.
type State string

// The states.
const (
	Ready   State = "ready"   // goes when it is due
	Leased  State = "sending" // under way just now
	Waiting State = "waiting" // behind an earlier event of its call
	Done    State = "delivered"
	Dead    State = "failed" // given up
)

// Sent is a delivery as its history shows it.
type Sent struct {
	Delivery
	State  State
	NextAt time.Time // of one that is not over
	Last   Result    // the newest attempt; zero: there was none. Response is left out
}

// HistoryFilter says which deliveries are wanted; what is empty fits all.
type HistoryFilter struct {
	TenantID   routing.TenantID // required
	EndpointID string
	CallID     routing.CallID
	EventID    string
	EventType  string
	State      State
	From       time.Time // the event happened at or after
	Until      time.Time // the event happened before
	Before     int64     // id of the last one given, to go on; the newest come first
	Limit      int       // 1 to 1000; 0: 100
}

// ReplayRequest says which deliveries are to be made again; what is empty fits
// all. One that is still in line is left as it is.
type ReplayRequest struct {
	TenantID   routing.TenantID // required
	EndpointID string
	ID         int64
	EventID    string
	CallID     routing.CallID
	From       time.Time
	Until      time.Time
	FailedOnly bool
}

// ClaimRequest says what may be claimed.
type ClaimRequest struct {
	Now         time.Time
	Limit       int // most deliveries
	PerEndpoint int // most of one endpoint under lease at once, over all servers
	PerTenant   int // and of one tenant
	Lease       time.Duration
	// Endpoints are the only ones looked at; nil: all that have something in
	// line, which costs a little for each of them.
	Endpoints []string
}

// Store is the part of the store that delivery works on. Safe for concurrent
// use, also by several servers.
type Store interface {
	// Claim gives deliveries that are due, of endpoints that are not paused or
	// disabled, within the request's bounds and the endpoint's own (Health.Slots),
	// never one that waits behind an earlier one of its call at its endpoint,
	// and puts them under lease. One whose lease ran out is due again, with the
	// next attempt and epoch. Endpoints take turns.
	Claim(ctx context.Context, r ClaimRequest) ([]Delivery, error)
	// Settle stores what came of attempts, and what that means for their
	// endpoints (Health.Note, results in the order given), makes the next
	// delivery of the call ready where one is over, and of those that are not
	// over, at YieldAt. A result whose lease was taken over changes nothing but
	// the history and the endpoint; settling the same result again changes
	// nothing. Endpoints that became disabled by it are given back, and what
	// they had in line is given up.
	Settle(ctx context.Context, results []Result) (disabled []Health, err error)
	// Release gives back the leases of deliveries that were not attempted (clean
	// stop), as if they had not been claimed; it ignores leases taken over.
	Release(ctx context.Context, deliveries []Delivery) error
}

// History is what people ask of deliveries. Safe for concurrent use.
type History interface {
	Deliveries(ctx context.Context, f HistoryFilter) ([]Sent, error)
	// Attempts gives what was tried for a delivery of a tenant, in order, with
	// the responses; of another tenant's nothing.
	Attempts(ctx context.Context, tenant routing.TenantID, deliveryID int64) ([]Result, error)
	// Replay puts deliveries in line again, keeping the order of each call, and
	// gives how many and of which endpoints.
	Replay(ctx context.Context, r ReplayRequest, now time.Time) (n int, endpoints []string, err error)
	// Health gives what is known of a tenant's endpoints that failed lately or
	// were disabled, by id.
	Health(ctx context.Context, tenant routing.TenantID) (map[string]Health, error)
	// Enable forgets an endpoint's failures, so that it is tried again.
	Enable(ctx context.Context, tenant routing.TenantID, endpoint string) error
}
