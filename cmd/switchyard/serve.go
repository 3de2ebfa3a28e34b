package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"

	"switchyard/handlers"
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
  planMemory: 512MiB       # compiled plans of tenants; the least recently used go first
  switches: []              # esl://:password@127.0.0.1:8021: which phones are there, and calls that got lost
  cdr:      {user: switchyard, password: "", folders: []} # of mod_json_cdr
  webhooks: {allow: [], plainHTTP: false, lease: 40s} # allow: inside addresses, 10.0.0.0/8:443
  retention: {calls: "0", events: 30d} # 0 keeps for ever
  prompts:                  # on the switch; confirm: played to who has to press 1 to accept
    confirm: ivr/ivr-to_accept_press_one.wav
    folder:  /var/lib/switchyard/prompts # each tenant's files are in a folder there named by its id
  recordings: {folder: /var/lib/voip-recordings} # on the switch
  speech:   {engine: "", voice: "", command: [], folder: "", switchFolder: ""} # speaks texts: flite, kal; or a command
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
	prompt, err := srv.settings.confirmPrompt()
	if err != nil {
		return err
	}
	prompts, err := srv.settings.prompts()
	if err != nil {
		return err
	}
	if srv.speech != nil {
		prompts.Speech = srv.speech
	}
	recordings, err := srv.settings.recordingsFolder()
	if err != nil {
		return err
	}
	srv.tally = tally.New(srv.store, tally.Options{Server: srv.name, Log: srv.log})
	router := &handlers.Router{
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
	recordings, err := srv.settings.recordingsFolder()
	if err != nil {
		return err
	}
	srv.guard = keys.NewGuard(srv.store, key, time.Now)
	endpoint := &api.Server{
		Configuration:    srv.holder,
		Gate:             srv.guard,
		Desk:             keys.NewDesk(srv.store, rand.Reader, time.Now),
		Records:          srv.store,
		Decided:          srv.store,
		Deliveries:       srv.store,
		Tallies:          srv.store,
		Phones:           srv.sources.switches,
		Recordings:       srv.sources.switches,
		RecordingsFolder: recordings,
		Wake:             srv.posts.Wake,
		News:             srv.news,
		Ready:            srv.ready,
		Noted:            srv.noted,
		Metrics:          srv.metrics.handler(),
		Version:          versionString(),
		Now:              time.Now,
		Log:              srv.log,
	}
	mux := http.NewServeMux()
	mux.Handle("/", endpoint.Handler())
	mux.Handle("/switch/cdr", srv.sources.posted)
	srv.http = &http.Server{
		Handler: srv.metrics.requests(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	srv.httpListener, err = net.Listen("tcp", srv.settings.HTTP.Listen)
	return err
}

// ready names the parts that do not work. Anybody may ask, so what exactly is
// wrong is told by the log alone.
func (srv *server) ready(ctx context.Context) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	wrong := map[string]string{}
	health := srv.holder.Health()
	if err := srv.store.Ping(ctx); err != nil {
		wrong["store"] = "it does not answer: calls are routed from memory, records wait"
		if taken := health.Snapshot; !taken.IsZero() {
			wrong["store"] = fmt.Sprintf("it does not answer since the start: calls are routed by the snapshot of %s, records wait", taken.UTC().Format(time.RFC3339))
		}
	}
	if h := srv.pipeline.Health(); h.Err != nil {
		wrong["records"] = fmt.Sprintf("%d calls wait to be stored since %s", h.Waiting, h.Oldest.Format(time.RFC3339))
	}
	return wrong
}

// noted tells what concerns some calls, or none yet, and is no reason to send
// calls elsewhere.
func (srv *server) noted() map[string]string {
	health, notes := srv.holder.Health(), map[string]string{}
	if n := len(health.Broken); n > 0 {
		notes["tenants"] = fmt.Sprintf("the published configuration of %d does not pass this version's checks: see the log", n)
	}
	if health.SnapshotError != nil {
		notes["snapshot"] = "it cannot be written: see the log"
	}
	return notes
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
