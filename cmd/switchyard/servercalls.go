package main

import (
	"context"
	"net"
	"time"

	"switchyard/handlers"
	"switchyard/internal/esl"
	"switchyard/internal/tally"
)

func (srv *server) openCalls(context.Context) error {
	peers, err := srv.settings.allowedPeers()
	if err != nil {
		return err
	}
	sessions, err := srv.settings.maxSessions()
	if err != nil {
		return err
	}
	if srv.grace, err = srv.settings.grace(); err != nil {
		return err
	}
	srv.tally = tally.New(srv.store, tally.Options{Server: srv.name, Log: srv.log})
	router, err := srv.router()
	if err != nil {
		return err
	}
	srv.calls = &esl.Server{
		Handle: func(ctx context.Context, s *esl.Session) {
			srv.metrics.live.Inc()
			defer srv.metrics.live.Dec()
			router.Serve(ctx, s, s.Call())
		},
		Allow:       peers,
		MaxSessions: sessions,
		Log:         srv.log,
		OnRefusal:   srv.metrics.refusedConnection,
		OnError: func(reply string) {
			srv.metrics.commands.Inc()
			srv.log.Debug().Str("reply", reply).Msg("FreeSWITCH refused a command")
		},
	}
	srv.eslListener, err = net.Listen("tcp", srv.settings.ESL.Listen)
	return err
}

// router is what decides calls and takes them from destination to destination.
func (srv *server) router() (*handlers.Router, error) {
	prompt, err := srv.settings.confirmPrompt()
	if err != nil {
		return nil, err
	}
	prompts, err := srv.settings.prompts()
	if err != nil {
		return nil, err
	}
	if srv.speech != nil {
		prompts.Speech = srv.speech
	}
	recordings, err := srv.settings.recordingsFolder()
	if err != nil {
		return nil, err
	}
	return &handlers.Router{
		Directory:     srv.holder.Directory,
		Recorder:      counted{srv.pipeline, srv.metrics},
		Now:           time.Now,
		Log:           srv.log,
		Phones:        srv.sources.switches,
		Tally:         srv.tally,
		ConfirmPrompt: prompt,
		Prompts:       prompts,
		Recordings:    recordings,
		Overrides:     overrides{srv.holder},
	}, nil
}
