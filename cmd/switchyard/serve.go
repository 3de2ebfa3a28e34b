package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
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
