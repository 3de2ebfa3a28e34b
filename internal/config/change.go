package config

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"switchyard/routing"
)

// ErrNoTenant means that the operator grants no such tenant.
var ErrNoTenant = errors.New("there is no such tenant")

// Change changes a tenant's configuration by f, which gets it as it is
// published and may refuse with an error of its own. The result is checked and
// published like Apply, as a new revision, and refused with Problems. If
// another server published meanwhile, f is called once more, on what that one
// made. The tenant is a name or an id.
func (h *Holder) Change(ctx context.Context, tenant, author, comment string, f func(*routing.TenantConfig) error) (Applied, error) {
	grant, ok := h.Directory().Grant(tenant)
	if !ok {
		return Applied{}, ErrNoTenant
	}
	release, err := h.locks.take(ctx, string(grant.ID))
	if err != nil {
		return Applied{}, err
	}
	defer release()
	p := Publication{Author: author, Comment: comment, At: h.now()}
	return h.again(ctx, func() (Applied, error) { return h.changeTenant(ctx, tenant, p, f) })
}

// changeTenant is Change with the tenant's lock held.
func (h *Holder) changeTenant(ctx context.Context, tenant string, p Publication, f func(*routing.TenantConfig) error) (Applied, error) {
	base := h.current.Load()
	cfg, id, err := base.tenant(tenant)
	if err != nil {
		return Applied{}, err
	}
	if err := f(&cfg); err != nil {
		return Applied{}, err
	}
	p.Scope, p.Base = string(id), base.state.revision(string(id))
	if err := addChanged(base, &p, &cfg); err != nil {
		return Applied{}, err
	}
	var publications []Publication
	if len(p.Kinds) > 0 {
		publications = append(publications, p)
	}
	out, err := h.settle(ctx, proposal{base: base, publications: publications})
	var problems Problems
	if errors.As(err, &problems) {
		// Warnings about what was there before are not why.
		return out, slices.DeleteFunc(problems, func(p routing.Problem) bool { return p.Warning })
	}
	return out, err
}

// addChanged puts the sections of cfg that differ from what is published into p.
func addChanged(base *running, p *Publication, cfg *routing.TenantConfig) error {
	was := byKind(base.state.of(p.Scope))
	// What came from Tenant has its ids; what has none is new, whatever its name.
	known := idFor(base.state, p.Scope)
	assign := func(kind, name string) string {
		if isSetting(kind) {
			return known(kind, name)
		}
		return newID()
	}
	for _, s := range tenantSections(cfg, base.blocklistOf(p.Scope), assign) {
		if s.err != nil {
			return s.err
		}
		if isSetting(s.kind) && !s.present && len(was[s.kind]) == 0 {
			continue
		}
		if slices.EqualFunc(was[s.kind], s.objects, sameSaid) {
			continue
		}
		p.Kinds = append(p.Kinds, s.kind)
		p.Objects = slices.Grow(p.Objects, len(s.objects))
		for _, o := range s.objects {
			o.Scope = p.Scope
			p.Objects = append(p.Objects, o)
		}
	}
	return nil
}

// byKind takes a scope's objects, which are in order, apart.
func byKind(objects []Object) map[string][]Object {
	kinds := map[string][]Object{}
	for from := 0; from < len(objects); {
		to := from + 1
		for to < len(objects) && objects[to].Kind == objects[from].Kind {
			to++
		}
		kinds[objects[from].Kind] = objects[from:to:to]
		from = to
	}
	return kinds
}

func sameObject(a, b Object) bool { return a.Place == b.Place && sameSaid(a, b) }

// sameSaid tells whether two objects of a kind say the same, wherever they stand.
func sameSaid(a, b Object) bool {
	return a.ID == b.ID && a.Name == b.Name && bytes.Equal(a.Body, b.Body)
}

// Tenant gives a tenant's configuration as it is published, and its id; the
// caller may change it. ErrNoTenant if there is no such tenant.
func (h *Holder) Tenant(nameOrID string) (routing.TenantConfig, routing.TenantID, error) {
	return h.current.Load().tenant(nameOrID)
}

func (r *running) tenant(nameOrID string) (routing.TenantConfig, routing.TenantID, error) {
	grant, ok := r.directory.Grant(nameOrID)
	if !ok {
		return routing.TenantConfig{}, "", ErrNoTenant
	}
	cfg := routing.TenantConfig{Tenant: grant.Name}
	return cfg, grant.ID, addAll(&cfg, r.state.of(string(grant.ID)), r.blocklistOf(string(grant.ID)))
}
