package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"switchyard/internal/crash"
	"switchyard/internal/record"
	"switchyard/routing"
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

// onceACall are the types of event that happen at most once a call, or once at
// each stage of it.
var onceACall = []string{record.CallStarted, record.CallAnswered, record.CallForwarded, record.CallMissed, record.CallEnded, record.RecordingReady}

// beforeTheEnd are those never stored behind their call's call.ended: whoever
// closed the call told what there is to tell.
var beforeTheEnd = []string{record.CallForwarded, record.CallMissed}

// An event that is there already, by its id or because it happens only once a
// call, is left alone and not given back.
var (
	insertEvents       = eventInsert(` RETURNING id, uid`)
	insertUntoldEvents = eventInsert(``)
)

func eventInsert(giving string) *statement {
	return &statement{
		before: `INSERT INTO events (uid, tenant_id, call_id, type, once, occurred_at, body) VALUES `,
		row:    `(?, ?, ?, ?, ?, ?, ?)`,
		after:  ` ON CONFLICT DO NOTHING` + giving,
	}
}

var endedAmong = &statement{
	before: `SELECT call_id FROM events WHERE type = '` + record.CallEnded + `' AND once = '' AND call_id IN (`,
	row:    `?`,
	after:  `)`,
}

var insertDeliveries = &statement{
	before: `INSERT INTO deliveries (event_id, tenant_id, endpoint_id, call_id, seq, state, next_at, unordered, attempt, lease_epoch) VALUES `,
	row:    `(?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
}

// Locked, because a delivery that is being settled just now decides whether
// the next one waits for it; in order of id, as Settle locks them.
var deliveriesOfCalls = &statement{
	before: `SELECT call_id, endpoint_id, seq, state, yield_at, unordered FROM deliveries WHERE call_id IN (`,
	row:    `?`,
	after:  `) ORDER BY id`,
}

var disabledAmong = &statement{
	before: `SELECT id FROM endpoints WHERE disabled_at IS NOT NULL AND id IN (`,
	row:    `?`,
	after:  `)`,
}

// freshEvent is an event that this transaction stored.
type freshEvent struct {
	row   int64
	event *record.Event
}

// SaveEvents stores events that belong to no call, see record.Ledger.
func (s *Store) SaveEvents(ctx context.Context, events []record.Event) error {
	if len(events) == 0 {
		return nil
	}
	own := make([]*record.Event, len(events))
	for i, e := range events {
		e.CallID = routing.CallID(e.ID)
		own[i] = &e
	}
	err := s.backend.Write(ctx, func(q Querier) error {
		fresh, err := storeEvents(ctx, q, own)
		if err != nil {
			return err
		}
		return s.fanOut(ctx, q, fresh)
	})
	if err != nil {
		return fmt.Errorf("save %d events: %w", len(events), err)
	}
	return nil
}

func saveEvents(ctx context.Context, q Querier, changes []record.Change) ([]freshEvent, error) {
	var events []*record.Event
	for i := range changes {
		for j := range changes[i].Events {
			events = append(events, &changes[i].Events[j])
		}
	}
	events, err := withoutLate(ctx, q, events)
	if err != nil {
		return nil, err
	}
	return storeEvents(ctx, q, events)
}

// withoutLate leaves out what must not follow the end of its call. The rows of
// the calls are locked, so that no end can be stored meanwhile.
func withoutLate(ctx context.Context, q Querier, events []*record.Event) ([]*record.Event, error) {
	var ids []routing.CallID
	for _, e := range events {
		if slices.Contains(beforeTheEnd, e.Type) {
			ids = append(ids, e.CallID)
		}
	}
	if len(ids) == 0 {
		return events, nil
	}
	slices.Sort(ids)
	args := padded(callIDs(slices.Compact(ids)))
	over := map[routing.CallID]bool{}
	err := eachRow(ctx, q, endedAmong.sql(len(args)), args, func(r *sql.Rows) error {
		var id routing.CallID
		err := r.Scan(&id)
		over[id] = true
		return err
	})
	if err != nil || len(over) == 0 {
		return events, err
	}
	return slices.DeleteFunc(events, func(e *record.Event) bool {
		return over[e.CallID] && slices.Contains(beforeTheEnd, e.Type)
	}), nil
}

// onceBy is what makes an event another one than those of its type and call that
// are there: nothing, its stage, or for types that may happen again its id.
func onceBy(e *record.Event) string {
	if slices.Contains(onceACall, e.Type) {
		return e.Stage
	}
	return e.ID
}

// storeEvents gives those that were not there, unless nobody is to be told of
// any: then which these are matters to nobody, and asking costs SQLite a
// temporary table for each statement.
func storeEvents(ctx context.Context, q Querier, events []*record.Event) ([]freshEvent, error) {
	if !slices.ContainsFunc(events, func(e *record.Event) bool { return len(e.Endpoints) > 0 }) {
		return nil, chunks(events, func(some []*record.Event) error {
			_, err := q.ExecContext(ctx, insertUntoldEvents.sql(len(some)), eventArgs(some)...)
			return err
		})
	}
	rows := make(map[string]int64, len(events))
	err := chunks(events, func(some []*record.Event) error {
		return eachRow(ctx, q, insertEvents.sql(len(some)), eventArgs(some), func(r *sql.Rows) error {
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

func eventArgs(events []*record.Event) []any {
	args := make([]any, 0, len(events)*7)
	for _, e := range events {
		args = append(args, e.ID, string(e.TenantID), string(e.CallID), e.Type, onceBy(e), micros(e.At), e.Body)
	}
	return args
}

// tail is the end of a route: its highest number, and the last delivery that is
// open and has a place in the order.
type tail struct {
	seq     int
	open    bool
	yieldAt int64
}

// fanOut stores a delivery for each endpoint of each event, numbered densely
// per route. Only the first one that is not over is ready, the others wait, so
// claiming never has to look past what is blocked. What goes to a disabled
// endpoint is there to be replayed only.
func (s *Store) fanOut(ctx context.Context, q Querier, fresh []freshEvent) error {
	tails, err := s.tails(ctx, q, fresh)
	if err != nil {
		return err
	}
	var subscribed []string
	for _, f := range fresh {
		subscribed = append(subscribed, f.event.Endpoints...)
	}
	disabled, err := disabledEndpoints(ctx, q, subscribed)
	if err != nil {
		return err
	}
	var args [][]any
	for _, f := range fresh {
		e := f.event
		for _, endpoint := range e.Endpoints {
			at := route{string(e.CallID), endpoint}
			unordered := slices.Contains(e.Unordered, endpoint)
			next, state, due := tails[at].join(e.At.UnixMicro(), unordered, disabled[endpoint])
			tails[at] = next
			args = append(args, []any{f.row, string(e.TenantID), endpoint, string(e.CallID), next.seq, state, due, unordered})
		}
	}
	return chunks(args, func(some [][]any) error {
		flat := make([]any, 0, len(some)*8)
		for _, a := range some {
			flat = append(flat, a...)
		}
		_, err := q.ExecContext(ctx, insertDeliveries.sql(len(some)), flat...)
		crash.Here(crash.FanOutHalfDone)
		return err
	})
}

// join puts one more delivery at the end of a route: behind one that is open
// and has not said that it yields, it waits.
func (t tail) join(due int64, unordered, disabled bool) (next tail, state int, at int64) {
	next = t
	next.seq++
	switch {
	case disabled:
		return next, stateDead, due
	case unordered:
		return next, stateReady, due
	case t.open && t.yieldAt == 0:
		state = stateWaiting
	case t.open:
		due = max(due, t.yieldAt)
	}
	next.open, next.yieldAt = true, 0
	return next, state, due
}

// disabledEndpoints gives those of the endpoints that are disabled.
func disabledEndpoints(ctx context.Context, q Querier, ids []string) (map[string]bool, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	disabled := map[string]bool{}
	if len(ids) == 0 {
		return disabled, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	args = padded(args)
	err := eachRow(ctx, q, disabledAmong.sql(len(args)), args, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		disabled[id] = true
		return err
	})
	return disabled, err
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
		var yieldAt int64
		var unordered bool
		if err := r.Scan(&at.call, &at.endpoint, &seq, &state, &yieldAt, &unordered); err != nil {
			return err
		}
		t := tails[at]
		t.seq = max(t.seq, seq)
		if state < stateDone && !unordered { // they come in order of seq
			t.open, t.yieldAt = true, yieldAt
		}
		tails[at] = t
		return nil
	})
	return tails, err
}
