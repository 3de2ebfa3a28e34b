package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

// Event is something that happened, as webhooks are told it.
type Event struct {
	ID        string          `json:"id" doc:"the same as in a webhook's X-Webhook-Id"`
	Event     string          `json:"event"`
	Timestamp string          `json:"timestamp"`
	CallID    string          `json:"callId,omitempty" doc:"left out for an event that belongs to no call"`
	Data      json.RawMessage `json:"data"`
}

type (
	eventPage struct {
		ForTenant
		After string   `query:"after" maxLength:"500" doc:"the next of the last answer; left out: from the beginning"`
		Types []string `query:"types" maxItems:"50" doc:"only these, with commas between: call.started,call.ended"`
		Limit int      `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		Wait  int      `query:"wait" minimum:"0" maximum:"30" default:"0" doc:"seconds to wait for an event if there is none yet"`
	}
	eventsAnswer struct{ Body eventsBody }
	eventsBody   struct {
		Events []Event `json:"events"`
		Next   string  `json:"next" doc:"cursor for ?after=; keep it once the events are dealt with"`
	}
)

func (s *Server) eventResources(a huma.API) {
	add(a, anyKey, huma.Operation{
		OperationID: "pull-events", Method: http.MethodGet, Path: "/api/events", Tags: []string{"Events"}, Errors: []int{http.StatusBadRequest, http.StatusTooManyRequests},
		Summary:     "Events in the order they were committed",
		Description: "None is ever skipped and none is added before one that was given. Ask again with the answer's next, with wait for no pause between.",
	}, s.pullEvents)
}

// readsApart is the least time between two readings of one wait, however much
// is stored.
const readsApart = 250 * time.Millisecond

// askAgain is how long a wait for events trusts that it is told of them:
// another server on the same store tells nobody here.
const askAgain = time.Second

func (s *Server) pullEvents(ctx context.Context, in *eventPage) (*eventsAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	after, err := parseEventCursor(tenant, in.After)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "after: %s", err)
	}
	types := slices.DeleteFunc(in.Types, func(t string) bool { return strings.TrimSpace(t) == "" })
	for _, t := range types {
		if !slices.Contains(routing.Events(), t) && t != delivery.Test {
			return nil, wrong("query.types", "there is no event %q; there are %s", legible(t), strings.Join(routing.Events(), ", "))
		}
	}
	wait := time.Duration(in.Wait) * time.Second
	if wait > 0 {
		if !s.waiting.enter(tenant) {
			return nil, refuse(http.StatusTooManyRequests, "too many requests wait for events already; one is enough for everything")
		}
		defer s.waiting.leave(tenant)
		s.allow(ctx, wait)
	}
	list, next, err := s.eventsWithin(ctx, wait, func() ([]record.Event, record.EventCursor, error) {
		list, next, err := s.Records.EventsAfter(ctx, tenant, after, types, in.Limit)
		after = next
		return list, next, err
	})
	if errors.Is(err, record.ErrForeignCursor) {
		return nil, refuse(http.StatusBadRequest, "after: %s; begin without it", record.ErrForeignCursor)
	}
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	return s.shownEvents(tenant, list, next), nil
}

// eventsWithin reads until there is something, the time is over or the client
// has gone.
func (s *Server) eventsWithin(ctx context.Context, wait time.Duration, read func() ([]record.Event, record.EventCursor, error)) ([]record.Event, record.EventCursor, error) {
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		news := s.News.wait()
		rested := time.NewTimer(readsApart)
		list, next, err := read()
		if err != nil || len(list) > 0 || wait == 0 {
			return list, next, err
		}
		again := time.NewTimer(askAgain)
		select {
		case <-news:
		case <-again.C:
		case <-over.C:
			wait = 0
		case <-ctx.Done():
			again.Stop()
			return nil, next, ctx.Err()
		}
		again.Stop()
		if wait == 0 {
			continue // the last look
		}
		select {
		case <-rested.C:
		case <-ctx.Done():
			return nil, next, ctx.Err()
		}
	}
}
func (s *Server) shownEvents(tenant routing.TenantID, list []record.Event, next record.EventCursor) *eventsAnswer {
	out := &eventsAnswer{Body: eventsBody{Events: make([]Event, 0, len(list)), Next: eventCursor(tenant, next)}}
	for _, e := range list {
		var body struct {
			Timestamp string          `json:"timestamp"`
			Data      json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(e.Body, &body); err != nil {
			s.Log.Error().Err(err).Str("event", e.ID).Msg("an event's body cannot be read")
			body.Timestamp = e.At.UTC().Format(time.RFC3339)
		}
		out.Body.Events = append(out.Body.Events, Event{ID: e.ID, Event: e.Type, Timestamp: body.Timestamp, CallID: callOf(e.ID, e.CallID), Data: body.Data})
	}
	return out
}
