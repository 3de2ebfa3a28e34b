package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"time"

	"switchyard/internal/record"
)

// Calls are looked for by when they began, which has an index: what ended
// before a time began before it. A call with something still to be delivered
// stays as a whole. Counting makes PostgreSQL look into the index for each row;
// for NOT EXISTS it would go through all deliveries.
var oldCalls = `SELECT c.id, c.started_at,
		(SELECT count(*) FROM deliveries d WHERE d.call_id = c.id AND d.state < ` + strconv.Itoa(stateDone) + `) = 0
	FROM calls c
	WHERE c.started_at < $1 AND c.status <> 'active' AND COALESCE(c.ended_at, c.started_at) < $1 AND (c.started_at, c.id) > ($2, $3)
	ORDER BY c.started_at, c.id LIMIT `

// Events of a call that is not over stay: their deliveries tell the number of
// the next one.
var nextEvents = `SELECT e.id, e.occurred_at,
		(SELECT count(*) FROM deliveries d WHERE d.event_id = e.id AND d.state < ` + strconv.Itoa(stateDone) + `)
			+ (SELECT count(*) FROM calls c WHERE c.id = e.call_id AND c.status = 'active') = 0
	FROM events e WHERE e.id > $1 ORDER BY e.id LIMIT ` + strconv.Itoa(eventsAtOnce)

// eventsAtOnce is how many events are looked at in one go.
const eventsAtOnce = 256

// What belongs to calls and to events, from the outside in, so that nothing is
// ever left without what it belongs to.
var (
	purgeCalls = []*statement{
		{before: `DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE call_id IN (`, row: `?`, after: `))`},
		{before: `DELETE FROM deliveries WHERE call_id IN (`, row: `?`, after: `)`},
		{before: `DELETE FROM events WHERE call_id IN (`, row: `?`, after: `)`},
		{before: `DELETE FROM call_legs WHERE call_id IN (`, row: `?`, after: `)`},
		{before: `DELETE FROM calls WHERE id IN (`, row: `?`, after: `)`},
	}
	purgeEvents = []*statement{
		{before: `DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE event_id IN (`, row: `?`, after: `))`},
		{before: `DELETE FROM deliveries WHERE event_id IN (`, row: `?`, after: `)`},
		{before: `DELETE FROM events WHERE id IN (`, row: `?`, after: `)`},
	}
)

// Purge deletes what is older than the policy keeps, in transactions of a few
// rows each. A call takes its legs, events, deliveries and attempts with it and
// is counted once; events counts those that went for their own age.
func (s *Store) Purge(ctx context.Context, p record.Policy, limit int) (calls, events int, err error) {
	if !p.CallsBefore.IsZero() {
		if calls, err = s.purgeCalls(ctx, p.CallsBefore, limit); err != nil {
			return calls, 0, fmt.Errorf("delete calls before %s: %w", p.CallsBefore.UTC().Format(time.RFC3339), err)
		}
	}
	if !p.EventsBefore.IsZero() {
		if events, err = s.purgeEvents(ctx, p.EventsBefore, limit); err != nil {
			return calls, events, fmt.Errorf("delete events before %s: %w", p.EventsBefore.UTC().Format(time.RFC3339), err)
		}
	}
	return calls, events, nil
}

func (s *Store) purgeCalls(ctx context.Context, before time.Time, limit int) (int, error) {
	total := 0
	at := place{startedAt: math.MinInt64}
	for total < limit {
		few := min(maxRows, limit-total)
		var w callWindow
		err := s.backend.Write(ctx, func(q Querier) (err error) {
			if w, err = s.oldCalls(ctx, q, before, at, few); err != nil {
				return err
			}
			return deleteAll(ctx, q, purgeCalls, w.over)
		})
		if err != nil {
			return total, err
		}
		if total += len(w.over); w.looked < few {
			return total, nil
		}
		at = w.last
	}
	return total, nil
}

// place is where a call is among all, by when they began.
type place struct {
	startedAt int64
	id        string
}

// callWindow is what some old calls in a row are.
type callWindow struct {
	over   []any // ids of those that may go
	looked int
	last   place
}

func (s *Store) oldCalls(ctx context.Context, q Querier, before time.Time, after place, few int) (callWindow, error) {
	var w callWindow
	args := []any{before.UnixMicro(), after.startedAt, after.id}
	err := eachRow(ctx, q, oldCalls+strconv.Itoa(few)+s.backend.LockRows(), args, func(r *sql.Rows) error {
		var over bool
		err := r.Scan(&w.last.id, &w.last.startedAt, &over)
		if over {
			w.over = append(w.over, w.last.id)
		}
		w.looked++
		return err
	})
	return w, err
}

func deleteAll(ctx context.Context, q Querier, statements []*statement, ids []any) error {
	return chunks(ids, func(some []any) error {
		for _, d := range statements {
			if _, err := q.ExecContext(ctx, d.sql(len(some)), some...); err != nil {
				return err
			}
		}
		return nil
	})
}

// purgeEvents goes through the events as they were stored, which is nearly the
// order in which they happened, so that it needs no index of its own. It ends
// at the first window in which all are too new.
func (s *Store) purgeEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	total, after := 0, int64(0)
	for total < limit {
		w, err := s.oldEvents(ctx, after, before)
		if err != nil {
			return total, err
		}
		if !w.anyOld {
			return total, nil
		}
		ids := w.over[:min(len(w.over), limit-total)]
		err = chunks(ids, func(some []any) error {
			return s.backend.Write(ctx, func(q Querier) error { return deleteAll(ctx, q, purgeEvents, some) })
		})
		if err != nil {
			return total, err
		}
		total += len(ids)
		after = w.last
	}
	return total, nil
}

// eventWindow is what some events in a row are.
type eventWindow struct {
	over   []any // ids of those that may go
	anyOld bool
	last   int64 // id
}

func (s *Store) oldEvents(ctx context.Context, after int64, before time.Time) (eventWindow, error) {
	var w eventWindow
	err := eachRow(ctx, s.backend.Read(), nextEvents, []any{after}, func(r *sql.Rows) error {
		var at time.Time
		var over bool
		if err := r.Scan(&w.last, timeColumn{&at}, &over); err != nil {
			return err
		}
		if !at.Before(before) {
			return nil
		}
		w.anyOld = true
		if over {
			w.over = append(w.over, w.last)
		}
		return nil
	})
	return w, err
}
