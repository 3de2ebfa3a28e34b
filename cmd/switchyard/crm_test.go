package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// crm is a webhook receiver that can refuse.
type crm struct {
	t      *testing.T
	server *httptest.Server
	secret string

	mu       sync.Mutex
	refusing bool
	refused  []posted
	accepted []posted
	news     chan struct{} // closed and made anew with every post
}

// posted is one post as it arrived.
type posted struct {
	header http.Header
	body   string
	event  string
	data   map[string]any
}

func (p posted) call() string { return p.data["callUuid"].(string) }

func newCRM(t *testing.T, secret string) *crm {
	c := &crm{t: t, secret: secret, refusing: true, news: make(chan struct{})}
	c.server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.server.Close)
	return c
}

func (c *crm) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Errorf("read a webhook: %v", err)
	}
	p := posted{header: r.Header, body: string(body)}
	c.verify(p)
	var envelope map[string]any
	if err := json.Unmarshal(body, &envelope); err != nil || len(envelope) != 3 {
		c.t.Errorf("not {event, timestamp, data}: %s", body)
		return
	}
	p.event, p.data = envelope["event"].(string), envelope["data"].(map[string]any)

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusing {
		c.refused = append(c.refused, p)
		w.WriteHeader(http.StatusInternalServerError)
	} else {
		c.accepted = append(c.accepted, p)
	}
	close(c.news)
	c.news = make(chan struct{})
}

// verify checks the signature as docs/webhooks.md says.
func (c *crm) verify(p posted) {
	mac := hmac.New(sha256.New, []byte(c.secret))
	_, _ = io.WriteString(mac, p.header.Get("X-Webhook-Timestamp")+"."+p.body)
	if got, want := p.header.Get("X-Webhook-Signature"), hex.EncodeToString(mac.Sum(nil)); got != want {
		c.t.Errorf("signature %s, want %s, of %s", got, want, p.body)
	}
}

func (c *crm) acceptFromNowOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusing = false
}

// await waits until done says so of the posts so far.
func (c *crm) await(what string, done func(refused, accepted []posted) bool) {
	c.t.Helper()
	late := time.After(30 * time.Second)
	for {
		c.mu.Lock()
		refused, accepted, news := c.refused, c.accepted, c.news
		c.mu.Unlock()
		if done(refused, accepted) {
			return
		}
		select {
		case <-news:
		case <-late:
			c.t.Fatalf("no %s; %d posts were refused, %d accepted", what, len(refused), len(accepted))
		}
	}
}

// of gives the posts of one call, in order of arrival.
func of(posts []posted, call string) []posted {
	var out []posted
	for _, p := range posts {
		if p.call() == call {
			out = append(out, p)
		}
	}
	return out
}

func events(posts []posted) string {
	var names []string
	for _, p := range posts {
		names = append(names, p.event)
	}
	return strings.Join(names, " ")
}
