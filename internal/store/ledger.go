package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchyard/internal/record"
	"switchyard/routing"
)

var _ record.Ledger = (*Store)(nil)

// forgetServers is when a server that is dead is taken off the list; calls it
// left are nobody's before as after.
const forgetServers = 30 * 24 * time.Hour

// Beat notes that a server lives.
func (s *Store) Beat(ctx context.Context, server string, startedAt, now time.Time) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		_, err := q.ExecContext(ctx, `INSERT INTO servers (id, started_at, seen_at) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, seen_at = excluded.seen_at`,
			server, startedAt.UnixMicro(), now.UnixMicro())
		if err != nil {
			return err
		}
		_, err = q.ExecContext(ctx, `DELETE FROM servers WHERE seen_at < $1`, now.Add(-forgetServers).UnixMicro())
		return err
	})
	if err != nil {
		return fmt.Errorf("note that server %s lives: %w", server, err)
	}
	return nil
}

// The status is written out, since the index of active calls has only these.
var selectOrphans = `SELECT c.` + strings.Join(callColumns, ", c.") + `, c.seen_at
	FROM calls c LEFT JOIN servers s ON s.id = c.owner
	WHERE c.status = 'active' AND (c.owner = '' OR s.id IS NULL OR s.seen_at < $1)
	ORDER BY c.started_at, c.id LIMIT `

// Orphans gives active calls without a living owner, the oldest first, at most
// limit and record.MaxCalls.
func (s *Store) Orphans(ctx context.Context, staleBefore time.Time, limit int) ([]record.Orphan, error) {
	var orphans []record.Orphan
	var ids []routing.CallID
	q := s.backend.Read()
	query := selectOrphans + strconv.Itoa(max(0, min(limit, record.MaxCalls)))
	err := eachRow(ctx, q, query, []any{staleBefore.UnixMicro()}, func(r *sql.Rows) error {
		var o record.Orphan
		if err := r.Scan(append(callFields(&o.Call), timeColumn{&o.SeenAt})...); err != nil {
			return err
		}
		orphans, ids = append(orphans, o), append(ids, o.Call.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read calls without a session: %w", err)
	}
	legs, err := legsOf(ctx, q, ids...)
	if err != nil {
		return nil, fmt.Errorf("read legs of calls without a session: %w", err)
	}
	for i := range orphans {
		orphans[i].Legs = legs[orphans[i].Call.ID]
	}
	return orphans, nil
}

var updateSeen = &statement{
	before: `WITH v (id, at) AS (VALUES `,
	row:    `(CAST(? AS text), CAST(? AS bigint))`,
	after: `) UPDATE calls SET seen_at = v.at FROM v
		WHERE calls.id = v.id AND calls.status = 'active' AND COALESCE(calls.seen_at, v.at) <= v.at`,
}

// Seen notes that the switch still had these calls; an earlier time than the
// one that is known changes nothing, nor does a call that is over or unknown.
func (s *Store) Seen(ctx context.Context, ids []routing.CallID, at time.Time) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	err := chunks(ids, func(some []routing.CallID) error {
		args := make([]any, 0, 2*len(some))
		for _, id := range some {
			args = append(args, string(id), at.UnixMicro())
		}
		return s.backend.Write(ctx, func(q Querier) error {
			if err := s.lockCalls(ctx, q, some); err != nil {
				return err
			}
			_, err := q.ExecContext(ctx, updateSeen.sql(len(some)), args...)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("note that the switch has %d calls: %w", len(ids), err)
	}
	return nil
}

var callsInOrder = &statement{before: `SELECT id FROM calls WHERE id IN (`, row: `?`, after: `) ORDER BY id`}

// lockCalls keeps the calls from being changed by anybody else until the
// transaction is over; in order of id, as SaveCalls changes them.
func (s *Store) lockCalls(ctx context.Context, q Querier, ids []routing.CallID) error {
	if s.backend.LockRows() == "" {
		return nil
	}
	ignore := func(*sql.Rows) error { return nil }
	return eachRow(ctx, q, callsInOrder.sql(len(ids))+s.backend.LockRows(), callIDs(ids), ignore)
}

func callIDs(ids []routing.CallID) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = string(id)
	}
	return args
}
