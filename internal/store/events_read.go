package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"switchyard/internal/record"
	"switchyard/routing"
)

// Bounds of one reading of the log of events.
const (
	maxEvents  = 1000 // events given, and looked at by one statement
	maxWindows = 20   // statements, if hardly anything fits
)

// EventsAfter gives a tenant's events behind a cursor, see record.Ledger; at
// most 1000, 0 being that. Endpoints are not set. If hardly any event fits the
// types it may give fewer than there are; the end is reached when the cursor
// stays where it was.
func (s *Store) EventsAfter(ctx context.Context, tenant routing.TenantID, after record.EventCursor, types []string, limit int) ([]record.Event, record.EventCursor, error) {
	if limit <= 0 || limit > maxEvents {
		limit = maxEvents
	}
	if err := s.ourCursor(ctx, after); err != nil {
		return nil, after, fmt.Errorf("read the events of tenant %s: %w", tenant, err)
	}
	window := limit
	if len(types) > 0 {
		window = maxEvents
	}
	var events []record.Event
	for range maxWindows {
		rows, err := s.readWindow(ctx, tenant, after, types, window)
		if err != nil {
			return nil, after, fmt.Errorf("read the events of tenant %s: %w", tenant, err)
		}
		for _, r := range rows {
			if r.fits {
				events = append(events, r.event)
			}
			after = r.at
			if len(events) == limit {
				return events, after, nil
			}
		}
		if len(rows) < window {
			break
		}
	}
	return events, after, nil
}

// ourCursor refuses a cursor ahead of every transaction there was: the one who
// holds it would wait for ever.
func (s *Store) ourCursor(ctx context.Context, at record.EventCursor) error {
	query := s.backend.NextXID()
	if query == "" {
		if at.XID != 0 {
			return record.ErrForeignCursor
		}
		return nil
	}
	var next int64
	if err := queryRow(ctx, s.backend.Read(), query, nil, &next); err != nil {
		return err
	}
	if at.XID >= next {
		return record.ErrForeignCursor
	}
	return nil
}

// windowRow is an event that was looked at; of one that does not fit, only the
// place and the type are read.
type windowRow struct {
	at    record.EventCursor
	fits  bool
	event record.Event
}

var bodyOfTypes = &statement{
	before: `CASE WHEN type IN (`,
	row:    `?`,
	after:  `) THEN body END`,
}

// readWindow reads the next rows of the log, whether they fit or not, so that
// one statement never reads more than these.
func (s *Store) readWindow(ctx context.Context, tenant routing.TenantID, after record.EventCursor, types []string, window int) ([]windowRow, error) {
	body, args := `body`, []any(nil)
	if len(types) > 0 {
		for _, t := range types {
			args = append(args, t)
		}
		args = padded(args)
		body = bodyOfTypes.sql(len(args))
	}
	w := where{args: args}
	w.and(`tenant_id = ?`, string(tenant))
	w.and(`(xid, id) > (?, ?)`, after.XID, after.ID)
	query := `SELECT xid, id, uid, call_id, type, occurred_at, ` + body + ` FROM events` + w.sql() + s.backend.Settled() +
		` ORDER BY xid, id` + w.limit(window)
	var rows []windowRow
	err := eachRow(ctx, s.backend.Read(), query, w.args, func(r *sql.Rows) error {
		row := windowRow{event: record.Event{TenantID: tenant}}
		e := &row.event
		if err := r.Scan(&row.at.XID, &row.at.ID, &e.ID, &e.CallID, &e.Type, timeColumn{&e.At}, &e.Body); err != nil {
			return err
		}
		row.fits = len(types) == 0 || slices.Contains(types, e.Type)
		rows = append(rows, row)
		return nil
	})
	return rows, err
}
