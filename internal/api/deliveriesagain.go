package api

import (
	"context"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

func (s *Server) replay(ctx context.Context, in *replay) (*replayAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body == (replayBody{}) {
		return nil, wrong("body", "say what is to be delivered again: id, eventId, callId, webhookId, from, until or failedOnly")
	}
	if err := s.known(ctx, tenant, in.Body); err != nil {
		return nil, err
	}
	n, webhooks, err := s.Deliveries.Replay(ctx, delivery.ReplayRequest{
		TenantID: tenant, EndpointID: in.Body.WebhookID, ID: in.Body.ID, EventID: in.Body.EventID, CallID: routing.CallID(in.Body.CallID),
		From: in.Body.From, Until: in.Body.Until, FailedOnly: in.Body.FailedOnly,
	}, s.Now())
	if err != nil {
		return nil, s.unavailable(err, "the deliveries could not be put in line again")
	}
	s.wake(webhooks)
	s.Log.Info().Str("tenant", string(tenant)).Str("by", callerOf(ctx).name()).Int("deliveries", n).Msg("deliveries replayed")
	return &replayAnswer{Body: replayed{n}}, nil
}

// wake tells of these webhooks, and of none if there are none: without names it
// would be of all.
func (s *Server) wake(webhooks []string) {
	if len(webhooks) > 0 {
		s.Wake(webhooks...)
	}
}

// known tells apart what is not there from what has nothing to be replayed.
func (s *Server) known(ctx context.Context, tenant routing.TenantID, r replayBody) error {
	if r.ID != 0 {
		if _, err := s.delivery(ctx, tenant, r.ID); err != nil {
			return err
		}
	}
	for what, f := range map[string]delivery.HistoryFilter{
		"event": {EventID: r.EventID}, "call": {CallID: routing.CallID(r.CallID)}, "webhook": {EndpointID: r.WebhookID},
	} {
		if f == (delivery.HistoryFilter{}) {
			continue
		}
		f.TenantID, f.Limit = tenant, 1
		list, err := s.Deliveries.Deliveries(ctx, f)
		if err != nil {
			return s.unavailable(err, unread)
		}
		if len(list) == 0 {
			f := noSuch(what)
			f.Detail = "or nothing of it was ever to be delivered"
			return f
		}
	}
	return nil
}
