package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/api"
	"switchyard/internal/config"
	"switchyard/internal/delivery"
	"switchyard/internal/esl"
	"switchyard/internal/keys"
	"switchyard/internal/record"
	"switchyard/internal/speech"
	"switchyard/internal/store"
	"switchyard/internal/tally"
	"switchyard/routing"
)

// server is the wired parts of one running server.
type server struct {
	settings settings
	name     string // of this process: another one after every start
	log      zerolog.Logger
	metrics  *metrics
	store    *store.Store
	// reopening opens the store if it was away at the start; nil: it was not.
	reopening *reopening
	holder    *config.Holder
	news      *api.News
	guard     *keys.Guard
	posts     *delivery.Dispatcher
	pipeline  *record.Pipeline
	sources   sources
	tally     *tally.Counter
	speech    *speech.Renderer // nil: no command makes files of texts
	calls     *esl.Server
	http      *http.Server
	grace     time.Duration

	eslListener, httpListener net.Listener
}

// open makes everything ready and listens, so that a mistake in the settings
// is found before the first call.
func open(ctx context.Context, s settings, log zerolog.Logger) (*server, error) {
	srv := &server{settings: s, name: s.serverName(), log: log, metrics: newMetrics(), news: &api.News{}}
	for _, step := range []func(context.Context) error{
		srv.openStore, srv.openConfiguration, srv.openDelivery, srv.openRecords, srv.openSpeech, srv.openCalls, srv.openHTTP,
	} {
		if err := step(ctx); err != nil {
			srv.close()
			return nil, err
		}
	}
	return srv, nil
}

func (srv *server) openDelivery(context.Context) error {
	allowed, err := srv.settings.webhookTargets()
	if err != nil {
		return err
	}
	lease, err := srv.settings.lease()
	if err != nil {
		return err
	}
	srv.posts = delivery.New(srv.store, srv.holder, delivery.Options{
		Allowed: allowed, PlainHTTP: srv.settings.Webhooks.PlainHTTP, Lease: lease, Version: versionString(), Log: srv.log,
		Observe: srv.metrics.attempt, Announce: srv.announce, Webhooks: srv.holder.Webhooks,
	})
	return nil
}

// committed is told which webhooks have something new.
func (srv *server) committed(webhooks []string) {
	srv.news.Tell()
	if len(webhooks) > 0 {
		srv.posts.Wake(webhooks...)
	}
}

// announce stores an event that belongs to no call.
func (srv *server) announce(ctx context.Context, n delivery.Notice) error {
	err := srv.store.SaveEvents(ctx, []record.Event{{
		ID: n.ID, TenantID: n.TenantID, CallID: routing.CallID(n.ID), Type: n.Type, At: n.At, Body: n.Body, Endpoints: n.Endpoints,
	}})
	if err != nil {
		return err
	}
	if n.Type == delivery.EndpointDisabled {
		srv.metrics.disabled.Inc()
	}
	srv.committed(n.Endpoints)
	return nil
}

func (srv *server) close() {
	for _, l := range []net.Listener{srv.eslListener, srv.httpListener} {
		if l != nil {
			_ = l.Close() // closed already after a normal run
		}
	}
	if srv.speech != nil {
		srv.speech.Close()
	}
	if srv.store != nil {
		if err := srv.store.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			srv.log.Error().Err(err).Msg("could not close the store")
		}
	}
}
