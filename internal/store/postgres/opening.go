package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"switchyard/internal/store"
)

// reachWithin bounds waiting for a first answer; a host that swallows packets
// gives none for minutes.
const reachWithin = 10 * time.Second

// Opening opens the database of a store that was made before it.
type Opening struct {
	store *store.Store
	gate  *gate
}

// Prepare gives a store that refuses everything with store.ErrAway until Try of
// the Opening has succeeded. An error says that url or an option cannot be read.
func Prepare(url string, opts ...store.Option) (*store.Store, *Opening, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, fmt.Errorf("read the database's address: %w", err)
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "switchyard"
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	g := &gate{backend: &backend{db}}
	s, err := store.Unchecked(g, opts...)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return s, &Opening{s, g}, nil
}

// Try connects to the database, brings its tables up to date and lets the store
// use it. store.ErrAway if it does not answer, or refuses the connection: it may
// be tried again, and has changed nothing that has to be undone. Not for
// concurrent use.
func (o *Opening) Try(ctx context.Context) error {
	b := o.gate.backend
	if err := b.reach(ctx); err != nil {
		return err
	}
	err := migrate(ctx, b.db)
	if err != nil {
		err = fmt.Errorf("bring the database's tables up to date: %w", err)
	} else {
		err = o.store.CheckKey(ctx, b)
	}
	if err == nil {
		o.gate.opened.Store(true)
		return nil
	}
	if gone := b.reach(ctx); gone != nil {
		return gone // in the middle of it
	}
	return err
}

func (b *backend) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	if err := b.Ping(ctx); err != nil {
		return fmt.Errorf("reach the database: %w: %w", store.ErrAway, err)
	}
	return nil
}

// gate is a backend that is not used before it is open: its tables may not be
// those that the statements are about.
type gate struct {
	*backend
	opened atomic.Bool
}

func (g *gate) Write(ctx context.Context, do func(store.Querier) error) error {
	if !g.opened.Load() {
		return store.ErrAway
	}
	return g.backend.Write(ctx, do)
}

func (g *gate) Snapshot(ctx context.Context, do func(store.Querier) error) error {
	if !g.opened.Load() {
		return store.ErrAway
	}
	return g.backend.Snapshot(ctx, do)
}

func (g *gate) Read() store.Querier {
	if !g.opened.Load() {
		return closed{}
	}
	return g.backend.Read()
}

func (g *gate) Ping(ctx context.Context) error {
	if !g.opened.Load() {
		return store.ErrAway
	}
	return g.backend.Ping(ctx)
}

// closed runs no statement.
type closed struct{}

func (closed) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, store.ErrAway
}

func (closed) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, store.ErrAway
}
