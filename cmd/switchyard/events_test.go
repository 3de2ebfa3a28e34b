package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"switchyard/internal/api"
)

// events --follow goes on where it was when the server restarts: nothing twice,
// nothing left out.
func TestFollowSurvivesARestart(t *testing.T) {
	var asked atomic.Int32 // an aborted request may still be read when the next one comes
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after := r.URL.Query().Get("after")
		switch asked.Add(1) {
		case 1:
			answerEvents(t, w, after, "", "one", "two")
		case 2: // killed in the middle of its answer
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"events":[{"id":"three"`)
			panic(http.ErrAbortHandler)
		case 3: // there again, without its store
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"error":"the store does not answer","code":"store_unavailable"}`)
		case 4:
			answerEvents(t, w, after, "behind two", "three")
		default:
			interrupt()
			answerEvents(t, w, after, "behind three")
		}
	}))
	defer srv.Close()
	var out, told bytes.Buffer
	c := eventsCommand{Follow: true, serverFlags: serverFlags{Server: srv.URL, Key: "k"}}
	if err := c.Run(ctx, terminal{out: &out, err: &told}); err != nil {
		t.Errorf("interrupted: %v", err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Fields(line)[2])
	}
	if strings.Join(got, " ") != "one two three" {
		t.Errorf("printed %v", got)
	}
	if text := told.String(); strings.Count(text, "The server is away") != 1 || !strings.Contains(text, "Go on with: --after behind three") {
		t.Errorf("told %q", text)
	}
}

// A wrong key is not waited for, and neither is a server that never was there.
func TestFollowGivesUp(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"a valid key is needed","code":"unauthorized"}`)
	}))
	defer srv.Close()
	for server, says := range map[string]string{srv.URL: "a valid key is needed", "http://127.0.0.1:1": "no answer from the server"} {
		c := eventsCommand{Follow: true, serverFlags: serverFlags{Server: server, Key: "k"}}
		if err := c.Run(t.Context(), terminal{out: io.Discard, err: io.Discard}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", server, err)
		}
	}
}

func answerEvents(t *testing.T, w io.Writer, after, wantAfter string, calls ...string) {
	if after != wantAfter {
		t.Errorf("asked behind %q, want %q", after, wantAfter)
	}
	page := eventPage{Next: after}
	for _, call := range calls {
		page.Events = append(page.Events, api.Event{ID: "msg_" + call, Event: "call.ended", Timestamp: "2026-11-20T15:00:00Z", CallID: call, Data: []byte(`{}`)})
		page.Next = fmt.Sprint("behind ", call)
	}
	if err := json.NewEncoder(w).Encode(page); err != nil {
		t.Error(err)
	}
}
