package delivery_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// reply is what a simulated CRM answers.
type reply struct {
	code   int
	after  time.Duration
	header map[string]string
}

// sent is a request a simulated CRM got.
type sent struct {
	at     time.Time
	host   string
	header http.Header
	body   string
}

func (s sent) id() string { return s.header.Get("X-Webhook-Id") }

// sim is a rig in fake time, whose CRMs are a function. An endpoint's CRM is
// the host of its name.
type sim struct {
	*rig
	began time.Time

	mu    sync.Mutex
	posts []sent
}

// simulate runs a test in fake time.
func simulate(t *testing.T, answer func(sent) reply, run func(t *testing.T, s *sim)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &sim{rig: newRig(t), began: time.Now()}
		s.prepare = func(d *delivery.Dispatcher) {
			d.Through(roundTrip(func(r *http.Request) (*http.Response, error) { return s.answer(r, answer) }))
		}
		run(t, s)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (s *sim) answer(r *http.Request, answer func(sent) reply) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p := sent{time.Now(), r.URL.Host, r.Header, string(body)}
	s.mu.Lock()
	s.posts = append(s.posts, p)
	s.mu.Unlock()
	reply := answer(p)
	if err := after(r.Context(), reply.after); err != nil {
		return nil, err
	}
	h := http.Header{}
	for k, v := range reply.header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: reply.code, Header: h, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

func after(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// crm makes a webhook whose CRM is called like it.
func (s *sim) crm(id string, h routing.Webhook) {
	h.URL = "https://" + id
	s.hook(id, h)
}

// pass lets time go by, and everything happen that does.
func (s *sim) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// got gives what CRMs got, all or those of one host.
func (s *sim) got(host string) []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sent
	for _, p := range s.posts {
		if host == "" || p.host == host {
			out = append(out, p)
		}
	}
	return out
}

// since tells how long after the beginning something was.
func (s *sim) since(t time.Time) time.Duration { return t.Sub(s.began) }

func always(code int) func(sent) reply { return func(sent) reply { return reply{code: code} } }
