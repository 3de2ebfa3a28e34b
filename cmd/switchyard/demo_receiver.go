package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// receiver is the CRM of the demo: it checks every signature and keeps what
// arrives.
type receiver struct {
	http     *http.Server
	listener net.Listener

	mu     sync.Mutex
	events map[string][]string // types by call
	bad    []string
	news   chan struct{}
}

const demoSecret = "secret-of-the-demo"

func startReceiver() (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{listener: l, events: map[string][]string{}, news: make(chan struct{}, 1)}
	r.http = &http.Server{Handler: http.HandlerFunc(r.take), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := r.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			r.complain("the receiver stopped: " + err.Error())
		}
	}()
	return r, nil
}

func (r *receiver) url() string { return "http://" + r.listener.Addr().String() + "/webhooks" }

func (r *receiver) take(_ http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err != nil {
		r.complain(err.Error())
		return
	}
	mac := hmac.New(sha256.New, []byte(demoSecret))
	fmt.Fprintf(mac, "%s.%s", req.Header.Get("X-Webhook-Timestamp"), body)
	if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(req.Header.Get("X-Webhook-Signature"))) {
		r.complain("a signature that does not verify")
		return
	}
	var event struct {
		Event string
		Data  struct{ CallUUID string }
	}
	if err := json.Unmarshal(body, &event); err != nil {
		r.complain("a body that is no event: " + err.Error())
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events[event.Data.CallUUID] = append(r.events[event.Data.CallUUID], event.Event)
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *receiver) complain(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad = append(r.bad, text)
}

func (r *receiver) complaints() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bad
}

// of gives the events of a call so far, in the order of their arrival.
func (r *receiver) of(call string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.events[call], ", ")
}
