package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

// Bounds of a list of deliveries.
const (
	usualDeliveries = 100
	maxDeliveries   = 1000
)

// Deliveries gives a tenant's deliveries that fit, the newest first.
func (s *Store) Deliveries(ctx context.Context, f delivery.HistoryFilter) ([]delivery.Sent, error) {
	query, args := historyQuery(f)
	var out []delivery.Sent
	err := eachRow(ctx, s.backend.Read(), query, args, func(r *sql.Rows) error {
		d, err := scanSent(r)
		out = append(out, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the deliveries of tenant %s: %w", f.TenantID, err)
	}
	return out, nil
}

func historyQuery(f delivery.HistoryFilter) (string, []any) {
	var w where
	w.and(`d.tenant_id = ?`, string(f.TenantID))
	if f.EndpointID != "" {
		w.and(`d.endpoint_id = ?`, f.EndpointID)
	}
	if f.CallID != "" {
		w.and(`d.call_id = ?`, string(f.CallID))
	}
	if f.EventID != "" {
		w.and(`d.event_id = (SELECT id FROM events WHERE uid = ?)`, f.EventID)
	}
	if f.EventType != "" {
		w.and(`e.type = ?`, f.EventType)
	}
	if f.State != "" {
		w.and(stateCondition(f.State))
	}
	if !f.From.IsZero() {
		w.and(`e.occurred_at >= ?`, f.From.UnixMicro())
	}
	if !f.Until.IsZero() {
		w.and(`e.occurred_at < ?`, f.Until.UnixMicro())
	}
	if f.Before != 0 {
		w.and(`d.id < ?`, f.Before)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = usualDeliveries
	}
	return `SELECT d.id, d.tenant_id, d.endpoint_id, d.call_id, d.seq, d.attempt, d.tries, d.first_at, d.out_of_order, d.replayed,
			d.lease_epoch, d.state, d.next_at, e.uid, e.type, e.occurred_at, e.body,
			COALESCE(a.n, 0), a.at, a.took_us, COALESCE(a.code, 0), COALESCE(a.class, ''), COALESCE(a.error, '')
		FROM deliveries d JOIN events e ON e.id = d.event_id
		LEFT JOIN attempts a ON a.delivery_id = d.id AND a.n = (SELECT max(n) FROM attempts WHERE delivery_id = d.id)` +
		w.sql() + ` ORDER BY d.id DESC` + w.limit(min(limit, maxDeliveries)), w.args
}

// states are what the tables say and what people read.
var states = map[int]delivery.State{
	stateReady:   delivery.Ready,
	stateLeased:  delivery.Leased,
	stateWaiting: delivery.Waiting,
	stateDone:    delivery.Done,
	stateDead:    delivery.Dead,
}

// stateCondition has the state as a constant, which lets the index of those
// that were given up be used. A state that does not exist fits nothing.
func stateCondition(state delivery.State) string {
	for n, s := range states {
		if s == state {
			return fmt.Sprintf(`d.state = %d`, n)
		}
	}
	return `d.state = -1`
}

func scanSent(r *sql.Rows) (delivery.Sent, error) {
	var d delivery.Sent
	var state int
	err := r.Scan(&d.ID, &d.TenantID, &d.EndpointID, &d.CallID, &d.Seq, &d.Attempt, &d.Tries, timeColumn{&d.FirstAt}, &d.OutOfOrder, &d.Replayed,
		&d.LeaseEpoch, &state, timeColumn{&d.NextAt}, &d.EventID, &d.EventType, timeColumn{&d.OccurredAt}, &d.Body,
		&d.Last.Attempt, timeColumn{&d.Last.At}, durationColumn{&d.Last.Took}, &d.Last.Code, &d.Last.Class, &d.Last.Error)
	d.State = states[state]
	if d.Last.Attempt > 0 {
		d.Last.DeliveryID, d.Last.TenantID, d.Last.EndpointID = d.ID, d.TenantID, d.EndpointID
	}
	if state >= stateDone {
		d.NextAt = time.Time{}
	}
	return d, err
}

// Attempts gives what was tried for a delivery of a tenant, in order.
// DeliveryID, TenantID, EndpointID, Attempt, At, Took, Code, Class, Error and
// Response are set.
func (s *Store) Attempts(ctx context.Context, tenant routing.TenantID, deliveryID int64) ([]delivery.Result, error) {
	var out []delivery.Result
	err := eachRow(ctx, s.backend.Read(),
		`SELECT d.endpoint_id, a.n, a.at, a.took_us, a.code, a.class, a.error, a.response
		FROM deliveries d JOIN attempts a ON a.delivery_id = d.id WHERE d.id = $1 AND d.tenant_id = $2 ORDER BY a.n`,
		[]any{deliveryID, string(tenant)},
		func(r *sql.Rows) error {
			a := delivery.Result{DeliveryID: deliveryID, TenantID: tenant}
			if err := r.Scan(&a.EndpointID, &a.Attempt, timeColumn{&a.At}, durationColumn{&a.Took}, &a.Code, &a.Class, &a.Error, &a.Response); err != nil {
				return err
			}
			if len(a.Response) == 0 {
				a.Response = nil
			}
			out = append(out, a)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read attempts of delivery %d: %w", deliveryID, err)
	}
	return out, nil
}
