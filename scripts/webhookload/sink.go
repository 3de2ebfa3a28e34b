package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// sink takes webhooks and notes when they came.
type sink struct {
	live, dead net.Listener
	http       *http.Server

	mu      sync.Mutex
	arrived map[string]map[string]time.Time // by call, by endpoint
	n       int
}

func newSink() (*sink, error) {
	s := &sink{arrived: map[string]map[string]time.Time{}}
	var err error
	if s.live, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if s.dead, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(s.live) }()
	go s.hang()
	return s, nil
}

// hang takes connections and says nothing.
func (s *sink) hang() {
	for {
		c, err := s.dead.Accept()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}()
	}
}

func (s *sink) close() {
	_ = s.http.Close()
	_ = s.dead.Close()
}

func (s *sink) url(tenant, endpoint int) string {
	return fmt.Sprintf("http://%s/%d/%d", s.live.Addr(), tenant, endpoint)
}

func (s *sink) deadURL(tenant, endpoint int) string {
	return fmt.Sprintf("http://%s/%d/%d", s.dead.Addr(), tenant, endpoint)
}

// ServeHTTP takes one webhook.
func (s *sink) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	at := time.Now()
	var body struct {
		Event string
		Data  struct {
			CallUUID string `json:"callUuid"`
		}
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Event != "call.ended" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.arrived[body.Data.CallUUID]
	if of == nil {
		of = map[string]time.Time{}
		s.arrived[body.Data.CallUUID] = of
	}
	if of[r.URL.Path].IsZero() {
		of[r.URL.Path] = at
		s.n++
	}
}

// settled waits until so many have come, or nothing comes any more.
func (s *sink) settled(ctx context.Context, want int) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for last, still := -1, 0; still < 5; {
		s.mu.Lock()
		n := s.n
		s.mu.Unlock()
		if n >= want {
			return
		}
		if still++; n != last {
			last, still = n, 0
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// delays gives the delay of every call.ended that came, and how many did not.
// living tells how many endpoints of a tenant live.
func (s *sink) delays(ended map[string]placed, living func(tenant int) int) (all []float64, missing int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, call := range ended {
		for _, came := range s.arrived[id] {
			all = append(all, float64(came.Sub(call.at).Microseconds())/1000)
		}
		missing += living(call.tenant) - len(s.arrived[id])
	}
	return all, missing
}
