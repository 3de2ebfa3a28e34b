package delivery

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// deliver makes one attempt and hands its result on.
func (d *Dispatcher) deliver(ctx context.Context, next Delivery) {
	began := d.opts.Now()
	a := d.attempt(ctx, &next, began)
	now := d.opts.Now()
	r := Result{
		DeliveryID: next.ID, LeaseEpoch: next.LeaseEpoch, Attempt: next.Attempt,
		At: began, Took: now.Sub(began), Code: a.code, Class: a.class, Error: a.err, Response: a.body,
	}
	d.decide(&r, now)
	d.log(&next, &r)
	d.results <- r
}

// attempt asks the live configuration where the event goes now, which may
// differ from where it went at first.
func (d *Dispatcher) attempt(ctx context.Context, next *Delivery, now time.Time) answer {
	hook, ok := d.endpoints.Endpoint(next.TenantID, next.EndpointID)
	if !ok {
		return answer{class: Gone, err: "the webhook was deleted or disabled"}
	}
	return d.client.post(ctx, next, &hook, now)
}

// decide says what follows from an attempt.
func (d *Dispatcher) decide(r *Result, now time.Time) {
	switch r.Class {
	case OK:
		r.Done = true
	case Gone:
		r.Dead = true
	case Stopped:
		r.NextAt = now // another server goes on at once
	case DNS, Connect, TLS, Timeout, HTTP, Blocked:
		at, again := NextAt(now, r.Attempt, d.opts.Jitter())
		r.NextAt, r.Dead = at, !again
	}
}

// log writes the one line of an attempt.
func (d *Dispatcher) log(next *Delivery, r *Result) {
	level := zerolog.InfoLevel
	if !r.Done {
		level = zerolog.WarnLevel
	}
	line := d.opts.Log.WithLevel(level).
		Str("event_id", next.EventID).Str("event", next.EventType).Str("call_id", string(next.CallID)).
		Str("tenant", string(next.TenantID)).Str("endpoint", next.EndpointID).
		Int("seq", next.Seq).Int("attempt", next.Attempt).Int("code", r.Code).Dur("took", r.Took)
	switch {
	case r.Done:
		line.Msg("webhook delivered")
	case r.Dead:
		line.Str("class", string(r.Class)).Str("error", r.Error).Msg("webhook given up")
	default:
		line.Str("class", string(r.Class)).Str("error", r.Error).Time("next_at", r.NextAt).Msg("webhook failed")
	}
}
