package store

import (
	"context"
	"maps"
	"slices"

	"switchyard/internal/delivery"
)

// noteHealth takes down what new attempts say of their endpoints. It gives the
// endpoints that have something on record, and those that became disabled. One
// that works is only read: it is neither locked nor written.
func (s *Store) noteHealth(ctx context.Context, q Querier, results []delivery.Result, fresh map[attemptKey]bool) (
	known map[string]*delivery.Health, disabled []delivery.Health, err error,
) {
	var ids []string
	for i := range results {
		ids = append(ids, results[i].EndpointID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if known, err = readHealth(ctx, q, ids, ""); err != nil {
		return nil, nil, err
	}
	touched, _ := note(known, results, fresh)
	if len(touched) == 0 {
		return known, nil, nil
	}
	if err := newHealth(ctx, q, touched); err != nil {
		return nil, nil, err
	}
	locked, err := readHealth(ctx, q, slices.Sorted(maps.Keys(touched)), s.backend.LockRows())
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(known, locked)
	touched, disabled = note(known, results, fresh)
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if err := saveHealth(ctx, q, touched[id]); err != nil {
			return nil, nil, err
		}
	}
	return known, disabled, nil
}

// note works on known, and gives what changed and what became disabled by it.
func note(known map[string]*delivery.Health, results []delivery.Result, fresh map[attemptKey]bool) (
	touched map[string]*delivery.Health, disabled []delivery.Health,
) {
	touched = map[string]*delivery.Health{}
	for i := range results {
		r := &results[i]
		if !fresh[keyOf(r)] {
			continue
		}
		h := known[r.EndpointID]
		if h == nil {
			h = &delivery.Health{EndpointID: r.EndpointID, TenantID: r.TenantID}
		}
		was := h.DisabledAt
		if !h.Note(*r) {
			continue
		}
		known[r.EndpointID], touched[r.EndpointID] = h, h
		if was.IsZero() && !h.DisabledAt.IsZero() {
			disabled = append(disabled, *h)
		}
	}
	return touched, disabled
}

// newHealth makes the rows that are not there, in order of id, so that they can
// be locked.
func newHealth(ctx context.Context, q Querier, touched map[string]*delivery.Health) error {
	return chunks(slices.Sorted(maps.Keys(touched)), func(some []string) error {
		args := make([]any, 0, 2*len(some))
		for _, id := range some {
			args = append(args, id, string(touched[id].TenantID))
		}
		_, err := q.ExecContext(ctx, insertHealth.sql(len(some)), args...)
		return err
	})
}
