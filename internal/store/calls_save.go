package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// A call that has ended never becomes active again, and one whose end is fully
// known is not overwritten by one where something is missing, nor by a session
// that was thought dead and comes back: its call.ended has been sent.
var upsertCalls = &statement{
	before: `INSERT INTO calls AS c (` + strings.Join(callColumns, ", ") + `) VALUES `,
	row:    `(?` + strings.Repeat(", ?", len(callColumns)-1) + `)`,
	after: ` ON CONFLICT (id) DO UPDATE SET ` + setExcluded(callColumns[1:]) + `
		WHERE c.status = 'active' OR (excluded.status <> 'active' AND CASE WHEN c.complete
			THEN excluded.complete AND (c.source = 'live' OR excluded.source <> 'live') ELSE true END)`,
}

func setExcluded(columns []string) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = c + " = excluded." + c
	}
	return strings.Join(set, ", ")
}

// SaveCalls stores all changes in one transaction: the records and legs as
// they are now, the events that are not stored yet, and a delivery for each
// endpoint of these. Changes of one call are taken in the order given.
func (s *Store) SaveCalls(ctx context.Context, changes []record.Change) error {
	if len(changes) == 0 {
		return nil
	}
	calls, legs := newest(changes)
	err := s.backend.Write(ctx, func(q Querier) error {
		// The rows of the calls come first: they make two servers that save
		// changes of one call wait for each other, in one order of ids.
		if err := saveCalls(ctx, q, calls); err != nil {
			return fmt.Errorf("records: %w", err)
		}
		if err := saveLegs(ctx, q, legs); err != nil {
			return fmt.Errorf("legs: %w", err)
		}
		fresh, err := saveEvents(ctx, q, changes)
		if err != nil {
			return fmt.Errorf("events: %w", err)
		}
		if err := s.fanOut(ctx, q, fresh); err != nil {
			return fmt.Errorf("deliveries: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save %d changes of calls: %w", len(changes), err)
	}
	return nil
}

// newest keeps the last state of each call, since one statement cannot change
// a row twice, and sorts them by id. Legs it gives as they came.
func newest(changes []record.Change) ([]*record.Call, []legRow) {
	last := make(map[routing.CallID]*record.Call, len(changes))
	var legs []legRow
	for i := range changes {
		c := &changes[i].Call
		if old := last[c.ID]; old == nil || old.Status == handlers.StatusActive || c.Status != handlers.StatusActive {
			last[c.ID] = c
		}
		for n := range changes[i].Legs {
			legs = append(legs, newLegRow(&changes[i].Legs[n], n))
		}
	}
	calls := slices.SortedFunc(maps.Values(last), func(a, b *record.Call) int { return cmp.Compare(a.ID, b.ID) })
	return calls, legs
}

func saveCalls(ctx context.Context, q Querier, calls []*record.Call) error {
	return chunks(calls, func(some []*record.Call) error {
		args := make([]any, 0, len(some)*len(callColumns))
		for _, c := range some {
			values, err := callValues(c)
			if err != nil {
				return err
			}
			args = append(args, values...)
		}
		_, err := q.ExecContext(ctx, upsertCalls.sql(len(some)), args...)
		return err
	})
}
