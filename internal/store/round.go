package store

import (
	"context"
	"database/sql"
	"fmt"

	"switchyard/internal/delivery"
)

// openEndpoints are those behind $2, up to $5 if that is not empty, that have
// something due and room for it. It jumps from one endpoint to the next in the
// index, never reads an endpoint's backlog, and goes no further than it has to.
const openEndpoints = `
WITH RECURSIVE ep (id) AS (
	SELECT (SELECT min(endpoint_id) FROM deliveries WHERE state < 2 AND endpoint_id > $2)
	UNION ALL
	SELECT (SELECT min(d.endpoint_id) FROM deliveries d WHERE d.state < 2 AND d.endpoint_id > ep.id)
	FROM ep WHERE ep.id IS NOT NULL AND ($5 = '' OR ep.id < $5)
)
SELECT ep.id FROM ep
WHERE ep.id IS NOT NULL AND ($5 = '' OR ep.id <= $5)
	AND EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = ep.id AND d.state < 2 AND d.next_at <= $1)
	AND NOT EXISTS (SELECT 1 FROM endpoints e WHERE e.id = ep.id AND (e.disabled_at IS NOT NULL OR e.paused_until > $1))
	AND (SELECT count(*) FROM deliveries l WHERE l.endpoint_id = ep.id AND l.state = 1 AND l.next_at > $1) < $3
LIMIT $4`

// claimAny looks for as many endpoints with something due as it may claim
// deliveries, from where the last claim ended. Only when their tenants have too
// much under way does it look further.
func (s *Store) claimAny(ctx context.Context, r delivery.ClaimRequest) ([]delivery.Delivery, error) {
	start := *s.lastTurn.Load()
	at := &round{start: start, after: start}
	var claimed []delivery.Delivery
	for len(claimed) < r.Limit && !at.over {
		ids, err := s.nextOpen(ctx, r, at)
		var more []delivery.Delivery
		if err == nil {
			some := r
			some.Limit -= len(claimed)
			more, err = s.claim(ctx, some, ids)
		}
		if err != nil && len(claimed) > 0 {
			break // what is claimed must go out; the next claim meets the error again
		}
		if err != nil {
			return nil, err
		}
		claimed = append(claimed, more...)
	}
	s.lastTurn.Store(&at.after)
	return claimed, nil
}

// round is a way once round all endpoints: from behind where it starts to the
// end, and from the beginning up to there.
type round struct {
	start, after, until string
	over                bool
}

// nextOpen gives the next endpoints of a round, as many as may be claimed.
func (s *Store) nextOpen(ctx context.Context, r delivery.ClaimRequest, at *round) (ids []string, err error) {
	for !at.over {
		args := []any{r.Now.UnixMicro(), at.after, bound(r.PerEndpoint), r.Limit - len(ids), at.until}
		err := eachRow(ctx, s.backend.Read(), openEndpoints, args, func(row *sql.Rows) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find endpoints: %w", err)
		}
		if len(ids) == r.Limit {
			at.after = ids[len(ids)-1]
			return ids, nil
		}
		at.over = at.until == at.start // also of a round that starts at the beginning
		at.after, at.until = "", at.start
	}
	return ids, nil
}
