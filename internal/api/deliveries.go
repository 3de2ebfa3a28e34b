package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// Delivery is one event on its way to one webhook, as it is shown.
type Delivery struct {
	ID         int64            `json:"id"`
	WebhookID  string           `json:"webhookId"`
	EventID    string           `json:"eventId"`
	Event      string           `json:"event"`
	CallID     string           `json:"callId,omitempty" doc:"left out for an event that belongs to no call"`
	Seq        int              `json:"seq" doc:"of this call at this webhook, from 1"`
	OccurredAt time.Time        `json:"occurredAt"`
	State      delivery.State   `json:"state" enum:"ready,sending,waiting,delivered,failed"`
	Attempts   int              `json:"attempts"`
	NextAt     *time.Time       `json:"nextAttemptAt" doc:"null when it is over, or waits behind another one"`
	OutOfOrder bool             `json:"outOfOrder"`
	Replayed   bool             `json:"replayed"`
	Last       *DeliveryAttempt `json:"last" doc:"the newest attempt, without the response"`
}

// DeliveryAttempt is one try to deliver.
type DeliveryAttempt struct {
	N          int            `json:"attempt"`
	At         time.Time      `json:"at"`
	TookMs     int64          `json:"tookMs"`
	StatusCode int            `json:"statusCode" doc:"0: there was no answer"`
	Class      delivery.Class `json:"class" doc:"what kind of failure; empty: accepted"`
	Error      string         `json:"error,omitempty"`
	Response   string         `json:"response,omitempty" doc:"the first 4 kB of the answer's body"`
}

func shownDelivery(d delivery.Sent) Delivery {
	out := Delivery{
		ID: d.ID, WebhookID: d.EndpointID, EventID: d.EventID, Event: d.EventType, CallID: callOf(d.EventID, d.CallID), Seq: d.Seq,
		OccurredAt: d.OccurredAt.UTC(), State: d.State, Attempts: d.Attempt, OutOfOrder: d.OutOfOrder, Replayed: d.Replayed,
	}
	if d.State == delivery.Ready {
		out.NextAt = orNull(d.NextAt)
	}
	if !d.Last.At.IsZero() {
		last := shownAttempt(d.Last)
		last.Response = ""
		out.Last = &last
	}
	return out
}

// callOf leaves out what is no call's id: an event that belongs to no call has
// its own id there.
func callOf(event string, call routing.CallID) string {
	if string(call) == event {
		return ""
	}
	return string(call)
}

// shownAttempt leaves the answer out where the address was one that webhooks
// may not reach: nobody reads from there.
func shownAttempt(r delivery.Result) DeliveryAttempt {
	a := DeliveryAttempt{N: r.Attempt, At: r.At.UTC(), TookMs: r.Took.Milliseconds(), StatusCode: r.Code, Class: r.Class, Error: safeLines(r.Error)}
	if r.Class != delivery.Blocked {
		a.Response = safeLines(string(r.Response))
	}
	return a
}

type (
	deliveriesAnswer struct{ Body deliveriesBody }
	deliveriesBody   struct {
		Deliveries []Delivery `json:"deliveries"`
		Next       string     `json:"next,omitempty" doc:"cursor for ?after=; left out: that was all"`
	}
	deliveryAnswer struct{ Body deliveryBody }
	deliveryBody   struct {
		Delivery DeliveryDetail `json:"delivery"`
	}
	// DeliveryPage is a page of a list of deliveries.
	DeliveryPage struct {
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		After string `query:"after" maxLength:"500" doc:"where the last page ended"`
	}
	deliveryFilter struct {
		ForTenant
		DeliveryPage
		WebhookID string         `query:"webhookId" maxLength:"100" doc:"id or name"`
		CallID    string         `query:"callId" maxLength:"300"`
		EventID   string         `query:"eventId" maxLength:"100"`
		Event     string         `query:"event" maxLength:"100" doc:"type of the event, for example call.ended"`
		State     delivery.State `query:"state" enum:"ready,sending,waiting,delivered,failed"`
		From      time.Time      `query:"from" doc:"the event happened at or after; RFC 3339"`
		Until     time.Time      `query:"until" doc:"the event happened before; RFC 3339"`
	}
	deliveryID struct {
		ForTenant
		ID int64 `path:"id" minimum:"1"`
	}
	replay struct {
		ForTenant
		Body replayBody
	}
	replayBody struct {
		ID         int64     `json:"id,omitempty" minimum:"1" doc:"one delivery"`
		EventID    string    `json:"eventId,omitempty" maxLength:"100"`
		CallID     string    `json:"callId,omitempty" maxLength:"300"`
		WebhookID  string    `json:"webhookId,omitempty" maxLength:"100"`
		From       time.Time `json:"from,omitzero" doc:"events that happened at or after"`
		Until      time.Time `json:"until,omitzero" doc:"events that happened before"`
		FailedOnly bool      `json:"failedOnly,omitempty" doc:"only deliveries that were given up"`
	}
	replayAnswer struct{ Body replayed }
	replayed     struct {
		Replayed int `json:"replayed" doc:"how many deliveries are in line again"`
	}
)

// DeliveryDetail is a delivery with everything that was tried.
type DeliveryDetail struct {
	Delivery
	Tried []DeliveryAttempt `json:"tried" doc:"all attempts, the oldest first"`
}

func (s *Server) deliveryResources(a huma.API) {
	const path = "/api/deliveries"
	tags := []string{"Deliveries"}
	add(a, anyKey, huma.Operation{OperationID: "list-deliveries", Method: http.MethodGet, Path: path, Tags: tags, Summary: "Deliveries, the newest first"}, s.listDeliveries)
	add(a, anyKey, huma.Operation{OperationID: "get-delivery", Method: http.MethodGet, Path: path + "/{id}", Tags: tags, Summary: "One delivery with every attempt and what the endpoint answered"}, s.getDelivery)
	add(a, anyKey, huma.Operation{OperationID: "replay-deliveries", Method: http.MethodPost, Path: path + "/replay", Tags: tags, Summary: "Deliver again", Description: "What is given narrows the choice; something has to be given. Deliveries that are still in line are left as they are. The order of each call is kept."}, s.replay)
}

func (s *Server) listDeliveries(ctx context.Context, in *deliveryFilter) (*deliveriesAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	webhook := in.WebhookID
	if w, err := s.webhook(tenant, webhook); webhook != "" && err == nil {
		webhook = w.ID // else one that was deleted, by its id
	}
	return s.deliveryList(ctx, in.DeliveryPage, delivery.HistoryFilter{
		TenantID: tenant, EndpointID: webhook, CallID: routing.CallID(in.CallID), EventID: in.EventID, EventType: in.Event,
		State: in.State, From: in.From, Until: in.Until,
	})
}

func (s *Server) deliveryList(ctx context.Context, page DeliveryPage, f delivery.HistoryFilter) (*deliveriesAnswer, error) {
	before, err := parseDeliveryCursor(f.TenantID, page.After)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "after: %s", err)
	}
	f.Before, f.Limit = before, page.Limit
	list, err := s.Deliveries.Deliveries(ctx, f)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := &deliveriesAnswer{Body: deliveriesBody{Deliveries: make([]Delivery, len(list))}}
	for i, d := range list {
		out.Body.Deliveries[i] = shownDelivery(d)
	}
	if len(list) == page.Limit {
		out.Body.Next = deliveryCursor(f.TenantID, list[len(list)-1].ID)
	}
	return out, nil
}

func (s *Server) getDelivery(ctx context.Context, in *deliveryID) (*deliveryAnswer, error) {
	tenant, err := oneTenant(ctx)
	if err != nil {
		return nil, err
	}
	return s.deliveryDetail(ctx, tenant, in.ID)
}

func (s *Server) deliveryDetail(ctx context.Context, tenant routing.TenantID, id int64) (*deliveryAnswer, error) {
	d, err := s.delivery(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	attempts, err := s.Deliveries.Attempts(ctx, tenant, id)
	if err != nil {
		return nil, s.unavailable(err, unread)
	}
	out := DeliveryDetail{Delivery: shownDelivery(d), Tried: make([]DeliveryAttempt, len(attempts))}
	for i, r := range attempts {
		out.Tried[i] = shownAttempt(r)
	}
	return &deliveryAnswer{Body: deliveryBody{out}}, nil
}

// delivery finds one delivery of a tenant: the newest one up to its id.
func (s *Server) delivery(ctx context.Context, tenant routing.TenantID, id int64) (delivery.Sent, error) {
	list, err := s.Deliveries.Deliveries(ctx, delivery.HistoryFilter{TenantID: tenant, Before: id + 1, Limit: 1})
	if err != nil {
		return delivery.Sent{}, s.unavailable(err, unread)
	}
	if len(list) == 0 || list[0].ID != id {
		return delivery.Sent{}, noSuch("delivery")
	}
	return list[0], nil
}
