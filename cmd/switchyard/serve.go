package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"switchyard/handlers"
	"switchyard/internal/api"
	"switchyard/internal/config"
	"switchyard/internal/delivery"
	"switchyard/internal/esl"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
	"switchyard/internal/store/sqlite"
)

type serveCommand struct {
	Config string `short:"c" help:"Settings file (YAML). Without one the defaults and the environment (SWITCHYARD_…) count." env:"SWITCHYARD_CONFIG"`
}

// Help is shown by serve --help.
func (serveCommand) Help() string {
	return `Without settings it listens for FreeSWITCH on 127.0.0.1:8084, answers HTTP on 127.0.0.1:8080 and keeps everything in SQLite under ./var. Settings, with their defaults:

  esl:      {listen: 127.0.0.1:8084, allow: [127.0.0.0/8], maxSessions: 5000}
  http:     {listen: 127.0.0.1:8080}
  database: ""              # postgres://user:password@host/name for production
  dataDir:  ./var
  webhooks: {allow: []}     # inside addresses webhooks may go to: 10.0.0.0/8:443
  log:      {level: info, format: json}
  grace:    5s              # a stop waits so long for calls to end by themselves

The socket towards FreeSWITCH has neither password nor encryption: keep it on a private address and name the switches in esl.allow.`
}

// Run serves until the context ends.
func (c serveCommand) Run(ctx context.Context, term terminal) error {
	s, err := readSettings(c.Config, term.env)
	if err != nil {
		return err
	}
	log, err := newLog(s, term.err)
	if err != nil {
		return err
	}
	srv, err := open(ctx, s, log)
	if err != nil {
		return err
	}
	defer srv.close()
	return srv.run(ctx)
}

func newLog(s settings, w io.Writer) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(s.Log.Level)
	if err != nil || level < zerolog.DebugLevel || level > zerolog.ErrorLevel {
		return zerolog.Nop(), usage{fmt.Errorf("log.level: %q is none of debug, info, warn, error", s.Log.Level)}
	}
	switch s.Log.Format {
	case "json":
	case "console":
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	default:
		return zerolog.Nop(), usage{fmt.Errorf("log.format: %q is neither json nor console", s.Log.Format)}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger(), nil
}

// server is the wired parts of one running server.
type server struct {
	settings settings
	log      zerolog.Logger
	metrics  *metrics
	store    *store.Store
	holder   *config.Holder
	pipeline *record.Pipeline
	posts    *delivery.Dispatcher
	calls    *esl.Server
	http     *http.Server
	grace    time.Duration

	eslListener, httpListener net.Listener
}

// open makes everything ready and listens, so that a mistake in the settings
// is found before the first call.
func open(ctx context.Context, s settings, log zerolog.Logger) (*server, error) {
	srv := &server{settings: s, log: log, metrics: newMetrics()}
	for _, step := range []func(context.Context) error{srv.openStore, srv.openConfiguration, srv.openDelivery, srv.openCalls, srv.openHTTP} {
		if err := step(ctx); err != nil {
			srv.close()
			return nil, err
		}
	}
	return srv, nil
}

func (srv *server) openStore(ctx context.Context) error {
	key, err := srv.settings.secretKey()
	if err != nil {
		return err
	}
	if srv.settings.Database != "" {
		srv.store, err = postgres.Open(ctx, srv.settings.Database, store.WithKey(key))
		return err
	}
	srv.store, err = sqlite.Open(ctx, filepath.Join(srv.settings.DataDir, "switchyard.db"), store.WithKey(key))
	return err
}

func (srv *server) openConfiguration(ctx context.Context) (err error) {
	srv.holder, err = config.Open(ctx, srv.store, time.Now)
	return err
}

func (srv *server) openDelivery(context.Context) error {
	allowed, err := srv.settings.webhookTargets()
	if err != nil {
		return err
	}
	srv.posts = delivery.New(srv.store, srv.holder, delivery.Options{Allowed: allowed, Version: versionString(), Log: srv.log})
	srv.pipeline = record.New(srv.store, record.Options{Log: srv.log, Committed: srv.posts.Wake, Resume: srv.store})
	srv.metrics.gauge("switchyard_record_changes_waiting", "Changes of call records that are not stored yet.", func() float64 { return float64(srv.pipeline.Health().Waiting) })
	return nil
}

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
	router := &handlers.Router{
		Directory: srv.holder.Directory,
		Recorder:  counted{srv.pipeline, srv.metrics},
		Now:       time.Now,
		Log:       srv.log,
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

func (srv *server) openHTTP(context.Context) error {
	key, err := srv.settings.operatorKey()
	if err != nil {
		return err
	}
	endpoint := &api.Server{
		Configuration: srv.holder,
		OperatorKey:   key,
		Ready:         srv.ready,
		Metrics:       srv.metrics.handler(),
		Now:           time.Now,
		Log:           srv.log,
	}
	srv.http = &http.Server{Handler: endpoint.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	srv.httpListener, err = net.Listen("tcp", srv.settings.HTTP.Listen)
	return err
}

// ready names the parts that do not work. Anybody may ask, so what exactly is
// wrong is told by the log alone.
func (srv *server) ready(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	wrong := map[string]string{}
	if err := srv.store.Ping(ctx); err != nil {
		wrong["store"] = "it does not answer: calls are routed from memory, records wait"
	}
	if h := srv.pipeline.Health(); h.Err != nil {
		wrong["records"] = fmt.Sprintf("%d calls wait to be stored since %s", h.Waiting, h.Oldest.Format(time.RFC3339))
	}
	return wrong
}

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

	parts := make(chan error, 4)
	part := func(name string, f func() error) {
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

	<-callsDone
	srv.log.Info().Msg("stopping: no more calls; storing what is left")
	closing, cancel := context.WithTimeout(behind, 5*time.Second)
	defer cancel()
	err := srv.http.Shutdown(closing)
	stopBehind()
	for range 4 {
		err = errors.Join(err, <-parts)
	}
	srv.log.Info().Msg("stopped")
	return err
}

func (srv *server) close() {
	for _, l := range []net.Listener{srv.eslListener, srv.httpListener} {
		if l != nil {
			_ = l.Close() // closed already after a normal run
		}
	}
	if srv.store != nil {
		if err := srv.store.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			srv.log.Error().Err(err).Msg("could not close the store")
		}
	}
}
