package api

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

func TestCursorsComeBack(t *testing.T) {
	e := record.EventCursor{XID: 1 << 40, ID: 77}
	if got, err := parseEventCursor(acme, eventCursor(acme, e)); err != nil || got != e {
		t.Errorf("%+v, %v", got, err)
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 123456000, time.UTC)
	got, err := parseCallCursor("", callCursor("", record.Call{ID: "a call", StartedAt: at}))
	if err != nil || !got.StartedAt.Equal(at) || got.ID != "a call" {
		t.Errorf("%+v, %v", got, err)
	}
	if id, err := parseDeliveryCursor(acme, deliveryCursor(acme, 7)); err != nil || id != 7 {
		t.Errorf("%d, %v", id, err)
	}
}

// Another tenant's cursor, another list's, and what was never one.
func TestCursorsFromNowhere(t *testing.T) {
	own := eventCursor(acme, record.EventCursor{XID: 3, ID: 4})
	for name, text := range map[string]string{
		"another tenant's": eventCursor(rival, record.EventCursor{XID: 3, ID: 4}),
		"nobody's":         eventCursor("", record.EventCursor{XID: 3, ID: 4}),
		"another list's":   deliveryCursor(acme, 4),
		"calls'":           callCursor(acme, record.Call{ID: "c", StartedAt: noon}),
		"cut":              own[:len(own)-1],
		"longer":           own + "A",
		"padded":           own + "==",
		"changed":          "A" + own[1:],
		"negative":         seal("events", acme, numbers(-1, 4)),
		"short":            seal("events", acme, numbers(3)),
		"empty place":      seal("events", acme, nil),
		"a number":         "77",
		"text":             "nonsense",
		"zeros":            base64.RawURLEncoding.EncodeToString(make([]byte, 24)),
		"long":             strings.Repeat("A", 400),
	} {
		if c, err := parseEventCursor(acme, text); !errors.Is(err, errCursor) || c.ID < 0 || c.XID < 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		e := newEndpoint(t)
		f := e.refused(e.as(e.admin, "GET", "/api/events?after="+text, ""), 400, "bad_request")
		if !strings.Contains(f.Message, "after") {
			t.Errorf("%s: it says %q", name, f.Message)
		}
	}
	for _, path := range []string{"/api/calls", "/api/deliveries"} {
		e := newEndpoint(t)
		e.refused(e.as(e.admin, "GET", path+"?after="+own, ""), 400, "bad_request")
	}
}

func FuzzCursors(f *testing.F) {
	f.Add(eventCursor(acme, record.EventCursor{XID: 3, ID: 4}))
	f.Add(callCursor(acme, record.Call{ID: "c", StartedAt: noon}))
	f.Add(deliveryCursor(acme, 9))
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseEventCursor(acme, text); err == nil && text != "" && eventCursor(acme, c) != text {
			t.Errorf("%q is also %q", text, eventCursor(acme, c))
		}
		if c, err := parseCallCursor(acme, text); err == nil && text != "" && callCursor(acme, record.Call{ID: c.ID, StartedAt: c.StartedAt}) != text {
			t.Errorf("%q is another cursor too", text)
		}
		if n, err := parseDeliveryCursor(acme, text); err == nil && n < 0 {
			t.Errorf("%d", n)
		}
		if _, err := parseEventCursor(routing.TenantID(rival), text); err == nil && text != "" && strings.HasPrefix(text, eventCursor(acme, record.EventCursor{})) {
			t.Error("one cursor for two tenants")
		}
	})
}
