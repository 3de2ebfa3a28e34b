package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"switchyard/internal/delivery"
	"switchyard/routing"
)

const healthColumns = `id, tenant_id, slots, paused_until, pause_ms, failures, attempts, failing_since, last_ok_at, disabled_at, disabled_why`

var selectHealth = &statement{
	before: `SELECT ` + healthColumns + ` FROM endpoints WHERE id IN (`,
	row:    `?`,
	after:  `) ORDER BY id`,
}

var insertHealth = &statement{
	before: `INSERT INTO endpoints (id, tenant_id) VALUES `,
	row:    `(?, ?)`,
	after:  ` ON CONFLICT DO NOTHING`,
}

const updateHealth = `UPDATE endpoints SET slots = $1, paused_until = $2, pause_ms = $3, failures = $4, attempts = $5,
	failing_since = $6, last_ok_at = $7, disabled_at = $8, disabled_why = $9 WHERE id = $10`

func scanHealth(r *sql.Rows) (*delivery.Health, error) {
	var h delivery.Health
	var paused, pause int64
	err := r.Scan(&h.EndpointID, &h.TenantID, &h.Slots, &paused, &pause, &h.Failures, &h.Attempts,
		timeColumn{&h.FailingSince}, timeColumn{&h.LastOKAt}, timeColumn{&h.DisabledAt}, &h.DisabledWhy)
	if paused != 0 {
		h.PausedUntil = time.UnixMicro(paused).UTC()
	}
	h.Pause = time.Duration(pause) * time.Millisecond
	return &h, err
}

func saveHealth(ctx context.Context, q Querier, h *delivery.Health) error {
	var paused int64
	if !h.PausedUntil.IsZero() {
		paused = h.PausedUntil.UnixMicro()
	}
	_, err := q.ExecContext(ctx, updateHealth, h.Slots, paused, h.Pause.Milliseconds(), h.Failures, h.Attempts,
		micros(h.FailingSince), micros(h.LastOKAt), micros(h.DisabledAt), h.DisabledWhy, h.EndpointID)
	return err
}

func readHealth(ctx context.Context, q Querier, ids []string, lock string) (map[string]*delivery.Health, error) {
	known := make(map[string]*delivery.Health)
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	args = padded(args)
	err := eachRow(ctx, q, selectHealth.sql(len(args))+lock, args, func(r *sql.Rows) error {
		h, err := scanHealth(r)
		known[h.EndpointID] = h
		return err
	})
	return known, err
}

// Health gives what is known of a tenant's endpoints, see delivery.History.
func (s *Store) Health(ctx context.Context, tenant routing.TenantID) (map[string]delivery.Health, error) {
	known := map[string]delivery.Health{}
	err := eachRow(ctx, s.backend.Read(), `SELECT `+healthColumns+` FROM endpoints WHERE tenant_id = $1`, []any{string(tenant)},
		func(r *sql.Rows) error {
			h, err := scanHealth(r)
			known[h.EndpointID] = *h
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read the endpoints of tenant %s: %w", tenant, err)
	}
	return known, nil
}

// Enable forgets an endpoint's failures. What a disabled one has in line is
// given up before, also what came since.
func (s *Store) Enable(ctx context.Context, tenant routing.TenantID, endpoint string) error {
	known, err := s.Health(ctx, tenant)
	if err != nil {
		return err
	}
	h, ok := known[endpoint]
	if !ok {
		return nil
	}
	if !h.DisabledAt.IsZero() {
		if err := s.giveUp(ctx, endpoint); err != nil {
			return fmt.Errorf("give up what endpoint %s has in line: %w", endpoint, err)
		}
	}
	err = s.backend.Write(ctx, func(q Querier) error {
		_, err := q.ExecContext(ctx, `DELETE FROM endpoints WHERE id = $1 AND tenant_id = $2`, endpoint, string(tenant))
		return err
	})
	if err != nil {
		return fmt.Errorf("enable endpoint %s: %w", endpoint, err)
	}
	return nil
}
