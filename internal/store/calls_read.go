package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"switchyard/internal/record"
	"switchyard/routing"
)

var selectCalls = `SELECT ` + strings.Join(callColumns, ", ") + ` FROM calls`

// Call gives the record and the legs of a call; record.ErrUnknownCall if there
// is none.
func (s *Store) Call(ctx context.Context, id routing.CallID) (record.Call, []record.Leg, error) {
	var c record.Call
	q := s.backend.Read()
	err := queryRow(ctx, q, selectCalls+` WHERE id = $1`, []any{string(id)}, callFields(&c)...)
	if errors.Is(err, sql.ErrNoRows) {
		return record.Call{}, nil, fmt.Errorf("call %s: %w", id, record.ErrUnknownCall)
	}
	if err != nil {
		return record.Call{}, nil, fmt.Errorf("read call %s: %w", id, err)
	}
	legs, err := legsOf(ctx, q, id)
	if err != nil {
		return record.Call{}, nil, fmt.Errorf("read legs of call %s: %w", id, err)
	}
	return c, legs[id], nil
}

// Calls gives the records that fit the filter, the newest first.
func (s *Store) Calls(ctx context.Context, f record.Filter) ([]record.Call, error) {
	query, args := callsQuery(selectCalls, f)
	var calls []record.Call
	err := eachRow(ctx, s.backend.Read(), query, args, func(r *sql.Rows) error {
		var c record.Call
		if err := r.Scan(callFields(&c)...); err != nil {
			return err
		}
		calls = append(calls, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	return calls, nil
}

// callsQuery gives a statement that reads the calls of a filter, and its arguments.
func callsQuery(from string, f record.Filter) (string, []any) {
	limit := f.Limit
	if limit <= 0 || limit > record.MaxCalls {
		limit = record.MaxCalls
	}
	where, args := callsWhere(f)
	return from + where + ` ORDER BY started_at DESC, id DESC LIMIT ` + strconv.Itoa(limit), args
}

// callsWhere gives the condition of a filter, "" if there is none.
func callsWhere(f record.Filter) (string, []any) {
	var where []string
	var args []any
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, condition)
	}
	if f.TenantID != "" {
		and(`tenant_id = ?`, string(f.TenantID))
	}
	if !f.From.IsZero() {
		and(`started_at >= ?`, f.From.UnixMicro())
	}
	if !f.Until.IsZero() {
		and(`started_at < ?`, f.Until.UnixMicro())
	}
	if f.Direction != "" {
		and(`direction = ?`, string(f.Direction))
	}
	if f.Status != "" {
		and(`status = ?`, string(f.Status))
	}
	if f.Number != "" {
		and(`(caller_number = ? OR dialled = ? OR destination = ? OR forwarded_to = ?)`, f.Number, f.Number, f.Number, f.Number)
	}
	if f.Forwarded != nil {
		and(`(forwarded_to <> '') = ?`, *f.Forwarded)
	}
	if f.ForwardedTo != "" {
		and(`forwarded_to LIKE ? ESCAPE '\'`, containing(f.ForwardedTo))
	}
	if f.Destination != "" {
		and(`destination = ?`, f.Destination)
	}
	if f.Rule != "" {
		and(`rule = ?`, f.Rule)
	}
	if f.After != nil {
		and(`(started_at, id) < (?, ?)`, f.After.StartedAt.UnixMicro(), string(f.After.ID))
	}
	if len(where) == 0 {
		return "", nil
	}
	return ` WHERE ` + strings.Join(where, ` AND `), args
}

// containing is a LIKE pattern for texts that have part somewhere in them.
func containing(part string) string {
	return `%` + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(part) + `%`
}

// Events gives the events of a call in the order they were committed, each
// with the endpoints it went to.
func (s *Store) Events(ctx context.Context, call routing.CallID) ([]record.Event, error) {
	var events []record.Event
	var last int64
	err := eachRow(ctx, s.backend.Read(), `
		SELECT e.id, e.uid, e.tenant_id, e.call_id, e.type, e.occurred_at, e.body, COALESCE(d.endpoint_id, '')
		FROM events e LEFT JOIN deliveries d ON d.event_id = e.id
		WHERE e.call_id = $1 ORDER BY e.id, d.id`, []any{string(call)},
		func(r *sql.Rows) error {
			var e record.Event
			var row int64
			var endpoint string
			if err := r.Scan(&row, &e.ID, &e.TenantID, &e.CallID, &e.Type, timeColumn{&e.At}, &e.Body, &endpoint); err != nil {
				return err
			}
			if row != last {
				events = append(events, e)
				last = row
			}
			if endpoint != "" {
				e := &events[len(events)-1]
				e.Endpoints = append(e.Endpoints, endpoint)
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read events of call %s: %w", call, err)
	}
	return events, nil
}
