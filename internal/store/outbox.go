package store

import (
	"context"
	"database/sql"

	"switchyard/internal/record"
)

// States of a delivery, as the tables have them. Anything below stateDone is
// not over; only what is below stateWaiting can be claimed.
const (
	stateReady   = 0
	stateLeased  = 1
	stateWaiting = 2 // behind an earlier delivery of its call at its endpoint
	stateDone    = 3
	stateDead    = 4
)

// An event that is there already, by its id or because it happens only once a
// call, is left alone and not given back.
var insertEvents = &statement{
	before: `INSERT INTO events (uid, tenant_id, call_id, type, occurred_at, body) VALUES `,
	row:    `(?, ?, ?, ?, ?, ?)`,
	after:  ` ON CONFLICT DO NOTHING RETURNING id, uid`,
}

var insertDeliveries = &statement{
	before: `INSERT INTO deliveries (event_id, tenant_id, endpoint_id, call_id, seq, state, next_at, attempt, lease_epoch) VALUES `,
	row:    `(?, ?, ?, ?, ?, ?, ?, 0, 0)`,
}

// Locked, because a delivery that is being settled just now decides whether
// the next one waits for it; in order of id, as Settle locks them.
var deliveriesOfCalls = &statement{
	before: `SELECT call_id, endpoint_id, seq, state FROM deliveries WHERE call_id IN (`,
	row:    `?`,
	after:  `) ORDER BY id`,
}

// freshEvent is an event that this transaction stored.
type freshEvent struct {
	row   int64
	event *record.Event
}

func saveEvents(ctx context.Context, q Querier, changes []record.Change) ([]freshEvent, error) {
	var events []*record.Event
	for i := range changes {
		for j := range changes[i].Events {
			events = append(events, &changes[i].Events[j])
		}
	}
	rows := make(map[string]int64, len(events))
	err := chunks(events, func(some []*record.Event) error {
		args := make([]any, 0, len(some)*6)
		for _, e := range some {
			args = append(args, e.ID, string(e.TenantID), string(e.CallID), e.Type, micros(e.At), e.Body)
		}
		return eachRow(ctx, q, insertEvents.sql(len(some)), args, func(r *sql.Rows) error {
			var id int64
			var uid string
			if err := r.Scan(&id, &uid); err != nil {
				return err
			}
			rows[uid] = id
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var fresh []freshEvent
	for _, e := range events {
		if id, ok := rows[e.ID]; ok {
			fresh = append(fresh, freshEvent{id, e})
			delete(rows, e.ID)
		}
	}
	return fresh, nil
}

// route is what has an order of its own: the events of one call at one endpoint.
type route struct{ call, endpoint string }

// tail is the last delivery of a route.
type tail struct {
	seq  int
	open bool
}

// fanOut stores a delivery for each endpoint of each event, numbered densely
// per route. Only the first one that is not over is ready, the others wait, so
// claiming never has to look past what is blocked.
func (s *Store) fanOut(ctx context.Context, q Querier, fresh []freshEvent) error {
	tails, err := s.tails(ctx, q, fresh)
	if err != nil {
		return err
	}
	var args [][]any
	for _, f := range fresh {
		e := f.event
		for _, endpoint := range e.Endpoints {
			at := route{string(e.CallID), endpoint}
			last := tails[at]
			state := stateReady
			if last.open {
				state = stateWaiting
			}
			tails[at] = tail{seq: last.seq + 1, open: true}
			args = append(args, []any{f.row, string(e.TenantID), endpoint, string(e.CallID), last.seq + 1, state, e.At.UnixMicro()})
		}
	}
	return chunks(args, func(some [][]any) error {
		flat := make([]any, 0, len(some)*7)
		for _, a := range some {
			flat = append(flat, a...)
		}
		_, err := q.ExecContext(ctx, insertDeliveries.sql(len(some)), flat...)
		return err
	})
}

func (s *Store) tails(ctx context.Context, q Querier, fresh []freshEvent) (map[route]tail, error) {
	seen := map[string]bool{}
	var calls []any
	for _, f := range fresh {
		id := string(f.event.CallID)
		if len(f.event.Endpoints) > 0 && !seen[id] {
			seen[id] = true
			calls = append(calls, id)
		}
	}
	tails := map[route]tail{}
	if len(calls) == 0 {
		return tails, nil
	}
	calls = padded(calls)
	query := deliveriesOfCalls.sql(len(calls)) + s.backend.LockRows()
	err := eachRow(ctx, q, query, calls, func(r *sql.Rows) error {
		var at route
		var seq, state int
		if err := r.Scan(&at.call, &at.endpoint, &seq, &state); err != nil {
			return err
		}
		if seq > tails[at].seq {
			tails[at] = tail{seq: seq, open: state < stateDone}
		}
		return nil
	})
	return tails, err
}
