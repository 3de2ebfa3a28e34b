package delivery

import (
	"context"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/crash"
	"switchyard/routing"
)

// slowAfter is how long a request may take before it counts as slow.
const slowAfter = time.Second

// deliver makes one attempt and hands its result on.
func (d *Dispatcher) deliver(ctx context.Context, next Delivery, p *place) {
	slow := time.AfterFunc(slowAfter, func() {
		if d.places.slowDown(p) {
			d.signal()
		}
	})
	began := d.opts.Now()
	hook, a := d.attempt(ctx, &next, began)
	slow.Stop()
	crash.Here(crash.SentNotSettled)
	now := d.opts.Now()
	r := Result{
		DeliveryID: next.ID, LeaseEpoch: next.LeaseEpoch, Attempt: next.Attempt,
		At: began, Took: now.Sub(began), Code: a.code, Class: a.class, Error: a.err, Response: a.body,
		TenantID: next.TenantID, EndpointID: next.EndpointID,
	}
	decide(&r, &next, &hook, a.retryAfter, d.opts.Jitter())
	d.log(&next, &r)
	d.opts.Observe(observed(&next, &r))
	d.results <- outcome{r, p}
}

// attempt asks the live configuration where the event goes now, which may
// differ from where it went at first.
func (d *Dispatcher) attempt(ctx context.Context, next *Delivery, now time.Time) (routing.Webhook, answer) {
	hook, ok := d.endpoints.Endpoint(next.TenantID, next.EndpointID)
	if !ok {
		return hook, answer{class: Gone, err: "the webhook was deleted or disabled"}
	}
	return hook, d.client.post(ctx, next, &hook, now)
}

// decide says what follows from an attempt. asked is the patience the endpoint
// asked for, 0 if it did not.
func decide(r *Result, d *Delivery, hook *routing.Webhook, asked time.Duration, jitter float64) {
	now, firstAt := r.ended(), d.FirstAt
	if firstAt.IsZero() {
		firstAt = r.At
	}
	switch r.Class {
	case OK:
		r.Done = true
	case Gone:
		r.Dead = true
	case Stopped:
		r.NextAt = now // another server goes on at once
	case DNS, Connect, TLS, Timeout, HTTP, Blocked:
		step, again := waitAfter(d.Tries, jitter)
		if !again || r.Code == http.StatusGone || now.Sub(firstAt) >= GiveUpAfter {
			r.Dead = true
			break
		}
		r.NextAt = now.Add(min(max(step, asked), 2*step))
		// Late in the schedule the steps are hours: the event waits for its own
		// step, but the endpoint's other events do not wait for that.
		r.RetryAfter = min(asked, 2*step, MaxPause)
	}
	switch {
	case r.Done || r.Dead:
	case hook.Order == routing.OrderNone:
		r.YieldAt = now
	default:
		r.YieldAt = yieldAt(now, firstAt, d.Tries)
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
