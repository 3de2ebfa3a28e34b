package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"switchyard/internal/delivery"
)

// Settle stores what came of attempts, see delivery.Store. The history keeps
// every attempt, also one whose lease was taken over. What a disabled endpoint
// has in line is given up after that, in bounded steps; an error of these comes
// together with the endpoints, and the next Settle or Enable goes on.
func (s *Store) Settle(ctx context.Context, results []delivery.Result) (disabled []delivery.Health, err error) {
	if len(results) == 0 {
		return nil, nil
	}
	var out []string
	err = s.backend.Write(ctx, func(q Querier) error {
		disabled, out = nil, nil
		fresh, err := saveAttempts(ctx, q, results)
		if err != nil {
			return fmt.Errorf("attempts: %w", err)
		}
		// Endpoints are locked before deliveries, everywhere.
		health, now, err := s.noteHealth(ctx, q, results, fresh)
		if err != nil {
			return fmt.Errorf("endpoints: %w", err)
		}
		disabled = now
		for id, h := range health {
			if !h.DisabledAt.IsZero() {
				out = append(out, id)
			}
		}
		return s.settleLines(ctx, q, results)
	})
	if err != nil {
		return nil, fmt.Errorf("settle %d deliveries: %w", len(results), err)
	}
	slices.Sort(out)
	for _, id := range out {
		if err := s.giveUp(ctx, id); err != nil {
			return disabled, fmt.Errorf("give up what endpoint %s has in line: %w", id, err)
		}
	}
	return disabled, nil
}

func (s *Store) settleLines(ctx context.Context, q Querier, results []delivery.Result) error {
	ids := make([]int64, len(results))
	for i := range results {
		ids[i] = results[i].DeliveryID
	}
	lines, err := s.lines(ctx, q, ids)
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	byID := make(map[int64]*line, len(lines))
	for _, l := range lines {
		byID[l.id] = l
	}
	now := map[route]int64{} // of the routes that changed
	for i := range results {
		r := &results[i]
		if l := byID[r.DeliveryID]; l != nil && l.settle(r) { // nil: it is kept no more
			now[l.route] = max(now[l.route], r.At.Add(r.Took).UnixMicro())
		}
	}
	for at, lines := range byRoute(lines) {
		if at, ok := now[at]; ok {
			letGo(lines, at)
		}
	}
	if err := saveLines(ctx, q, lines); err != nil {
		return fmt.Errorf("change deliveries: %w", err)
	}
	return nil
}

var insertAttempts = &statement{
	before: `INSERT INTO attempts (delivery_id, n, at, took_us, code, class, error, response) VALUES `,
	row:    `(?, ?, ?, ?, ?, ?, ?, ?)`,
	after:  ` ON CONFLICT DO NOTHING RETURNING delivery_id, n`,
}

// attemptKey is what makes an attempt known again.
type attemptKey struct {
	delivery int64
	n        int
}

func keyOf(r *delivery.Result) attemptKey { return attemptKey{r.DeliveryID, r.Attempt} }

// saveAttempts gives those that were not stored before.
func saveAttempts(ctx context.Context, q Querier, results []delivery.Result) (map[attemptKey]bool, error) {
	sorted := slices.Clone(results)
	slices.SortFunc(sorted, func(a, b delivery.Result) int { // two that store the same ones do not wait in a circle
		return cmp.Or(cmp.Compare(a.DeliveryID, b.DeliveryID), cmp.Compare(a.Attempt, b.Attempt))
	})
	fresh := make(map[attemptKey]bool, len(results))
	err := chunks(sorted, func(some []delivery.Result) error {
		args := make([]any, 0, len(some)*8)
		for _, r := range some {
			response := r.Response
			if response == nil {
				response = []byte{}
			}
			args = append(args, r.DeliveryID, r.Attempt, micros(r.At), r.Took.Microseconds(), r.Code, string(r.Class), r.Error, response)
		}
		return eachRow(ctx, q, insertAttempts.sql(len(some)), args, func(r *sql.Rows) error {
			var k attemptKey
			if err := r.Scan(&k.delivery, &k.n); err != nil {
				return err
			}
			fresh[k] = true
			return nil
		})
	})
	return fresh, err
}
