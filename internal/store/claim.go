package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"switchyard/internal/delivery"
)

// Claim leases due deliveries, see delivery.Store. Endpoints take turns: each
// gets its first before any gets its second, and where not all can have one,
// the next claim begins with others. Servers that claim different endpoints of
// one tenant in the same moment may together give it more than PerTenant.
func (s *Store) Claim(ctx context.Context, r delivery.ClaimRequest) ([]delivery.Delivery, error) {
	var claimed []delivery.Delivery
	var err error
	if r.Endpoints != nil {
		claimed, err = s.claim(ctx, r, s.rotated(r))
	} else {
		claimed, err = s.claimAny(ctx, r)
	}
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", err)
	}
	slices.SortFunc(claimed, func(a, b delivery.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return claimed, nil
}

// rotated is the endpoints asked for, each once, beginning elsewhere each time.
func (s *Store) rotated(r delivery.ClaimRequest) []string {
	ids := slices.Clone(r.Endpoints)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 || r.Limit <= 0 {
		return nil
	}
	from := int((s.turns.Add(uint64(r.Limit)) - uint64(r.Limit)) % uint64(len(ids)))
	return append(ids[from:len(ids):len(ids)], ids[:from]...)
}

func (s *Store) claim(ctx context.Context, r delivery.ClaimRequest, endpoints []string) ([]delivery.Delivery, error) {
	if len(endpoints) == 0 || r.Limit <= 0 {
		return nil, nil
	}
	names, err := json.Marshal(endpoints)
	if err != nil {
		return nil, fmt.Errorf("name the endpoints: %w", err)
	}
	args := []any{r.Now.UnixMicro(), bound(r.PerEndpoint), r.Limit, r.Now.Add(r.Lease).UnixMicro(), bound(r.PerTenant), string(names)}
	var claimed []delivery.Delivery
	err = s.backend.Write(ctx, func(q Querier) error {
		claimed = claimed[:0]
		return eachRow(ctx, q, s.backend.ClaimSQL(), args, func(r *sql.Rows) error {
			var d delivery.Delivery
			if err := r.Scan(&d.ID, &d.TenantID, &d.EndpointID, &d.CallID, &d.Seq, &d.Attempt, &d.Tries, timeColumn{&d.FirstAt},
				&d.OutOfOrder, &d.Replayed, &d.LeaseEpoch,
				&d.EventID, &d.EventType, timeColumn{&d.OccurredAt}, &d.Body); err != nil {
				return err
			}
			claimed = append(claimed, d)
			return nil
		})
	})
	return claimed, err
}

// bound is a limit as the statements take it; 0 is none.
func bound(n int) int {
	if n <= 0 {
		return math.MaxInt32
	}
	return n
}
