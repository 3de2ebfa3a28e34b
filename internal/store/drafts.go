package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"switchyard/internal/config"
)

const selectDrafts = `SELECT scope, name, version, author, comment, base, size, updated_at FROM drafts WHERE scope = $1`

func draftFields(d *config.Draft, base *string) []any {
	return []any{&d.Scope, &d.Name, &d.Version, &d.Author, &d.Comment, base, &d.Size, timeColumn{&d.UpdatedAt}}
}

func draftPlace(scope, name string) string { return scope + "/drafts/" + name }

// SaveDraft stores a draft, see config.DraftStore.
func (s *Store) SaveDraft(ctx context.Context, d config.Draft, was int64) (int64, error) {
	files, err := json.Marshal(d.Files)
	if err != nil {
		return 0, fmt.Errorf("spell draft %s: %w", d.Name, err)
	}
	sealed, err := s.seal.seal(draftPlace(d.Scope, d.Name), files)
	if err != nil {
		return 0, fmt.Errorf("draft %s: %w", d.Name, err)
	}
	base, err := json.Marshal(d.Base)
	if err != nil {
		return 0, fmt.Errorf("spell draft %s: %w", d.Name, err)
	}
	d.Size = d.Bytes()
	err = s.backend.Write(ctx, func(q Querier) error {
		if d.Version, err = nextDraftVersion(ctx, q); err != nil {
			return err
		}
		if err := draftFits(ctx, q, d, was); err != nil {
			return err
		}
		_, err := q.ExecContext(ctx, `INSERT INTO drafts (scope, name, version, author, comment, base, files, size, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (scope, name) DO UPDATE SET
			version = excluded.version, author = excluded.author, comment = excluded.comment, base = excluded.base,
			files = excluded.files, size = excluded.size, updated_at = excluded.updated_at`,
			d.Scope, d.Name, d.Version, d.Author, d.Comment, string(base), sealed, d.Size, micros(d.UpdatedAt))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("save draft %s: %w", d.Name, err)
	}
	return d.Version, nil
}

// nextDraftVersion counts all saves, so that a draft that is made again under
// its old name has no version of the old one's. It is held until the commit:
// drafts are saved one after the other, and their limits hold.
func nextDraftVersion(ctx context.Context, q Querier) (version int64, err error) {
	if _, err := q.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('drafts', '1')
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS bigint) + 1 AS text)`); err != nil {
		return 0, err
	}
	err = queryRow(ctx, q, `SELECT CAST(value AS bigint) FROM meta WHERE name = 'drafts'`, nil, &version)
	return version, err
}

// draftFits refuses a draft that was saved by somebody else meanwhile, and one
// too many.
func draftFits(ctx context.Context, q Querier, d config.Draft, was int64) error {
	var version, count, size int64
	err := queryRow(ctx, q, `SELECT version FROM drafts WHERE scope = $1 AND name = $2`, []any{d.Scope, d.Name}, &version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if version != was {
		return config.ErrDraftChanged
	}
	if err := queryRow(ctx, q, `SELECT count(*), COALESCE(sum(size), 0) FROM drafts WHERE scope = $1 AND name <> $2`, []any{d.Scope, d.Name}, &count, &size); err != nil {
		return err
	}
	if count >= config.MaxDrafts || size+d.Size > config.MaxDraftsSize {
		return config.ErrTooManyDrafts
	}
	return nil
}

// Draft gives a draft of a scope with its files; config.ErrNoDraft if there is
// none.
func (s *Store) Draft(ctx context.Context, scope, name string) (config.Draft, error) {
	var d config.Draft
	var base, sealed string
	err := queryRow(ctx, s.backend.Read(),
		`SELECT scope, name, version, author, comment, base, size, updated_at, files FROM drafts WHERE scope = $1 AND name = $2`,
		[]any{scope, name}, append(draftFields(&d, &base), &sealed)...)
	if errors.Is(err, sql.ErrNoRows) {
		return config.Draft{}, config.ErrNoDraft
	}
	if err != nil {
		return config.Draft{}, fmt.Errorf("read draft %s: %w", name, err)
	}
	files, err := s.seal.open(draftPlace(scope, name), sealed)
	if err != nil {
		return config.Draft{}, fmt.Errorf("draft %s: %w", name, err)
	}
	if err := errors.Join(json.Unmarshal(files, &d.Files), json.Unmarshal([]byte(base), &d.Base)); err != nil {
		return config.Draft{}, fmt.Errorf("read draft %s: %w", name, err)
	}
	return d, nil
}

// Drafts gives the drafts of a scope by name, without their files.
func (s *Store) Drafts(ctx context.Context, scope string) ([]config.Draft, error) {
	var out []config.Draft
	err := eachRow(ctx, s.backend.Read(), selectDrafts+` ORDER BY name`, []any{scope}, func(r *sql.Rows) error {
		var d config.Draft
		var base string
		if err := r.Scan(draftFields(&d, &base)...); err != nil {
			return err
		}
		out = append(out, d)
		return json.Unmarshal([]byte(base), &out[len(out)-1].Base)
	})
	if err != nil {
		return nil, fmt.Errorf("read the drafts of %s: %w", scope, err)
	}
	return out, nil
}

// DeleteDraft deletes a draft, see config.DraftStore.
func (s *Store) DeleteDraft(ctx context.Context, scope, name string, version int64) error {
	err := s.backend.Write(ctx, func(q Querier) error {
		var now int64
		err := queryRow(ctx, q, `SELECT version FROM drafts WHERE scope = $1 AND name = $2`+s.backend.LockRows(), []any{scope, name}, &now)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return config.ErrNoDraft
		case err != nil:
			return err
		case version != 0 && version != now:
			return config.ErrDraftChanged
		}
		_, err = q.ExecContext(ctx, `DELETE FROM drafts WHERE scope = $1 AND name = $2`, scope, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete draft %s: %w", name, err)
	}
	return nil
}
