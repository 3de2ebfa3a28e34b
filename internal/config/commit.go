package config

import (
	"context"
	"errors"
	"slices"

	"switchyard/routing"
)

// commitTries is how often a change is checked again because others published
// something that it was not checked with.
const commitTries = 10

// commit stores a proposal, and gives the directory it was checked in last.
func (h *Holder) commit(ctx context.Context, p proposal, directory *routing.Directory) (map[string]int, *routing.Directory, error) {
	for try := 1; ; try++ {
		revisions, err := h.store.PublishConfig(ctx, checkedWith(p))
		if !errors.Is(err, ErrStale) || try == commitTries {
			return revisions, directory, err
		}
		if _, behind := h.catchUp(ctx); behind != nil {
			return nil, nil, behind
		}
		now := h.current.Load()
		for _, pub := range p.publications {
			if now.state.revision(pub.Scope) != pub.Base {
				return nil, nil, ErrStale // somebody changed the same
			}
		}
		if directory, err = h.recheck(ctx, &p, now, directory); err != nil {
			return nil, nil, err
		}
	}
}

// checkedWith notes what the publications were checked with.
func checkedWith(p proposal) []Publication {
	_, operator := p.scopes[OperatorScope]
	out := slices.Clone(p.publications)
	for i := range out {
		if out[i].Scope == OperatorScope {
			out[i].Version = p.base.state.version + 1
		} else if !operator {
			out[i].Operator = p.base.state.revision(OperatorScope)
		}
	}
	return out
}

// recheck checks a proposal with what others published meanwhile. Under a
// change of the operator, those are the tenants that changed.
func (h *Holder) recheck(ctx context.Context, p *proposal, now *running, checked *routing.Directory) (*routing.Directory, error) {
	was := p.base
	p.base = now
	_, operator := p.scopes[OperatorScope]
	if !operator || now.state.revision(OperatorScope) != was.state.revision(OperatorScope) {
		c, err := h.proposed(ctx, *p)
		if err == nil && c.directory == nil {
			err = Problems(c.problems)
		}
		return c.directory, err
	}
	change := routing.Change{Config: routing.Config{Revisions: map[routing.TenantID]int{}, Now: h.now()}}
	change.Stored = func(id routing.TenantID) routing.Stored { return stored{now.state.scopes[string(id)], h.now, nil} }
	for scope, found := range now.state.scopes {
		if was.state.scopes[scope] == found || p.scopes[scope] != nil {
			continue
		}
		grant, ok := checked.Grant(scope)
		if !ok {
			continue
		}
		tenant, err := stored{found, h.now, nil}.Config()
		if err != nil {
			return nil, err
		}
		tenant.Tenant = grant.Name
		change.Config.Tenants = append(change.Config.Tenants, tenant)
		change.Config.Revisions[grant.ID] = found.revision
	}
	directory, problems := checked.With(change)
	if directory == nil {
		return nil, Problems(problems)
	}
	return directory, nil
}

func scopeName(d *routing.Directory, scope string) string {
	if grant, ok := d.Grant(scope); ok {
		return grant.Name
	}
	return scope
}
