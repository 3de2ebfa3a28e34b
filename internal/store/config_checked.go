package store

import (
	"context"
	"fmt"
	"slices"

	"switchyard/internal/config"
)

// nextVersion takes the next version of the configuration. Nobody else gets one,
// or sees what others publish, until the transaction is over.
func nextVersion(ctx context.Context, q Querier) (int64, error) {
	_, err := q.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('configuration', '1')
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS bigint) + 1 AS text)`)
	if err != nil {
		return 0, err
	}
	var version int64
	err = queryRow(ctx, q, `SELECT CAST(value AS bigint) FROM meta WHERE name = 'configuration'`, nil, &version)
	return version, err
}

// asChecked notes the version that publications make, and refuses them if what
// they were checked with is not what there is: it runs when nobody else can
// publish any more.
func (s *Store) asChecked(ctx context.Context, q Querier, publications []config.Publication, version int64) error {
	for i := range publications {
		p := &publications[i]
		if p.Version != 0 && p.Version != version {
			return config.ErrStale
		}
		if p.Operator != 0 {
			var operator int
			if err := queryRow(ctx, q, `SELECT COALESCE(max(rev), 0) FROM revisions WHERE scope = $1`, []any{config.OperatorScope}, &operator); err != nil {
				return fmt.Errorf("read the operator's revision: %w", err)
			}
			if operator != p.Operator {
				return config.ErrStale
			}
		}
		if _, err := q.ExecContext(ctx, `UPDATE revisions SET version = $1 WHERE scope = $2 AND rev = $3`, version, p.Scope, p.Base+1); err != nil {
			return fmt.Errorf("store the version: %w", err)
		}
		if slices.Contains(p.Kinds, "webhooks") {
			if err := ownWebhooks(ctx, q, p.Scope); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownWebhooks refuses ids that another tenant's webhooks have. The publisher
// finds out which when it checks again.
func ownWebhooks(ctx context.Context, q Querier, scope string) error {
	var taken int
	err := queryRow(ctx, q, `SELECT count(*) FROM objects mine JOIN objects other ON other.id = mine.id
		WHERE mine.scope = $1 AND mine.kind = 'webhooks' AND mine.rev_to IS NULL
		AND other.scope <> $1 AND other.kind = 'webhooks' AND other.rev_to IS NULL
		AND EXISTS (SELECT 1 FROM objects WHERE scope = $2 AND kind = 'tenants' AND id = other.scope AND rev_to IS NULL)`,
		[]any{scope, config.OperatorScope}, &taken)
	if err != nil {
		return fmt.Errorf("look for other tenants' webhooks: %w", err)
	}
	if taken > 0 {
		return config.ErrStale
	}
	return nil
}
