package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/config"
	"switchyard/internal/esl/esltest"
	"switchyard/internal/pgtest"
	"switchyard/routing"
)

const (
	answeredCall = "5e4e4000-0000-4000-8000-000000000001"
	blockedCall  = "5e4e4000-0000-4000-8000-000000000002"
)

// A CRM refuses, the server is stopped and another one started on the same
// database: every event still arrives, in order, signed, with its old id.
func TestWebhooksOutliveTheServer(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		outlive(t, "")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		outlive(t, pgtest.Start(t))
	})
}

func outlive(t *testing.T, database string) {
	receiver := newCRM(t, demoSecret)
	s := defaultSettings()
	s.Database, s.DataDir, s.Grace = database, t.TempDir(), "1s"
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	s.Webhooks.Allow = []string{"127.0.0.1/32:" + port(receiver.server.Listener)}

	first := startServer(t, s)
	configure(t, first, receiver.server.URL)
	placeCalls(t, first)
	receiver.await("first attempts", func(refused, _ []posted) bool {
		return len(of(refused, answeredCall)) > 0 && len(of(refused, blockedCall)) > 0
	})
	first.stop(t)

	receiver.acceptFromNowOn()
	second := startServer(t, s)
	receiver.await("events of both calls", func(_, accepted []posted) bool {
		return len(of(accepted, answeredCall)) == 3 && len(of(accepted, blockedCall)) == 1
	})
	second.isReady(t)
	second.stop(t)
	receiver.checkPromises(t)
	ownersOnly(t, filepath.Join(s.DataDir, "operator.key"))
	ownersOnly(t, filepath.Join(s.DataDir, "secret.key"))
}

// running is an open server and the end of its run.
type running struct {
	*server
	end     context.CancelFunc
	stopped chan error
}

func startServer(t *testing.T, s settings) *running {
	t.Helper()
	srv, err := open(t.Context(), s, zerolog.New(zerolog.NewTestWriter(t)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{server: srv, end: end, stopped: make(chan error, 1)}
	go func() {
		r.stopped <- srv.run(ctx)
		srv.close()
		close(r.stopped)
	}()
	t.Cleanup(func() { // for a test that fails in between
		end()
		for range r.stopped {
		}
	})
	return r
}

func (r *running) stop(t *testing.T) {
	t.Helper()
	r.end()
	if err := <-r.stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	for range r.stopped { // until everything is closed
	}
}

func configure(t *testing.T, r *running, url string) {
	t.Helper()
	_, err := r.holder.Apply(t.Context(), config.Request{Author: "test", Files: []routing.File{
		{Name: "operator.yaml", Data: []byte(demoOperator)},
		{Name: "acme.yaml", Data: []byte(strings.ReplaceAll(demoTenant, "RECEIVER", url))},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// placeCalls plays one call that is answered and one that is blocked, over TCP.
func placeCalls(t *testing.T, r *running) {
	t.Helper()
	standIn := &esltest.Switch{
		Phones: map[string][]esltest.Phone{reception: answers(200*ms, 300*ms)},
		Dial: func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", r.eslListener.Addr().String())
		},
	}
	var wg sync.WaitGroup
	for uuid, from := range map[string]string{answeredCall: "+13055550120", blockedCall: "+13055550166"} {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			call := inbound(from, "Ann", "+13055550100")
			call.UUID = uuid
			if _, err := standIn.Place(ctx, call); err != nil {
				t.Errorf("call from %s: %v", from, err)
			}
		})
	}
	wg.Wait()
}

// checkPromises compares what arrived with what docs/webhooks.md promises.
func (c *crm) checkPromises(t *testing.T) {
	t.Helper()
	for call, want := range map[string]string{
		answeredCall: "call.started call.answered call.ended",
		blockedCall:  "call.ended",
	} {
		refused, accepted := of(c.refused, call), of(c.accepted, call)
		if got := events(accepted); got != want {
			t.Errorf("call %s: %q arrived, want %q", call, got, want)
		}
		for i, p := range accepted {
			if got := p.header.Get("X-Webhook-Seq"); got != strconv.Itoa(i+1) {
				t.Errorf("call %s: event %d has seq %s", call, i+1, got)
			}
		}
		again := accepted[0]
		if got := again.header.Get("X-Webhook-Attempt"); got != strconv.Itoa(len(refused)+1) {
			t.Errorf("call %s: %d refused, then attempt %s", call, len(refused), got)
		}
		if again.body != refused[0].body || again.header.Get("X-Webhook-Id") != refused[0].header.Get("X-Webhook-Id") {
			t.Errorf("call %s: the attempt that was accepted is of another event", call)
		}
		if again.header.Get("X-Webhook-Timestamp") == refused[0].header.Get("X-Webhook-Timestamp") {
			t.Errorf("call %s: the attempt that was accepted is not signed anew", call)
		}
	}
	if status := of(c.accepted, blockedCall)[0].data["status"]; status != "blocked" {
		t.Errorf("the blocked call ended as %v", status)
	}
}

func (r *running) isReady(t *testing.T) {
	t.Helper()
	at := "http://" + r.httpListener.Addr().String()
	if code, body := get(t, at+"/readyz"); code != http.StatusOK {
		t.Errorf("readyz: %d %s", code, body)
	}
	if _, body := get(t, at+"/metrics"); !strings.Contains(body, "switchyard_record_changes_waiting 0") {
		t.Errorf("metrics do not show the records:\n%s", body)
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
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

func ownersOnly(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("%s has mode %o", file, mode)
	}
}
