// Package postgres opens a store kept in PostgreSQL. Several servers may use
// one database at the same time.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"switchyard/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// maxConns bounds the connections of one server: the writer of records, the
// dispatcher's claims and settlements, and readers.
const maxConns = 12

// Open connects to the database at url (postgres://… or a list of keywords)
// and brings its tables up to date; servers that start together do so one
// after the other. store.ErrAway if it does not answer.
func Open(ctx context.Context, url string, opts ...store.Option) (*store.Store, error) {
	s, opening, err := Prepare(url, opts...)
	if err != nil {
		return nil, err
	}
	if err := opening.Try(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	oneAtATime, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60)) // ask every second, for a minute
	if err != nil {
		return err
	}
	m, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(oneAtATime))
	if err != nil {
		return err
	}
	_, err = m.Up(ctx)
	return err
}

// backend is PostgreSQL for package store.
type backend struct{ db *sql.DB }

// Write runs at READ COMMITTED: a statement that waited for a lock goes on
// with the row as it is then.
func (b *backend) Write(ctx context.Context, do func(store.Querier) error) error {
	return b.transaction(ctx, nil, do)
}

func (b *backend) Snapshot(ctx context.Context, do func(store.Querier) error) error {
	return b.transaction(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, do)
}

func (b *backend) transaction(ctx context.Context, opts *sql.TxOptions, do func(store.Querier) error) error {
	tx, err := b.db.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (b *backend) Read() store.Querier            { return b.db }
func (b *backend) ClaimSQL() string               { return claimSQL }
func (b *backend) LockRows() string               { return " FOR UPDATE" }
func (b *backend) Ping(ctx context.Context) error { return b.db.PingContext(ctx) }
func (b *backend) Close() error                   { return b.db.Close() }

// Settled leaves out what a transaction that began before another, which may
// still run, can come before.
func (b *backend) Settled() string {
	return " AND xid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
}

// NextXID is the first id that no transaction has yet.
func (b *backend) NextXID() string {
	return "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
}
