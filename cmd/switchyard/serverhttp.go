package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"time"

	"switchyard/internal/api"
	"switchyard/internal/keys"
)

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
