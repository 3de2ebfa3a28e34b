package store

import (
	"context"
	"database/sql"
	"fmt"

	"switchyard/internal/delivery"
)

var releaseDeliveries = &statement{
	before: `UPDATE deliveries SET state = 0, next_at = 0, attempt = attempt - 1, tries = tries - 1
		WHERE state = 1 AND (id, lease_epoch) IN (VALUES `,
	row:   `(CAST(? AS bigint), CAST(? AS bigint))`,
	after: `)`,
}

// The rows are locked in order of id, as everywhere else.
var lockDeliveries = &statement{
	before: `SELECT id FROM deliveries WHERE id IN (`,
	row:    `?`,
	after:  `) ORDER BY id`,
}

// Release gives leases back at once, as if the deliveries had not been claimed.
// One whose lease was taken over meanwhile is left alone.
func (s *Store) Release(ctx context.Context, deliveries []delivery.Delivery) error {
	if len(deliveries) == 0 {
		return nil
	}
	err := s.backend.Write(ctx, func(q Querier) error {
		if err := s.lockAll(ctx, q, deliveries); err != nil {
			return err
		}
		return chunks(deliveries, func(some []delivery.Delivery) error {
			args := make([]any, 0, len(some)*2)
			for _, d := range some {
				args = append(args, d.ID, d.LeaseEpoch)
			}
			_, err := q.ExecContext(ctx, releaseDeliveries.sql(len(some)), args...)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("release %d deliveries: %w", len(deliveries), err)
	}
	return nil
}

func (s *Store) lockAll(ctx context.Context, q Querier, deliveries []delivery.Delivery) error {
	lock := s.backend.LockRows()
	if lock == "" {
		return nil
	}
	args := make([]any, len(deliveries))
	for i, d := range deliveries {
		args[i] = d.ID
	}
	args = padded(args)
	return eachRow(ctx, q, lockDeliveries.sql(len(args))+lock, args, func(*sql.Rows) error { return nil })
}
