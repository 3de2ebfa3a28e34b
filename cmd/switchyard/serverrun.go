package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// run serves until ctx ends: first calls end or are given back, then their
// records are stored, then deliveries stop.
func (srv *server) run(ctx context.Context) error {
	srv.log.Info().
		Str("version", versionString()).
		Stringer("esl", srv.eslListener.Addr()).
		Stringer("http", srv.httpListener.Addr()).
		Int("tenants", len(srv.holder.Directory().Tenants())).
		Msg("serving")
	behind, stopBehind := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBehind()
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	parts := make(chan error)
	running := 0
	part := func(name string, f func() error) {
		running++
		go func() {
			err := f()
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
				stop() // one part gone, the rest goes down in order
			}
			parts <- err
		}()
	}
	callsDone := make(chan struct{})
	part("calls", func() error { defer close(callsDone); return srv.calls.Serve(ctx, srv.eslListener, srv.grace) })
	part("http", func() error {
		if err := srv.http.Serve(srv.httpListener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	part("records", func() error { return srv.pipeline.Run(behind) })
	part("webhooks", func() error { return srv.posts.Run(behind) })
	part("tallies", func() error { return srv.tally.Run(behind) })
	srv.sources.run(behind, part)
	if srv.reopening != nil {
		part("store", func() error { return srv.reopening.run(behind, func() { srv.posts.Wake() }) })
	}
	part("configuration", func() error { return srv.holder.Follow(behind, srv.log) })
	if srv.speech != nil {
		part("speech", func() error { return srv.warmSpeech(behind) })
	}
	part("keys", func() error { return srv.guard.Run(behind, srv.log) })

	<-callsDone
	srv.log.Info().Msg("stopping: no more calls; storing what is left")
	closing, cancel := context.WithTimeout(behind, 5*time.Second)
	defer cancel()
	err := srv.http.Shutdown(closing)
	stopBehind()
	for range running {
		err = errors.Join(err, <-parts)
	}
	srv.log.Info().Msg("stopped")
	return err
}
