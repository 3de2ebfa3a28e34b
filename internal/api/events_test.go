package api

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/record"
	"switchyard/routing"
)

func event(tenant routing.TenantID, n int, kind string) record.Event {
	body := fmt.Sprintf(`{"event":%q,"timestamp":"2026-11-20T12:00:0%dZ","data":{"n":%d}}`, kind, n%10, n)
	return record.Event{ID: fmt.Sprintf("msg_%d", n), TenantID: tenant, CallID: "c1", Type: kind, At: noon, Body: []byte(body)}
}

func idsOf(events []Event) (ids []string) {
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestEventsArePulledPageByPage(t *testing.T) {
	e := newEndpoint(t)
	e.records.events = []record.Event{event(acme, 1, "call.started"), event(rival, 2, "call.started"), event(acme, 3, "call.ended"), event(acme, 4, "call.started")}
	first := given[eventsBody](e, e.as(e.admin, "GET", "/api/events?limit=2", ""), 200)
	want := Event{ID: "msg_1", Event: "call.started", Timestamp: "2026-11-20T12:00:01Z", CallID: "c1", Data: []byte(`{"n":1}`)}
	if diff := cmp.Diff(want, first.Events[0]); diff != "" {
		t.Error(diff)
	}
	second := given[eventsBody](e, e.as(e.readonly, "GET", "/api/events?after="+first.Next, ""), 200)
	if diff := cmp.Diff([]string{"msg_1", "msg_3", "msg_4"}, append(idsOf(first.Events), idsOf(second.Events)...)); diff != "" {
		t.Error(diff)
	}
	third := given[eventsBody](e, e.as(e.admin, "GET", "/api/events?after="+second.Next, ""), 200)
	if len(third.Events) != 0 || third.Events == nil || third.Next != second.Next {
		t.Errorf("behind the last one: %+v", third)
	}
	e.refused(e.as(e.rival, "GET", "/api/events?after="+first.Next, ""), 400, "bad_request")
	ended := given[eventsBody](e, e.as(e.admin, "GET", "/api/events?types=call.ended,endpoint.disabled", ""), 200)
	if diff := cmp.Diff([]string{"msg_3"}, idsOf(ended.Events)); diff != "" {
		t.Error(diff)
	}
	e.refused(e.as(operatorKey, "GET", "/api/events", ""), 422, "invalid")
	if got := given[eventsBody](e, e.as(operatorKey, "GET", "/api/events?tenantId=rival", ""), 200); len(got.Events) != 1 {
		t.Errorf("%+v", got)
	}
}

// Waiting ends with the event, not with the time; without one with the time;
// and when the client has gone, at once.
func TestWaitingForEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEndpoint(t)
		began := time.Now()
		answer := make(chan *httptest.ResponseRecorder)
		go func() { answer <- e.as(e.admin, "GET", "/api/events?wait=30", "") }()
		time.Sleep(4*time.Second + 500*time.Millisecond)
		e.records.mu.Lock()
		e.records.events = append(e.records.events, event(acme, 1, "call.started"))
		e.records.mu.Unlock()
		e.server.News.Tell()
		got := given[eventsBody](e, <-answer, 200)
		if took := time.Since(began); len(got.Events) != 1 || took != 4500*time.Millisecond {
			t.Errorf("%d events after %s", len(got.Events), took)
		}

		began = time.Now()
		none := given[eventsBody](e, e.as(e.admin, "GET", "/api/events?wait=7&after="+got.Next, ""), 200)
		if took := time.Since(began); len(none.Events) != 0 || none.Next != got.Next || took != 7*time.Second {
			t.Errorf("%+v after %s", none, took)
		}

		// Another server stored it: nobody tells, and it is found all the same.
		began = time.Now()
		go func() { answer <- e.as(e.admin, "GET", "/api/events?wait=30&after="+got.Next, "") }()
		synctest.Wait()
		e.records.mu.Lock()
		e.records.events = append(e.records.events, event(acme, 2, "call.ended"))
		e.records.mu.Unlock()
		if got := given[eventsBody](e, <-answer, 200); len(got.Events) != 1 || time.Since(began) > 2*time.Second {
			t.Errorf("%+v after %s", got, time.Since(began))
		}

		ctx, leave := context.WithCancel(t.Context())
		go func() {
			r := httptest.NewRequestWithContext(ctx, "GET", "/api/events?wait=30&types=call.forwarded", nil)
			r.Header.Set("X-API-Key", e.admin)
			w := httptest.NewRecorder()
			e.handler().ServeHTTP(w, r)
			answer <- w
		}()
		time.Sleep(time.Second / 2)
		began = time.Now()
		leave()
		<-answer
		if took := time.Since(began); took > 0 {
			t.Errorf("it waited %s for a client that had gone", took)
		}
	})
}

// A misspelled event would be waited for without a word, for ever.
func TestEventsThatDoNotExist(t *testing.T) {
	e := newEndpoint(t)
	e.refused(e.as(e.admin, "GET", "/api/events?types=call.endet", ""), 422, "invalid")
}
