package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/config"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
	"switchyard/internal/store/sqlite"
)

// Waits between two tries to open a database that was away when the server
// started.
const (
	firstReopen = 250 * time.Millisecond
	lastReopen  = 5 * time.Second
)

// openStore opens the store, or with PostgreSQL away prepares it: whether the
// server can start without it is for openConfiguration to say.
func (srv *server) openStore(ctx context.Context) error {
	key, err := srv.settings.secretKey()
	if err != nil {
		return err
	}
	if srv.settings.Database == "" {
		srv.store, err = sqlite.Open(ctx, filepath.Join(srv.settings.DataDir, "switchyard.db"), store.WithKey(key))
		return err
	}
	opening := &reopening{log: srv.log}
	if srv.store, opening.opening, err = postgres.Prepare(srv.settings.Database, store.WithKey(key)); err != nil {
		return usage{fmt.Errorf("database: %w", err)}
	}
	if opening.away = opening.opening.Try(ctx); opening.away == nil {
		return nil
	}
	if !errors.Is(opening.away, store.ErrAway) {
		return opening.away
	}
	srv.reopening = opening
	return nil
}

// openConfiguration loads what is published; without the store, what the snapshot
// has of it.
func (srv *server) openConfiguration(ctx context.Context) (err error) {
	o := config.Options{Log: srv.log}
	if o.PlanMemory, err = srv.settings.planMemory(); err != nil {
		return err
	}
	if srv.settings.Database != "" {
		if o.Key, err = srv.settings.secretKey(); err != nil {
			return err
		}
		o.Snapshot = filepath.Join(srv.settings.DataDir, "configuration.snapshot")
	}
	srv.holder, err = config.Open(ctx, srv.store, time.Now, o)
	if err != nil && srv.reopening != nil {
		return fmt.Errorf("%w\nStart the database, or correct the setting `database`. Calls can be routed without it only by a snapshot of the configuration, which a server keeps in dataDir once it has reached the database: %w",
			srv.reopening.away, err)
	}
	return err
}

// reopening opens a database that was away when the server started.
type reopening struct {
	opening *postgres.Opening
	away    error // why it could not be opened
	log     zerolog.Logger
}

// run tries until the store is open or the context ends. What is wrong is logged
// when it is something else than before, for the tries follow each other for as
// long as the database is away. It never gives up: calls are routed meanwhile.
func (r *reopening) run(ctx context.Context, opened func()) error {
	r.log.Error().Err(r.away).Msg("the database is away: calls are routed by the snapshot, records and webhooks wait; opening it is tried again and again")
	for wait := firstReopen; ; wait = min(2*wait, lastReopen) {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		err := r.opening.Try(ctx)
		switch {
		case err == nil:
			r.log.Info().Msg("the database is open: records are stored and webhooks are sent")
			opened()
			return nil
		case ctx.Err() == nil && err.Error() != r.away.Error():
			r.log.Error().Err(err).Msg("the database still cannot be opened")
			r.away = err
		}
	}
}
