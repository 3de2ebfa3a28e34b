package config

import (
	"cmp"
	"fmt"
	"slices"

	"switchyard/routing"
)

// Difference is one object a change adds, changes or removes.
type Difference struct {
	Scope  string `json:"scope"` // "operator" or the tenant's name
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Change string `json:"change"` // added, changed, removed
	// Fields are what differs in an object that changed, and More how many more
	// there are.
	Fields []FieldChange `json:"fields,omitempty"`
	More   int           `json:"more,omitempty"`
}

// publications turns parsed files into one publication a scope, with the
// sections the files name only. An object keeps its id by kind and name.
func (h *Holder) publications(base *state, parsed routing.Config, r Request) ([]Publication, []routing.Problem, error) {
	var out []Publication
	var problems []routing.Problem
	publish := func(scope string, sections []section) error {
		rev, asked := r.Base[scope]
		if !asked {
			rev = base.revision(scope)
		}
		p := Publication{Scope: scope, Base: rev, Author: r.Author, Comment: r.Comment, At: h.now()}
		for _, s := range sections {
			if s.err != nil {
				return s.err
			}
			if !s.present {
				continue
			}
			p.Kinds = append(p.Kinds, s.kind)
			p.Objects = slices.Grow(p.Objects, len(s.objects))
			for _, o := range s.objects {
				o.Scope = scope
				p.Objects = append(p.Objects, o)
			}
		}
		if len(p.Kinds) > 0 {
			out = append(out, p)
		}
		return nil
	}
	if err := publish(OperatorScope, operatorSections(&parsed.Operator, idFor(base, OperatorScope))); err != nil {
		return nil, nil, err
	}
	grants := map[string]string{}
	tenantsAfter(base, out, func(name, id string) { grants[name], grants[id] = id, id })
	for _, t := range joined(parsed.Tenants, grants) {
		scope, ok := grants[t.Tenant]
		if !ok {
			problems = append(problems, noTenant(t.Tenant))
			continue
		}
		if err := publish(scope, tenantSections(&t, nil, idFor(base, scope))); err != nil {
			return nil, nil, err
		}
	}
	return out, problems, nil
}

// joined puts together what files say of one tenant, by its name in some and
// by its id in others.
func joined(tenants []routing.TenantConfig, scopes map[string]string) []routing.TenantConfig {
	var out []routing.TenantConfig
	for _, t := range tenants {
		i := slices.IndexFunc(out, func(o routing.TenantConfig) bool {
			return scopes[t.Tenant] != "" && scopes[o.Tenant] == scopes[t.Tenant]
		})
		if i < 0 {
			out = append(out, t)
			continue
		}
		out[i].Join(t)
	}
	return out
}

// tenantsAfter tells the tenants there will be: those being published, else
// those that are.
func tenantsAfter(base *state, publications []Publication, tell func(name, id string)) {
	objects := base.of(OperatorScope)
	for _, p := range publications {
		if p.Scope == OperatorScope && slices.Contains(p.Kinds, "tenants") {
			objects = p.Objects
		}
	}
	for _, o := range objects {
		if o.Kind == "tenants" {
			tell(o.Name, o.ID)
		}
	}
}

// idFor gives the id an object of a scope has, or a new one.
func idFor(base *state, scope string) func(kind, name string) string {
	kinds := byKind(base.of(scope))
	ids := map[string]map[string]string{} // by kind and name, of the kinds that were asked for
	return func(kind, name string) string {
		if ids[kind] == nil {
			ids[kind] = make(map[string]string, len(kinds[kind]))
			for i := range kinds[kind] {
				ids[kind][kinds[kind][i].Name] = kinds[kind][i].ID
			}
		}
		if id, known := ids[kind][name]; known {
			return id
		}
		return newID()
	}
}

// edited gives each scope as it will be, and what is different.
func edited(base *state, publications []Publication) (map[string]*scopeState, []Difference) {
	names := map[string]string{OperatorScope: OperatorScope}
	tenantsAfter(base, publications, func(name, id string) { names[id] = name })
	scopes := map[string]*scopeState{}
	differences := []Difference{}
	for i := range publications {
		p := &publications[i]
		was := base.of(p.Scope)
		edit := editOf(was, p)
		p.Edit = &edit
		scopes[p.Scope] = &scopeState{revision: p.Base + 1, objects: changed(was, edit.Gone, edit.Added)}
		found := edit.differences(names[p.Scope], was, p)
		p.Changes = len(found)
		differences = append(differences, found...)
	}
	slices.SortFunc(differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Change, b.Change))
	})
	return scopes, differences
}

func noTenant(name string) routing.Problem {
	return routing.Problem{Path: "tenant", Message: fmt.Sprintf("there is no tenant %q", name),
		Hint: "the operator's file grants tenants: apply it first, or together with this one"}
}
