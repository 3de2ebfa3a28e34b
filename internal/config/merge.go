package config

import (
	"bytes"
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
}

// publications turns parsed files into one publication a scope, with the
// sections the files name only. An object keeps its id by kind and name.
func (h *Holder) publications(parsed routing.Config, r Request) ([]Publication, []routing.Problem, error) {
	var out []Publication
	var problems []routing.Problem
	publish := func(scope string, sections []section) error {
		base, asked := r.Base[scope]
		if !asked {
			base = h.revisions[scope]
		}
		p := Publication{Scope: scope, Base: base, Author: r.Author, Comment: r.Comment, At: h.now()}
		for _, s := range sections {
			if s.err != nil {
				return s.err
			}
			if !s.present {
				continue
			}
			p.Kinds = append(p.Kinds, s.kind)
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
	if err := publish(OperatorScope, operatorSections(&parsed.Operator, h.idFor(OperatorScope))); err != nil {
		return nil, nil, err
	}
	grants := map[string]string{}
	h.grants(out, func(name, id string) { grants[name], grants[id] = id, id })
	for _, t := range joined(parsed.Tenants, grants) {
		scope, ok := grants[t.Tenant]
		if !ok {
			problems = append(problems, noTenant(t.Tenant))
			continue
		}
		if err := publish(scope, tenantSections(&t, h.idFor(scope))); err != nil {
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

// grants tells the tenants there will be: those being published, else those
// that are.
func (h *Holder) grants(publications []Publication, tell func(name, id string)) {
	for _, p := range publications {
		if p.Scope == OperatorScope && slices.Contains(p.Kinds, "tenants") {
			for _, o := range p.Objects {
				if o.Kind == "tenants" {
					tell(o.Name, o.ID)
				}
			}
			return
		}
	}
	for _, o := range h.objects {
		if o.Scope == OperatorScope && o.Kind == "tenants" {
			tell(o.Name, o.ID)
		}
	}
}

// idFor gives the id an object of a scope has, or a new one.
func (h *Holder) idFor(scope string) func(kind, name string) string {
	ids := map[[2]string]string{}
	for _, o := range h.objects {
		if o.Scope == scope {
			ids[[2]string{o.Kind, o.Name}] = o.ID
		}
	}
	return func(kind, name string) string {
		if id, known := ids[[2]string{kind, name}]; known {
			return id
		}
		return newID()
	}
}

// merge gives the configuration as it will be: the published objects in place
// of those of their kinds, with the positions of the files for the rest.
func (h *Holder) merge(publications []Publication, parsed routing.Config) (routing.Config, error) {
	var objects []Object
	revisions := map[string]int{}
	for scope, rev := range h.revisions {
		revisions[scope] = rev
	}
	for _, o := range h.withoutExpired(h.objects) {
		if !replaced(publications, o) {
			objects = append(objects, o)
		}
	}
	for _, p := range publications {
		objects = append(objects, p.Objects...)
		revisions[p.Scope]++
	}
	slices.SortStableFunc(objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Place, b.Place))
	})
	cfg, err := assemble(objects, revisions)
	if err != nil {
		return cfg, err
	}
	return parsed.WithPositionsFor(cfg), nil
}

func replaced(publications []Publication, o Object) bool {
	for _, p := range publications {
		if p.Scope == o.Scope && slices.Contains(p.Kinds, o.Kind) {
			return true
		}
	}
	return false
}

func (h *Holder) differences(publications []Publication) []Difference {
	names := map[string]string{OperatorScope: OperatorScope}
	h.grants(publications, func(name, id string) { names[id] = name })
	out := []Difference{}
	for _, p := range publications {
		was := map[string]Object{}
		for _, o := range h.objects {
			if o.Scope == p.Scope && slices.Contains(p.Kinds, o.Kind) {
				was[o.Kind+"/"+o.ID] = o
			}
		}
		for _, o := range p.Objects {
			old, known := was[o.Kind+"/"+o.ID]
			delete(was, o.Kind+"/"+o.ID)
			switch {
			case !known:
				out = append(out, Difference{names[p.Scope], o.Kind, o.Name, "added"})
			case !bytes.Equal(old.Body, o.Body) || old.Place != o.Place:
				out = append(out, Difference{names[p.Scope], o.Kind, o.Name, "changed"})
			}
		}
		for _, o := range was {
			out = append(out, Difference{names[p.Scope], o.Kind, o.Name, "removed"})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Change, b.Change))
	})
	return out
}

func noTenant(name string) routing.Problem {
	return routing.Problem{Path: "tenant", Message: fmt.Sprintf("there is no tenant %q", name),
		Hint: "the operator's file grants tenants: apply it first, or together with this one"}
}
