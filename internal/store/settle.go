package store

import (
	"context"
	"database/sql"
	"fmt"
	"sort"

	"switchyard/internal/delivery"
)

// The rows are locked in order of id, as fanOut locks them, so that the two
// never wait for each other in a circle.
var lockDeliveries = &statement{
	before: `SELECT id FROM deliveries WHERE id IN (`,
	row:    `?`,
	after:  `) ORDER BY id`,
}

// A result counts as long as nobody claimed the delivery anew, even if the
// lease ran out meanwhile. Saying it twice changes nothing.
var settleDeliveries = &statement{
	before: `UPDATE deliveries SET state = v.column3, next_at = v.column4 FROM (VALUES `,
	row:    `(CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint))`,
	after: `) AS v WHERE deliveries.id = v.column1 AND lease_epoch = v.column2 AND state < 2
		RETURNING endpoint_id, call_id, seq, state`,
}

var readyNext = &statement{
	before: `UPDATE deliveries SET state = 0 WHERE state = 2 AND (endpoint_id, call_id, seq) IN (VALUES `,
	row:    `(CAST(? AS text), CAST(? AS text), CAST(? AS bigint))`,
	after:  `)`,
}

var insertAttempts = &statement{
	before: `INSERT INTO attempts (delivery_id, n, at, took_us, code, class, error, response) VALUES `,
	row:    `(?, ?, ?, ?, ?, ?, ?, ?)`,
	after:  ` ON CONFLICT DO NOTHING`,
}

var releaseDeliveries = &statement{
	before: `UPDATE deliveries SET state = 0, next_at = 0, attempt = attempt - 1 WHERE state = 1 AND (id, lease_epoch) IN (VALUES `,
	row:    `(CAST(? AS bigint), CAST(? AS bigint))`,
	after:  `)`,
}

// Settle stores what came of attempts, see delivery.Store. The history keeps
// every attempt, also one whose lease was taken over.
func (s *Store) Settle(ctx context.Context, results []delivery.Result) error {
	if len(results) == 0 {
		return nil
	}
	sorted := append([]delivery.Result(nil), results...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].DeliveryID < sorted[j].DeliveryID })
	err := s.backend.Write(ctx, func(q Querier) error {
		if err := s.lockSettled(ctx, q, sorted); err != nil {
			return err
		}
		over, err := settle(ctx, q, sorted)
		if err != nil {
			return err
		}
		if err := wakeNext(ctx, q, over); err != nil {
			return err
		}
		return saveAttempts(ctx, q, sorted)
	})
	if err != nil {
		return fmt.Errorf("settle %d deliveries: %w", len(results), err)
	}
	return nil
}

func (s *Store) lockSettled(ctx context.Context, q Querier, results []delivery.Result) error {
	if s.backend.LockRows() == "" {
		return nil
	}
	args := make([]any, len(results))
	for i, r := range results {
		args[i] = r.DeliveryID
	}
	args = padded(args)
	query := lockDeliveries.sql(len(args)) + s.backend.LockRows()
	return eachRow(ctx, q, query, args, func(*sql.Rows) error { return nil })
}

// place is where a delivery stands among those of its route.
type place struct {
	route
	seq int
}

// settle changes the deliveries and gives the places of those that are over.
func settle(ctx context.Context, q Querier, results []delivery.Result) ([]place, error) {
	var over []place
	err := chunks(results, func(some []delivery.Result) error {
		args := make([]any, 0, len(some)*4)
		for _, r := range some {
			state, next := settled(r)
			args = append(args, r.DeliveryID, r.LeaseEpoch, state, next)
		}
		return eachRow(ctx, q, settleDeliveries.sql(len(some)), args, func(r *sql.Rows) error {
			var p place
			var state int
			if err := r.Scan(&p.endpoint, &p.call, &p.seq, &state); err != nil {
				return err
			}
			if state >= stateDone {
				over = append(over, p)
			}
			return nil
		})
	})
	return over, err
}

func settled(r delivery.Result) (state int, next int64) {
	switch {
	case r.Done:
		return stateDone, r.At.UnixMicro()
	case r.Dead:
		return stateDead, r.At.UnixMicro()
	default:
		return stateReady, r.NextAt.UnixMicro()
	}
}

func wakeNext(ctx context.Context, q Querier, over []place) error {
	return chunks(over, func(some []place) error {
		args := make([]any, 0, len(some)*3)
		for _, p := range some {
			args = append(args, p.endpoint, p.call, p.seq+1)
		}
		_, err := q.ExecContext(ctx, readyNext.sql(len(some)), args...)
		return err
	})
}

func saveAttempts(ctx context.Context, q Querier, results []delivery.Result) error {
	return chunks(results, func(some []delivery.Result) error {
		args := make([]any, 0, len(some)*8)
		for _, r := range some {
			response := r.Response
			if response == nil {
				response = []byte{}
			}
			args = append(args, r.DeliveryID, r.Attempt, micros(r.At), r.Took.Microseconds(), r.Code, string(r.Class), r.Error, response)
		}
		_, err := q.ExecContext(ctx, insertAttempts.sql(len(some)), args...)
		return err
	})
}

// Release gives leases back at once, as if the deliveries had not been claimed.
// One whose lease was taken over meanwhile is left alone.
func (s *Store) Release(ctx context.Context, deliveries []delivery.Delivery) error {
	err := s.backend.Write(ctx, func(q Querier) error {
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

// Attempts gives what was tried for a delivery, in order. DeliveryID, Attempt,
// At, Took, Code, Class, Error and Response are set.
func (s *Store) Attempts(ctx context.Context, deliveryID int64) ([]delivery.Result, error) {
	var out []delivery.Result
	err := eachRow(ctx, s.backend.Read(),
		`SELECT n, at, took_us, code, class, error, response FROM attempts WHERE delivery_id = $1 ORDER BY n`, []any{deliveryID},
		func(r *sql.Rows) error {
			a := delivery.Result{DeliveryID: deliveryID}
			if err := r.Scan(&a.Attempt, timeColumn{&a.At}, durationColumn{&a.Took}, &a.Code, &a.Class, &a.Error, &a.Response); err != nil {
				return err
			}
			if len(a.Response) == 0 {
				a.Response = nil
			}
			out = append(out, a)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("read attempts of delivery %d: %w", deliveryID, err)
	}
	return out, nil
}
