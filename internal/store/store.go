// Package store keeps calls, events, deliveries and configuration in a
// database. Its statements serve PostgreSQL and SQLite alike; what differs
// between the two is in the packages postgres and sqlite, which open a Store.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"switchyard/internal/config"
	"switchyard/internal/delivery"
	"switchyard/internal/record"
)

// Store satisfies the interfaces of the packages that keep something. It is
// safe for concurrent use.
type Store struct {
	backend Backend
	seal    *sealer

	// Where the next claim begins, of all endpoints and of those it names.
	lastTurn atomic.Pointer[string]
	turns    atomic.Uint64
}

var (
	_ record.Ledger    = (*Store)(nil)
	_ delivery.Store   = (*Store)(nil)
	_ delivery.History = (*Store)(nil)
	_ config.Store     = (*Store)(nil)
)

// Querier runs statements: a transaction, a connection or a pool of them.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Backend is one kind of database, opened and migrated.
type Backend interface {
	// Write runs do in a transaction and commits it if do gives no error.
	// Values that do wrote to outside must be set anew when it runs.
	Write(ctx context.Context, do func(Querier) error) error
	// Read is for single statements that change nothing.
	Read() Querier
	// Snapshot runs several of them on one state of the database.
	Snapshot(ctx context.Context, do func(Querier) error) error
	// ClaimSQL is the statement that leases due deliveries, see Claim.
	ClaimSQL() string
	// Settled is a condition on the rows of events: no transaction that still
	// runs can store one that comes before them in order of xid and id.
	Settled() string
	// NextXID is a statement that gives the next transaction's xid, "" where
	// events have none.
	NextXID() string
	// LockRows ends a SELECT whose rows nobody may change until the
	// transaction is over.
	LockRows() string
	Ping(ctx context.Context) error
	Close() error
}

// ErrAway means that the database did not answer when the store was to be opened.
var ErrAway = errors.New("the database does not answer")

// New makes a store of an opened and migrated database. The packages postgres
// and sqlite call it. An error says that the key does not fit the database.
func New(ctx context.Context, b Backend, opts ...Option) (*Store, error) {
	s, err := Unchecked(b, opts...)
	if err != nil {
		return nil, err
	}
	if err := s.CheckKey(ctx, b); err != nil {
		return nil, err
	}
	return s, nil
}

// Unchecked makes a store of a database that need not be there yet: until it is
// opened and migrated, and CheckKey found that the key fits it, b has to refuse
// everything.
func Unchecked(b Backend, opts ...Option) (*Store, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	seal, err := newSealer(o.key)
	if err != nil {
		return nil, err
	}
	s := &Store{backend: b, seal: seal}
	s.lastTurn.Store(new(string))
	return s, nil
}

// Option changes how a store is opened.
type Option func(*options)

type options struct{ key []byte }

// WithKey gives the key, 32 bytes, that secrets are encrypted with at rest.
// Without it no object that holds a secret can be stored or loaded.
func WithKey(key []byte) Option { return func(o *options) { o.key = key } }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.backend.Ping(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// Close waits for running transactions and closes the database.
func (s *Store) Close() error {
	if err := s.backend.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
