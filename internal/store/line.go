package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"switchyard/internal/delivery"
)

// route is what has an order of its own: the events of one call at one endpoint.
type route struct{ call, endpoint string }

// line is a delivery as its route looks at it. Times that are numbers are in
// microseconds since 1970.
type line struct {
	route
	id         int64
	seq        int
	state      int
	nextAt     int64
	yieldAt    int64 // when the next one may go although this is not over; 0: it waits
	tries      int
	firstAt    time.Time
	outOfOrder bool
	replayed   bool
	unordered  bool // waits for none, and none waits for it
	epoch      int

	changed bool
}

// open tells whether a delivery is not over.
func (l *line) open() bool { return l.state < stateDone }

// letGo lets those of a route go that have to wait no longer: the one with
// nothing open before it at once, the one behind a delivery that yields when
// that says. One that was to go later for that, and was not tried yet, goes
// earlier where it can. lines are in order of seq.
func letGo(lines []*line, now int64) {
	var before *line // the nearest that is open and has a place in the order
	for _, l := range lines {
		if !l.open() || l.unordered {
			continue
		}
		switch waits, untried := l.state == stateWaiting, l.state == stateReady && l.tries == 0; {
		case before == nil && waits:
			l.ready(l.nextAt)
		case before == nil && untried:
			l.ready(min(l.nextAt, now))
		case before != nil && before.yieldAt > 0 && waits:
			l.ready(max(l.nextAt, before.yieldAt))
		case before != nil && before.yieldAt > 0 && untried:
			l.ready(min(l.nextAt, before.yieldAt))
		}
		before = l
	}
}

func (l *line) ready(at int64) {
	l.changed = l.changed || l.state != stateReady || l.nextAt != at
	l.state, l.nextAt = stateReady, at
}

// settle takes what came of an attempt; false if that does not count, because
// the lease was taken over or given back.
func (l *line) settle(r *delivery.Result) bool {
	if l.state != stateLeased || l.epoch != r.LeaseEpoch {
		return false
	}
	if l.firstAt.IsZero() {
		l.firstAt = r.At
	}
	switch {
	case r.Done:
		l.state, l.nextAt = stateDone, r.At.UnixMicro()
	case r.Dead:
		l.state, l.nextAt = stateDead, r.At.UnixMicro()
	default:
		l.state, l.nextAt = stateReady, r.NextAt.UnixMicro()
		if !r.YieldAt.IsZero() {
			l.yieldAt = r.YieldAt.UnixMicro()
		}
	}
	l.changed = true
	return true
}

// again puts a delivery that is over in line once more. The new epoch fences
// whoever had it before.
func (l *line) again(now int64) {
	l.state, l.nextAt, l.yieldAt = stateReady, now, 0
	if !l.unordered {
		l.state = stateWaiting
	}
	l.tries, l.firstAt, l.outOfOrder, l.replayed = 0, time.Time{}, false, true
	l.epoch++
	l.changed = true
}

// routesOf selects all of the routes of some deliveries that are not over, and
// these deliveries themselves. CROSS JOIN keeps SQLite to this order.
const routesOf = `) SELECT d.id, d.endpoint_id, d.call_id, d.seq, d.state, d.next_at, d.yield_at, d.tries, d.first_at,
		d.out_of_order, d.replayed, d.unordered, d.lease_epoch
	FROM (SELECT DISTINCT x.endpoint_id, x.call_id FROM those CROSS JOIN deliveries x WHERE x.id = those.id) AS r
	CROSS JOIN deliveries d
	WHERE d.endpoint_id = r.endpoint_id AND d.call_id = r.call_id
		AND (d.state < 3 OR d.id IN (SELECT id FROM those))
	ORDER BY d.id`

var selectRoutes = &statement{
	before: `WITH those (id) AS (VALUES `,
	row:    `(CAST(? AS bigint))`,
	after:  routesOf,
}

// lines reads the routes of deliveries, to be changed: nobody else changes them
// until the transaction is over. They come by id, so each route by seq.
//
// All of a route is locked, not only what is to be changed: what becomes of one
// decides what another has to wait for. Ids give the order of locking, here and
// in fanOut, so that nobody waits in a circle. Reading is a second statement,
// because what was added while the first one waited is not in the first one's
// sight.
func (s *Store) lines(ctx context.Context, q Querier, ids []int64) ([]*line, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	args = padded(args)
	query := selectRoutes.sql(len(args))
	if lock := s.backend.LockRows(); lock != "" {
		if err := eachRow(ctx, q, query+lock+" OF d", args, func(*sql.Rows) error { return nil }); err != nil {
			return nil, fmt.Errorf("lock: %w", err)
		}
	}
	var lines []*line
	err := eachRow(ctx, q, query, args, func(r *sql.Rows) error {
		l := &line{}
		lines = append(lines, l)
		return r.Scan(&l.id, &l.endpoint, &l.call, &l.seq, &l.state, &l.nextAt, &l.yieldAt, &l.tries, timeColumn{&l.firstAt},
			&l.outOfOrder, &l.replayed, &l.unordered, &l.epoch)
	})
	return lines, err
}

// byRoute sorts lines into their routes, keeping their order.
func byRoute(lines []*line) map[route][]*line {
	routes := map[route][]*line{}
	for _, l := range lines {
		routes[l.route] = append(routes[l.route], l)
	}
	return routes
}

var updateLines = &statement{
	before: `UPDATE deliveries SET state = v.column2, next_at = v.column3, yield_at = v.column4, tries = v.column5,
		first_at = v.column6, out_of_order = v.column7, replayed = v.column8, lease_epoch = v.column9 FROM (VALUES `,
	row: `(CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint),
		CAST(? AS boolean), CAST(? AS boolean), CAST(? AS bigint))`,
	after: `) AS v WHERE deliveries.id = v.column1`,
}

// saveLines stores those that changed.
func saveLines(ctx context.Context, q Querier, lines []*line) error {
	var changed []*line
	for _, l := range lines {
		if l.changed {
			changed = append(changed, l)
		}
	}
	return chunks(changed, func(some []*line) error {
		args := make([]any, 0, len(some)*9)
		for _, l := range some {
			args = append(args, l.id, l.state, l.nextAt, l.yieldAt, l.tries, micros(l.firstAt), l.outOfOrder, l.replayed, l.epoch)
		}
		_, err := q.ExecContext(ctx, updateLines.sql(len(some)), args...)
		return err
	})
}
