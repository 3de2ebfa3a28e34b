package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"switchyard/internal/delivery"
	"switchyard/internal/record"
	"switchyard/routing"
)

const (
	// lookAgain is how often a test looks for what came of it, and testMargin
	// how much longer than the webhook's own timeout it does.
	lookAgain  = 100 * time.Millisecond
	testMargin = 3 * time.Second
)

var errNoEvent = errors.New("the test event is not in the history")

// testWebhook puts a test event in line like any other, so that it is signed,
// guarded and kept in the history like any other, and waits for its first
// attempt.
func (s *Server) testWebhook(ctx context.Context, in *WebhookRef) (*deliveryAnswer, error) {
	tenant, w, err := s.ownWebhook(ctx, in)
	if err != nil {
		return nil, err
	}
	health, err := s.Deliveries.Health(ctx, tenant)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	shown := s.shownWebhook(w, health)
	if shown.State == "off" || shown.State == "disabled" || shown.State == "paused" {
		return nil, refuse(http.StatusConflict, "the webhook is %s: enable it first", shown.State)
	}
	event, err := s.testEvent(tenant, w)
	if err != nil {
		return nil, err
	}
	if err := s.Records.SaveEvents(ctx, []record.Event{event}); err != nil {
		return nil, s.unavailable(err, "the test event could not be stored; none is sent")
	}
	s.Wake(w.ID)
	s.News.Tell()
	within := time.Duration(shown.TimeoutSeconds)*time.Second + testMargin
	s.allow(ctx, within)
	return s.firstAttempt(ctx, tenant, event.ID, within)
}

func (s *Server) testEvent(tenant routing.TenantID, w routing.Webhook) (record.Event, error) {
	n, err := delivery.NewTest(record.NewEventID(), tenant, w.ID, s.Now().UTC())
	return record.Event{ID: n.ID, TenantID: tenant, CallID: routing.CallID(n.ID), Type: n.Type, At: n.At, Body: n.Body, Endpoints: n.Endpoints}, err
}

// firstAttempt gives the delivery of an event as soon as it was tried, or as
// it is when the time is over.
func (s *Server) firstAttempt(ctx context.Context, tenant routing.TenantID, event string, within time.Duration) (*deliveryAnswer, error) {
	over := time.NewTimer(within)
	defer over.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for last := false; ; {
		list, err := s.Deliveries.Deliveries(ctx, delivery.HistoryFilter{TenantID: tenant, EventID: event, Limit: 1})
		switch {
		case err != nil:
			return nil, s.unavailable(err, unread)
		case len(list) == 0:
			return nil, s.unavailable(errNoEvent, unread)
		case last || !list[0].Last.At.IsZero():
			return s.deliveryDetail(ctx, tenant, list[0].ID)
		}
		select {
		case <-again.C:
		case <-over.C:
			last = true
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
