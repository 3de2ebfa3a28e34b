package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	h.change.Lock()
	defer h.change.Unlock()
	if err := ctx.Err(); err != nil {
		return Applied{}, err
	}
	p := Publication{Author: author, Comment: comment, At: h.now()}
	out, err := h.changeTenant(ctx, tenant, p, f)
	if !errors.Is(err, ErrStale) {
		return out, err
	}
	if err := h.load(ctx); err != nil {
		return Applied{}, err
	}
	return h.changeTenant(ctx, tenant, p, f)
}

// changeTenant is Change with change held.
func (h *Holder) changeTenant(ctx context.Context, tenant string, p Publication, f func(*routing.TenantConfig) error) (Applied, error) {
	cfg, id, err := h.Tenant(tenant)
	if err != nil {
		return Applied{}, err
	}
	if err := f(&cfg); err != nil {
		return Applied{}, err
	}
	p.Scope, p.Base = string(id), h.revisions[string(id)]
	if err := h.addChanged(&p, &cfg); err != nil {
		return Applied{}, err
	}
	var publications []Publication
	if len(p.Kinds) > 0 {
		publications = append(publications, p)
	}
	out, err := h.settle(ctx, proposal{publications: publications})
	var problems Problems
	if errors.As(err, &problems) {
		// Warnings about what was there before are not why.
		return out, slices.DeleteFunc(problems, func(p routing.Problem) bool { return p.Warning })
	}
	return out, err
}

// addChanged puts the sections of cfg that differ from what is published into p.
func (h *Holder) addChanged(p *Publication, cfg *routing.TenantConfig) error {
	was := map[string][]Object{}
	for _, o := range h.published.Load().of(p.Scope) {
		was[o.Kind] = append(was[o.Kind], o)
	}
	// What came from Tenant has its ids; what has none is new, whatever its name.
	known := h.idFor(p.Scope)
	assign := func(kind, name string) string {
		if isSetting(kind) {
			return known(kind, name)
		}
		return newID()
	}
	for _, s := range tenantSections(cfg, assign) {
		if s.err != nil {
			return s.err
		}
		if isSetting(s.kind) && !s.present && len(was[s.kind]) == 0 {
			continue
		}
		if slices.EqualFunc(was[s.kind], s.objects, sameObject) {
			continue
		}
		p.Kinds = append(p.Kinds, s.kind)
		for _, o := range s.objects {
			o.Scope = p.Scope
			p.Objects = append(p.Objects, o)
		}
	}
	return nil
}

func sameObject(a, b Object) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Place == b.Place && bytes.Equal(a.Body, b.Body)
}

// Tenant gives a tenant's configuration as it is published, and its id; the
// caller may change it. ErrNoTenant if there is no such tenant.
func (h *Holder) Tenant(nameOrID string) (routing.TenantConfig, routing.TenantID, error) {
	plan, ok := h.Directory().Plan(nameOrID)
	if !ok {
		return routing.TenantConfig{}, "", ErrNoTenant
	}
	grant := plan.Tenant()
	cfg := routing.TenantConfig{Tenant: grant.Name}
	for _, o := range h.published.Load().of(string(grant.ID)) {
		if err := addTenant(&cfg, o); err != nil {
			return cfg, "", err
		}
	}
	return cfg, grant.ID, nil
}

// DirectoryAt gives a directory with one tenant alone, by its id, as it was at
// a revision; what the operator owns is as it is now.
func (h *Holder) DirectoryAt(ctx context.Context, tenant routing.TenantID, rev int) (*routing.Directory, error) {
	if _, ok := h.Directory().Plan(string(tenant)); !ok {
		return nil, ErrNoTenant
	}
	objects, err := h.store.ConfigAt(ctx, string(tenant), rev)
	if err != nil {
		return nil, err
	}
	for _, o := range h.published.Load().of(OperatorScope) {
		if o.Kind != "tenants" || o.ID == string(tenant) {
			objects = append(objects, o)
		}
	}
	cfg, err := assemble(objects, map[string]int{string(tenant): rev})
	if err != nil {
		return nil, err
	}
	directory, problems := routing.Compile(cfg)
	if directory == nil {
		return nil, fmt.Errorf("revision %d does not pass the checks of today: %w", rev, Problems(problems))
	}
	return directory, nil
}

// published is all that is published, by scope; it never changes.
type published struct{ scopes map[string][]Object }

func (p *published) of(scope string) []Object { return p.scopes[scope] }

// byScope takes objects in which those of a scope follow each other.
func byScope(objects []Object) *published {
	p := &published{scopes: map[string][]Object{}}
	for from := 0; from < len(objects); {
		to := from + 1
		for to < len(objects) && objects[to].Scope == objects[from].Scope {
			to++
		}
		p.scopes[objects[from].Scope] = objects[from:to:to]
		from = to
	}
	return p
}
