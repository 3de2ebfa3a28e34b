package api

import (
	"cmp"
	"context"
	"slices"

	"switchyard/internal/config"
)

// What the store of the rig keeps beside the objects themselves.

func (p *published) publishedBy(c config.Publication) {
	if p.history == nil {
		p.history = map[string][]config.Revision{}
	}
	p.history[c.Scope] = append(p.history[c.Scope], config.Revision{Rev: c.Base + 1, At: c.At, Author: c.Author, Comment: c.Comment, Changes: &c.Changes})
}

func (p *published) Revisions(_ context.Context, scope string, before, limit int) (out []config.Revision, _ error) {
	for _, r := range slices.Backward(p.history[scope]) {
		if (before == 0 || r.Rev < before) && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, p.err
}

func (p *published) SaveDraft(_ context.Context, d config.Draft, was int64) (int64, error) {
	key := [2]string{d.Scope, d.Name}
	if p.drafts[key].Version != was {
		return 0, config.ErrDraftChanged
	}
	if p.drafts == nil {
		p.drafts = map[[2]string]config.Draft{}
	}
	p.saves++
	d.Version = p.saves
	p.drafts[key] = d
	return d.Version, p.err
}

func (p *published) Draft(_ context.Context, scope, name string) (config.Draft, error) {
	d, ok := p.drafts[[2]string{scope, name}]
	if !ok {
		return d, cmp.Or(p.err, config.ErrNoDraft)
	}
	return d, p.err
}

func (p *published) Drafts(_ context.Context, scope string) (out []config.Draft, _ error) {
	for key, d := range p.drafts {
		if key[0] == scope {
			d.Files = nil
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b config.Draft) int { return cmp.Compare(a.Name, b.Name) })
	return out, p.err
}

func (p *published) DeleteDraft(ctx context.Context, scope, name string, version int64) error {
	d, err := p.Draft(ctx, scope, name)
	if err == nil && version != 0 && version != d.Version {
		err = config.ErrDraftChanged
	}
	if err == nil {
		delete(p.drafts, [2]string{scope, name})
	}
	return err
}
