package record

import (
	"context"
	"errors"
	"time"

	"switchyard/routing"
)

// ErrUnknownCall means that there is no record of the call.
var ErrUnknownCall = errors.New("there is no record of this call")

// ErrForeignCursor means that a cursor is from another database, or from the
// time before this one was restored: nothing is behind it, and never will be.
var ErrForeignCursor = errors.New("the cursor is not from this database")

// Saver stores changes of calls. All changes given are stored in one
// transaction or none is. An event that is there already, by its id or because
// it happens once a call (call.started, call.answered, call.missed, call.ended,
// recording.ready, and call.forwarded at each Stage), is left out together with its deliveries,
// and no error; so are call.forwarded and call.missed of a call whose call.ended
// is there. A call that has ended never becomes active again. Safe for
// concurrent use.
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
	TenantID    routing.TenantID // empty: also those of no tenant, for the operator
	From        time.Time        // started at or after
	Until       time.Time        // started before
	Direction   routing.Direction
	Status      Status
	Number      string // caller, dialled, reached or forwarded to: this number exactly
	Forwarded   *bool  // forwarded, or not
	ForwardedTo string // part of the number it was forwarded to
	Destination string // reached last
	Rule        string
	After       *Cursor // go on behind this one
	Limit       int     // 1 to MaxCalls; 0: MaxCalls
}

// Cursor is where a list of calls left off: the last call it gave.
type Cursor struct {
	StartedAt time.Time
	ID        routing.CallID
}

// Ledger is what the other sources of records and the care for old records
// need of a store. Safe for concurrent use, also by several servers.
type Ledger interface {
	Store

	// SaveLegs stores legs that other sources tell of, of calls that may not be
	// known. It never changes a call. What the stored leg has and the new one
	// has not stays; where both have a value, the better source counts.
	SaveLegs(ctx context.Context, legs []Leg) error

	// Amend changes the record of one call, or adds one, by what is stored then:
	// amend is given the record, or one with the id alone that is not known, and
	// tells whether what it made of that is to be stored. Nobody else changes the
	// record meanwhile. amend may be called again, when there was none at first.
	Amend(ctx context.Context, id routing.CallID, amend func(c *Call, known bool) bool) error

	// Beat says that a server lives. A server that has not said so since
	// somebody's staleBefore counts as dead.
	Beat(ctx context.Context, server string, startedAt, now time.Time) error

	// Orphans gives calls that are not over, the oldest first, whose session is
	// gone: nobody owns them, or their owner is dead.
	Orphans(ctx context.Context, staleBefore time.Time, limit int) ([]Orphan, error)

	// Seen notes that the switch still had these calls at a time.
	Seen(ctx context.Context, ids []routing.CallID, at time.Time) error

	// Purge deletes at most limit calls with what belongs to them, and events
	// with theirs, and tells how many; fewer than limit of both: that was all.
	// Events that are still to be delivered stay.
	Purge(ctx context.Context, p Policy, limit int) (calls, events int, err error)

	// Erase makes a number, and the names that came with it, unrecognisable in
	// the records and events of a tenant and gives how many calls it was in.
	Erase(ctx context.Context, tenant routing.TenantID, number string) (int, error)

	// EventsAfter gives a tenant's events behind a cursor in an order in which
	// none can ever appear before one that was given; the zero cursor is the
	// beginning. types, if any, are the only ones wanted. The cursor given is
	// behind the last event looked at. ErrForeignCursor if no event can ever
	// come behind it.
	EventsAfter(ctx context.Context, tenant routing.TenantID, after EventCursor, types []string, limit int) ([]Event, EventCursor, error)

	// SaveEvents stores events that belong to no call, with their deliveries.
	// CallID is the event's own id then.
	SaveEvents(ctx context.Context, events []Event) error
}

// Orphan is a call whose session is gone.
type Orphan struct {
	Call   Call
	Legs   []Leg
	SeenAt time.Time // the switch had it last; zero: nobody asked
}

// Policy is how long what is kept; zero times keep for ever.
type Policy struct {
	CallsBefore  time.Time // records of calls that ended before
	EventsBefore time.Time // events, deliveries and attempts
}

// EventCursor is a place in the order of commits.
type EventCursor struct{ XID, ID int64 }
