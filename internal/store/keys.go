package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"switchyard/internal/keys"
	"switchyard/routing"
)

var _ keys.Store = (*Store)(nil)

const selectKeys = `SELECT id, tenant_id, name, role, hash, hint, created_at, created_by, last_used_at, revoked_at FROM api_keys`

func keyFields(k *keys.Key) []any {
	return []any{
		&k.ID, &k.TenantID, &k.Name, &k.Role, &k.Hash, &k.Hint,
		timeColumn{&k.CreatedAt}, &k.CreatedBy, timeColumn{&k.LastUsedAt}, timeColumn{&k.RevokedAt},
	}
}

// SaveKey stores a new key; its id and hash must be new as well.
func (s *Store) SaveKey(ctx context.Context, k keys.Key) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		_, err := q.ExecContext(ctx, `INSERT INTO api_keys
			(id, tenant_id, name, role, hash, hint, created_at, created_by, last_used_at, revoked_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			k.ID, string(k.TenantID), k.Name, string(k.Role), k.Hash, k.Hint,
			k.CreatedAt.UnixMicro(), k.CreatedBy, micros(k.LastUsedAt), micros(k.RevokedAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("save key %s: %w", k.ID, err)
	}
	return nil
}

// KeyByHash gives a key, also one that was revoked.
func (s *Store) KeyByHash(ctx context.Context, hash string) (keys.Key, error) {
	var k keys.Key
	err := queryRow(ctx, s.backend.Read(), selectKeys+` WHERE hash = $1`, []any{hash}, keyFields(&k)...)
	if errors.Is(err, sql.ErrNoRows) {
		return keys.Key{}, keys.ErrUnknown
	}
	if err != nil {
		return keys.Key{}, fmt.Errorf("look a key up: %w", err)
	}
	return k, nil
}

// Keys gives the keys of a tenant, or the superadmins' for "", the oldest first.
func (s *Store) Keys(ctx context.Context, tenant routing.TenantID) ([]keys.Key, error) {
	var all []keys.Key
	query := selectKeys + ` WHERE tenant_id = $1 ORDER BY created_at, id`
	err := eachRow(ctx, s.backend.Read(), query, []any{string(tenant)}, func(r *sql.Rows) error {
		var k keys.Key
		err := r.Scan(keyFields(&k)...)
		all = append(all, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return all, nil
}

// ChangeKey stores what may change of a key. One that was revoked stays so.
func (s *Store) ChangeKey(ctx context.Context, k keys.Key) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		done, err := q.ExecContext(ctx, `UPDATE api_keys SET
				name = $1, role = $2, hash = $3, hint = $4, revoked_at = COALESCE(revoked_at, $5)
			WHERE id = $6 AND tenant_id = $7`,
			k.Name, string(k.Role), k.Hash, k.Hint, micros(k.RevokedAt), k.ID, string(k.TenantID))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return keys.ErrUnknown
	})
	if err != nil {
		return fmt.Errorf("change key %s: %w", k.ID, err)
	}
	return nil
}

// KeyUsed notes a use; of one that is earlier than the last, or of a key that
// is not there, nothing is kept.
func (s *Store) KeyUsed(ctx context.Context, id string, at time.Time) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		_, err := q.ExecContext(ctx, `UPDATE api_keys SET last_used_at = $1
			WHERE id = $2 AND COALESCE(last_used_at, 0) < $1`, at.UnixMicro(), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("note the use of key %s: %w", id, err)
	}
	return nil
}
