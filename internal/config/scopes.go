package config

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"switchyard/routing"
)

// state is all that is published, by scope; it never changes. Scopes that a
// change does not touch are shared with the state before it.
type state struct {
	version int64 // of the store when it was loaded, or an earlier one
	scopes  map[string]*scopeState
}

// scopeState is what is published of one scope; it never changes.
type scopeState struct {
	revision int
	objects  []Object // in order of kind and place
}

func newState(version int64, objects []Object, revisions map[string]int) *state {
	s := &state{version: version, scopes: make(map[string]*scopeState, len(revisions))}
	for scope, rev := range revisions {
		s.scopes[scope] = &scopeState{revision: rev}
	}
	for from := 0; from < len(objects); {
		to := from + 1
		for to < len(objects) && objects[to].Scope == objects[from].Scope {
			to++
		}
		scope := objects[from].Scope
		if s.scopes[scope] == nil {
			s.scopes[scope] = &scopeState{}
		}
		s.scopes[scope].objects = packed(objects[from:to])
		from = to
	}
	return s
}

func (s *state) of(scope string) []Object {
	if found := s.scopes[scope]; found != nil {
		return found.objects
	}
	return nil
}

func (s *state) revision(scope string) int {
	if found := s.scopes[scope]; found != nil {
		return found.revision
	}
	return 0
}

// revisions are those of all scopes.
func (s *state) revisions() map[string]int {
	all := make(map[string]int, len(s.scopes))
	for scope, found := range s.scopes {
		all[scope] = found.revision
	}
	return all
}

// with gives the state with some scopes in place of those it has.
func (s *state) with(version int64, scopes map[string]*scopeState) *state {
	next := &state{version: max(version, s.version), scopes: maps.Clone(s.scopes)}
	maps.Copy(next.scopes, scopes)
	return next
}

// packed gives copies of a scope's objects that need little memory: their texts
// are cut from three long ones.
func packed(objects []Object) []Object {
	var names, bodies int
	for i := range objects {
		names += len(objects[i].ID) + len(objects[i].Name)
		bodies += len(objects[i].Body)
	}
	var text strings.Builder
	text.Grow(names)
	body := make([]byte, 0, bodies)
	for i := range objects {
		text.WriteString(objects[i].ID)
		text.WriteString(objects[i].Name)
		body = append(body, objects[i].Body...)
	}
	all, at, from := text.String(), 0, 0
	cut := func(n int) string { at += n; return all[at-n : at] }
	out := make([]Object, len(objects))
	for i, o := range objects {
		if i > 0 && o.Scope == out[0].Scope {
			o.Scope = out[0].Scope
		}
		if i > 0 && o.Kind == out[i-1].Kind {
			o.Kind = out[i-1].Kind
		}
		o.ID, o.Name = cut(len(o.ID)), cut(len(o.Name))
		to := from + len(o.Body)
		o.Body, from = json.RawMessage(body[from:to:to]), to
		out[i] = o
	}
	return out
}

// changed gives the objects of a scope without those that are gone and with
// those that are added, in order.
func changed(objects []Object, gone []Object, added []Object) []Object {
	type key struct{ kind, id string }
	without := make(map[key]bool, len(gone)+len(added))
	for _, list := range [][]Object{gone, added} {
		for i := range list {
			without[key{list[i].Kind, list[i].ID}] = true
		}
	}
	out := make([]Object, 0, len(objects)+len(added)-len(gone))
	for _, o := range objects {
		if !without[key{o.Kind, o.ID}] {
			out = append(out, o)
		}
	}
	out = append(out, packed(added)...)
	slices.SortStableFunc(out, inOrder)
	return out
}

// stored is a tenant's part of a state, to be compiled.
type stored struct {
	*scopeState
	now func() time.Time
	was *earlier // nil: nothing
}

var _ routing.Stored = stored{}

// Config implements routing.Stored.
func (s stored) Config() (routing.TenantConfig, error) {
	var cfg routing.TenantConfig
	return cfg, addAll(&cfg, withoutExpiredAt(s.objects, s.now()), s.was.take())
}

// Revision implements routing.Stored.
func (s stored) Revision() int { return s.revision }

// WebhookIDs implements routing.Stored.
func (s stored) WebhookIDs() []string {
	var ids []string
	for i := range s.objects {
		if o := &s.objects[i]; o.Kind == "webhooks" {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// addAll puts objects into a tenant's configuration. was is its blocklist before,
// or nil.
func addAll(cfg *routing.TenantConfig, objects []Object, was *readBlocklist) error {
	kinds := byKind(objects)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if kind == blocklistKind {
			var err error
			if cfg.Blocklist, err = was.read(cfg.Blocklist, kinds[kind]); err != nil {
				return err
			}
			continue
		}
		for _, o := range kinds[kind] {
			if err := addTenant(cfg, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// operatorOf reads what the operator owns.
func operatorOf(objects []Object) (routing.OperatorConfig, error) {
	var cfg routing.OperatorConfig
	for _, o := range objects {
		if err := addOperator(&cfg, o); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}
