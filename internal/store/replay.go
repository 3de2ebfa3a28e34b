package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"switchyard/internal/delivery"
)

// replayedAtOnce bounds how many deliveries one transaction replays, and
// replayWindow how many one statement looks at to find them.
const (
	replayedAtOnce = 256
	replayWindow   = 1000
)

// Replay puts deliveries that are over in line again, see delivery.History.
// They go in steps of bounded size, the oldest first, so that other work gets
// its turn; with an error it gives what was replayed until then. Those of a
// disabled endpoint stay in line until somebody enables it, which gives them
// up: enable it first.
func (s *Store) Replay(ctx context.Context, r delivery.ReplayRequest, now time.Time) (n int, endpoints []string, err error) {
	last, err := s.lastDelivery(ctx, r)
	if err != nil {
		return 0, nil, fmt.Errorf("replay deliveries of tenant %s: %w", r.TenantID, err)
	}
	of := map[string]bool{}
	for after := int64(0); after < last; {
		var ids []int64
		ids, after, err = s.replayable(ctx, r, after, last)
		for err == nil && len(ids) > 0 {
			some := ids[:min(len(ids), replayedAtOnce)]
			ids = ids[len(some):]
			var done int
			done, err = s.replay(ctx, some, now, of)
			n += done
		}
		if err != nil {
			err = fmt.Errorf("replay deliveries of tenant %s: %w", r.TenantID, err)
			break
		}
	}
	for id := range of {
		endpoints = append(endpoints, id)
	}
	slices.Sort(endpoints)
	return n, endpoints, err
}

// lastDelivery is where a replay ends: what is delivered meanwhile is not
// replayed as well.
func (s *Store) lastDelivery(ctx context.Context, r delivery.ReplayRequest) (int64, error) {
	w := replayed(r)
	var last int64
	err := queryRow(ctx, s.backend.Read(), `SELECT COALESCE(max(d.id), 0) FROM deliveries d`+w.sql(), w.args, &last)
	return last, err
}

// replayed is what an index finds: no statement looks at more than a window of it.
func replayed(r delivery.ReplayRequest) where {
	var w where
	w.and(`d.tenant_id = ?`, string(r.TenantID))
	if r.ID != 0 {
		w.and(`d.id = ?`, r.ID)
	}
	if r.EndpointID != "" {
		w.and(`d.endpoint_id = ?`, r.EndpointID)
	}
	if r.EventID != "" {
		w.and(`d.event_id = (SELECT id FROM events WHERE uid = ?)`, r.EventID)
	}
	if r.CallID != "" {
		w.and(`d.call_id = ?`, string(r.CallID))
	}
	if r.FailedOnly {
		w.and(stateCondition(delivery.Dead))
	}
	return w
}

// replayable gives those of the next window that fit, and where it ended.
func (s *Store) replayable(ctx context.Context, r delivery.ReplayRequest, after, last int64) (ids []int64, end int64, err error) {
	w := replayed(r)
	w.and(`d.id > ? AND d.id <= ?`, after, last)
	inner := `SELECT d.id, d.event_id, d.state FROM deliveries d` + w.sql() + ` ORDER BY d.id` + w.limit(replayWindow)
	end = last
	rows := 0
	err = eachRow(ctx, s.backend.Read(), `SELECT w.id, w.state, e.occurred_at FROM (`+inner+`) AS w
		LEFT JOIN events e ON e.id = w.event_id ORDER BY w.id`, w.args, func(row *sql.Rows) error {
		var id int64
		var state int
		var at time.Time
		if err := row.Scan(&id, &state, timeColumn{&at}); err != nil {
			return err
		}
		rows++
		end = id
		if state >= stateDone && (r.From.IsZero() || !at.Before(r.From)) && (r.Until.IsZero() || at.Before(r.Until)) {
			ids = append(ids, id)
		}
		return nil
	})
	if rows < replayWindow {
		end = last
	}
	return ids, end, err
}

// replay puts deliveries in line again that are over still, and tells how many.
func (s *Store) replay(ctx context.Context, ids []int64, now time.Time, of map[string]bool) (n int, err error) {
	var endpoints []string
	err = s.backend.Write(ctx, func(q Querier) error {
		n, endpoints = 0, nil
		lines, err := s.lines(ctx, q, ids)
		if err != nil {
			return err
		}
		disabled, err := disabledEndpoints(ctx, q, endpointsOf(lines))
		if err != nil {
			return err
		}
		changed := map[route]bool{}
		for _, l := range lines {
			if _, wanted := slices.BinarySearch(ids, l.id); !wanted || l.open() || disabled[l.endpoint] {
				continue
			}
			l.again(now.UnixMicro())
			changed[l.route] = true
			endpoints = append(endpoints, l.endpoint)
			n++
		}
		for at, lines := range byRoute(lines) {
			if changed[at] {
				letGo(lines, now.UnixMicro())
			}
		}
		return saveLines(ctx, q, lines)
	})
	if err != nil {
		return 0, err
	}
	for _, id := range endpoints {
		of[id] = true
	}
	return n, nil
}

func endpointsOf(lines []*line) []string {
	var ids []string
	for _, l := range lines {
		ids = append(ids, l.endpoint)
	}
	return ids
}
