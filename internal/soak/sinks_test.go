package soak

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// post is one request as an endpoint got it.
type post struct {
	endpoint         *endpoint
	id, call, event  string
	seq, attempt     int
	outOfOrder       bool
	arrived, settled time.Time // settled: when it was answered, or the sender went away
	code             int       // 0: the sender went away before
	wrong            string    // what is wrong with the request itself
}

func (p *post) accepted() bool { return p.code >= 200 && p.code < 300 }

// sinks are the endpoints of all tenants, one HTTP server for each tenant.
type sinks struct {
	world   *world
	servers []*httptest.Server
	calm    atomic.Bool // from now on everything that lives accepts
	closing chan struct{}

	mu    sync.Mutex
	posts []*post
	tried map[string]int // requests by endpoint and event
}

// openSinks starts the endpoints and gives each its URL.
func openSinks(t *testing.T, w *world) *sinks {
	s := &sinks{world: w, closing: make(chan struct{}), tried: map[string]int{}}
	t.Cleanup(s.close)
	for range w.tenants {
		s.servers = append(s.servers, httptest.NewServer(http.HandlerFunc(s.take)))
	}
	nobody := freePort(t)
	for _, e := range w.endpoints {
		at := s.servers[e.tenant].URL
		if e.kind == refusing {
			at = "http://127.0.0.1:" + nobody
		}
		e.url = fmt.Sprintf("%s/%d", at, e.n)
	}
	return s
}

func (s *sinks) close() {
	close(s.closing)
	for _, server := range s.servers {
		server.CloseClientConnections()
		server.Close()
	}
}

func (s *sinks) take(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	body, err := io.ReadAll(r.Body)
	n, numberErr := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil || numberErr != nil || n >= len(s.world.endpoints) {
		return // cut off while it was sent: the sender was killed
	}
	p := read(s.world.endpoints[n], r.Header, body)
	p.arrived = arrived
	code, wait := s.decide(p)
	if !s.rest(r.Context(), wait) {
		code = 0
	}
	s.mu.Lock()
	p.settled, p.code = time.Now(), code
	s.posts = append(s.posts, p)
	s.mu.Unlock()
	switch code {
	case 0:
		panic(http.ErrAbortHandler)
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(code)
}

// rest is false if the sender went away meanwhile.
func (s *sinks) rest(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}

// decide gives the answer of an endpoint: code 0 for none. Nothing is refused
// twice, so that the schedule's longer steps are not waited for.
func (s *sinks) decide(p *post) (code int, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(p.endpoint.n, p.id)
	s.tried[key]++
	first := s.tried[key] == 1 && !s.calm.Load()
	h := fnv.New32a()
	_, _ = io.WriteString(h, key)
	dice := time.Duration(h.Sum32())
	switch p.endpoint.kind {
	case hanging, refusing:
		return 0, time.Hour
	case slow:
		return http.StatusOK, time.Second + dice*time.Microsecond%(3*time.Second)
	case flapping:
		if first && p.arrived.Unix()/2%2 == 0 && dice%2 == 0 {
			return http.StatusInternalServerError, 0
		}
	case throttling:
		if first && dice%3 == 0 {
			return http.StatusTooManyRequests, 0
		}
	case healthy:
	}
	return http.StatusNoContent, 0
}

// read reads a request and checks its form and signatures.
func read(e *endpoint, h http.Header, body []byte) *post {
	p := &post{endpoint: e, id: h.Get("X-Webhook-Id"), outOfOrder: h.Get("X-Webhook-Out-Of-Order") != ""}
	p.seq, _ = strconv.Atoi(h.Get("X-Webhook-Seq"))         // 0 is reported below
	p.attempt, _ = strconv.Atoi(h.Get("X-Webhook-Attempt")) // likewise
	var envelope struct {
		Event string
		Data  struct{ CallUUID string }
	}
	err := json.Unmarshal(body, &envelope)
	p.event, p.call = envelope.Event, envelope.Data.CallUUID
	at := h.Get("X-Webhook-Timestamp")
	switch {
	case err != nil:
		p.wrong = "body: " + err.Error()
	case p.id == "" || p.seq < 1 || p.attempt < 1 || p.call == "":
		p.wrong = fmt.Sprintf("id %q, seq %d, attempt %d, call %q", p.id, p.seq, p.attempt, p.call)
	case h.Get("X-Webhook-Signature") != hex.EncodeToString(sign(e.secret, at, string(body))):
		p.wrong = "X-Webhook-Signature does not fit"
	case !slices.Contains(strings.Fields(h.Get("Webhook-Signature")), "v1,"+base64.StdEncoding.EncodeToString(sign(e.secret, p.id, at, string(body)))):
		p.wrong = "Webhook-Signature does not fit"
	}
	return p
}

// sign is HMAC-SHA256 over the parts, joined by dots.
func sign(secret string, parts ...string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, strings.Join(parts, "."))
	return mac.Sum(nil)
}

// log gives what arrived so far, in the order of arrival.
func (s *sinks) log() []*post {
	s.mu.Lock()
	posts := slices.Clone(s.posts)
	s.mu.Unlock()
	slices.SortStableFunc(posts, func(a, b *post) int { return a.arrived.Compare(b.arrived) })
	return posts
}

// freePort gives a loopback port that nobody listens on. It is outside the
// range from which the kernel takes ports for outgoing connections, so nobody
// gets it while a server that was killed is away. The seed has no say in it.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(18000)))
		if err != nil {
			continue
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no free port")
	return ""
}
