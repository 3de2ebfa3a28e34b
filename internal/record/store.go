package record

import (
	"context"
	"errors"
	"time"

	"switchyard/routing"
)

// ErrUnknownCall means that there is no record of the call.
var ErrUnknownCall = errors.New("there is no record of this call")

// Saver stores changes of calls. All changes given are stored in one
// transaction or none is. An event that is there already, by its id or because
// it happens once a call (call.started, call.answered, call.ended), is left
// out together with its deliveries, and no error. A call that has ended never
// becomes active again. Safe for concurrent use.
type Saver interface {
	SaveCalls(ctx context.Context, changes []Change) error
}

// Reader reads back what was stored. Times come back in UTC with microseconds,
// empty lists and maps as nil. Safe for concurrent use.
type Reader interface {
	// Call gives a record and its legs; ErrUnknownCall if there is none.
	Call(ctx context.Context, id routing.CallID) (Call, []Leg, error)
	// Calls gives the records that fit, the newest first.
	Calls(ctx context.Context, f Filter) ([]Call, error)
	// Events gives the events of a call in the order they were committed.
	Events(ctx context.Context, id routing.CallID) ([]Event, error)
}

// Store is what keeps the records.
type Store interface {
	Saver
	Reader
}

// MaxCalls is the most records one reading gives.
const MaxCalls = 1000

// Filter says which calls are wanted. Fields that are empty fit every call.
type Filter struct {
	TenantID  routing.TenantID // empty: also those of no tenant, for the operator
	From      time.Time        // started at or after
	Until     time.Time        // started before
	Direction routing.Direction
	Status    Status
	After     *Cursor // go on behind this one
	Limit     int     // 1 to MaxCalls; 0: MaxCalls
}

// Cursor is where a list of calls left off: the last call it gave.
type Cursor struct {
	StartedAt time.Time
	ID        routing.CallID
}
