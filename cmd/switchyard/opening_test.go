package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/keys"
	"switchyard/internal/pgtest"
	"switchyard/internal/store"
)

// The database is away when the server starts: calls go by the snapshot, the
// endpoint says what it cannot do, and when the database is back the record and
// the events of what happened meanwhile arrive.
func TestStartWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	database := pgtest.StartMortal(t)
	receiver := newCRM(t, demoSecret)
	receiver.acceptFromNowOn()
	s := defaultSettings()
	s.Database, s.DataDir, s.Grace = database.URL(), t.TempDir(), "1s"
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	s.Webhooks.Allow = []string{"127.0.0.1/32:" + port(receiver.server.Listener)}

	first := startServer(t, s)
	configure(t, first, receiver.server.URL)
	_, tenants, err := keys.NewDesk(first.store, strings.NewReader(strings.Repeat("k", 64)), time.Now).
		Create(t.Context(), first.holder.Directory().Tenants()[0].ID, "crm", keys.Admin, "test")
	if err != nil {
		t.Fatal(err)
	}
	first.stop(t)
	if err := database.Halt(); err != nil {
		t.Fatal(err)
	}

	alone := startServer(t, s)
	placeCalls(t, alone)
	at := "http://" + alone.httpListener.Addr().String()
	if code, body := get(t, at+"/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "by the snapshot of 20") {
		t.Errorf("readyz: %d %s", code, body)
	}
	operator, err := os.ReadFile(filepath.Join(s.DataDir, "operator.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{"the operator": strings.TrimSpace(string(operator)), "a tenant": tenants} {
		if code, body := getWith(t, at+"/api/calls", key); code != http.StatusServiceUnavailable || !strings.Contains(body, `"code":"store_unavailable"`) {
			t.Errorf("%s asks for calls: %d %s", name, code, body)
		}
	}
	if n := alone.pipeline.Health().Waiting; n != 2 {
		t.Errorf("%d records wait", n)
	}

	if err := database.Restart(); err != nil {
		t.Fatal(err)
	}
	receiver.await("events of both calls", func(_, accepted []posted) bool {
		return len(of(accepted, answeredCall)) == 3 && len(of(accepted, blockedCall)) == 1
	})
	for call, status := range map[string]string{answeredCall: `"status":"completed"`, blockedCall: `"status":"blocked"`} {
		if code, body := getWith(t, at+"/api/calls/"+call, tenants); code != http.StatusOK || !strings.Contains(body, status) {
			t.Errorf("call %s: %d %s", call, code, body)
		}
	}
	alone.isReady(t)
	alone.stop(t)
}

func getWith(t *testing.T, url, key string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// Without a snapshot there is nothing to route by, and an address that cannot be
// read is never right: both end the start, and say what to do.
func TestNoStartWithoutDatabaseAndSnapshot(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	s.DataDir = t.TempDir()
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	s.Database = "postgres:///nobody?host=" + t.TempDir()
	_, err := open(t.Context(), s, zerolog.Nop())
	if !errors.Is(err, store.ErrAway) || errors.As(err, &usage{}) {
		t.Fatalf("%v", err)
	}
	for _, part := range []string{"Start the database, or correct the setting `database`.", "configuration.snapshot"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	s.Database = "postgres://user:secret@host:port/name"
	if _, err := open(t.Context(), s, zerolog.Nop()); !errors.As(err, &usage{}) || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}
