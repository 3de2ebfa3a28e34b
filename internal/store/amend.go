package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"switchyard/internal/record"
	"switchyard/routing"
)

// insertCall adds a record and leaves one that is there alone.
var insertCall = &statement{before: upsertCalls.before, row: upsertCalls.row, after: ` ON CONFLICT (id) DO NOTHING`}

// Amend is record.Ledger's.
func (s *Store) Amend(ctx context.Context, id routing.CallID, amend func(c *record.Call, known bool) bool) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		c := record.Call{ID: id}
		known, err := s.lockedCall(ctx, q, &c)
		if err != nil {
			return err
		}
		if !known {
			added, err := addCall(ctx, q, &c, amend)
			if err != nil || added {
				return err
			}
			// Another server added it since we looked.
			if known, err = s.lockedCall(ctx, q, &c); err != nil || !known {
				return err
			}
		}
		if !amend(&c, true) {
			return nil
		}
		return saveCalls(ctx, q, []*record.Call{&c})
	})
	if err != nil {
		return fmt.Errorf("amend the record of call %s: %w", id, err)
	}
	return nil
}

// lockedCall reads the record of a call, which nobody else changes then until
// the transaction is over; false: there is none.
func (s *Store) lockedCall(ctx context.Context, q Querier, c *record.Call) (bool, error) {
	err := queryRow(ctx, q, selectCalls+` WHERE id = $1`+s.backend.LockRows(), []any{string(c.ID)}, callFields(c)...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// addCall adds the record that amend makes of nothing. False: somebody else has
// added one.
func addCall(ctx context.Context, q Querier, c *record.Call, amend func(c *record.Call, known bool) bool) (bool, error) {
	if !amend(c, false) {
		return true, nil // there is to be none
	}
	values, err := callValues(c)
	if err != nil {
		return false, err
	}
	result, err := q.ExecContext(ctx, insertCall.sql(1), values...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
