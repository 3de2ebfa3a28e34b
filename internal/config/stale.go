package config

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"switchyard/routing"
)

// StaleError is ErrStale with what happened since.
type StaleError struct{ Scopes []StaleScope }

// StaleScope is a scope that others changed.
type StaleScope struct {
	Scope   string `json:"scope"` // the tenant's name, or operator
	Base    int    `json:"base"`  // what the change was made from
	Current int    `json:"current"`
	// Since are the revisions in between, the oldest first: the last few.
	Since []RevisionDetail `json:"since"`
}

// Unwrap implements errors.Unwrap.
func (*StaleError) Unwrap() error { return ErrStale }

func (e *StaleError) Error() string {
	texts := make([]string, len(e.Scopes))
	for i, s := range e.Scopes {
		texts[i] = s.String()
	}
	return strings.Join(texts, "\n")
}

// String says it to people: `acme is at revision 14, this was made from 12:
// 13 by bob "new hours" changed rules vip; 14 by ann added lists vip`.
func (s StaleScope) String() string {
	text := fmt.Sprintf("%s is at revision %d, this was made from %d", s.Scope, s.Current, s.Base)
	if s.Base > s.Current {
		return text + ", which there never was"
	}
	since := make([]string, 0, len(s.Since)+1)
	if n := s.Current - s.Base - len(s.Since); n > 0 {
		since = append(since, fmt.Sprintf("%d before the last %d", n, len(s.Since)))
	}
	for _, r := range s.Since {
		since = append(since, r.String())
	}
	return text + ": " + strings.Join(since, "; ")
}

// Bounds of what is told of others' changes.
const (
	maxSince     = 5 // revisions
	maxSinceWhat = 3 // objects of each, in text
)

// strangeBases refuses base revisions of what a request does not change: a name
// spelt wrongly would turn the protection off.
func (h *Holder) strangeBases(r Request, parsed routing.Config, publications []Publication) []routing.Problem {
	var problems []routing.Problem
	for _, name := range slices.Sorted(maps.Keys(r.Base)) {
		ours := slices.ContainsFunc(publications, func(p Publication) bool { return name == p.Scope || name == h.nameOf(p.Scope) }) ||
			slices.ContainsFunc(parsed.Tenants, func(t routing.TenantConfig) bool { return name == t.Tenant || name == h.nameOf(t.Tenant) })
		if !ours {
			problems = append(problems, routing.Problem{Path: "base." + name, Message: "the files say nothing of it",
				Hint: `base is the revision by tenant's name or id, or by "operator"`})
		}
	}
	return problems
}

// onBase refuses publications whose files were made from another revision than
// the current one, and puts the others on that one. Overrides
// of schedules are set by phones: that they changed is no reason where the files
// say nothing of them.
func (h *Holder) onBase(ctx context.Context, at *state, r Request, parsed routing.Config, publications []Publication) error {
	stale := &StaleError{}
	for i := range publications {
		p := &publications[i]
		base, said := h.baseOf(r, parsed, p.Scope)
		current := at.revision(p.Scope)
		p.Base = current
		switch {
		case !said && r.NeedsBase:
			return &NoBaseError{h.nameOf(p.Scope)}
		case !said || base == current:
			continue
		}
		s := StaleScope{Scope: h.nameOf(p.Scope), Base: base, Current: current}
		if base >= 0 && base < current {
			overridden, err := h.onlyOverridden(ctx, at, p, base)
			if err != nil {
				return err
			}
			if overridden {
				continue
			}
			if s.Since, err = h.since(ctx, p.Scope, s.Scope, base, current); err != nil {
				return err
			}
		}
		stale.Scopes = append(stale.Scopes, s)
	}
	if len(stale.Scopes) > 0 {
		return stale
	}
	return nil
}

// NoBaseError means that files do not say which revision they were made from,
// and have to.
type NoBaseError struct{ Scope string }

func (e *NoBaseError) Error() string {
	return fmt.Sprintf("the files of %s do not say which revision they were made from", e.Scope)
}

// baseOf gives the revision a scope's part of a request was made from: what the
// request says, by the scope's name or id, else its files.
func (h *Holder) baseOf(r Request, parsed routing.Config, scope string) (int, bool) {
	for _, key := range []string{scope, h.nameOf(scope)} {
		if base, said := r.Base[key]; said {
			return base, true
		}
	}
	if scope == OperatorScope {
		return said(parsed.Operator.Revision)
	}
	for _, t := range parsed.Tenants {
		if t.Tenant == scope || t.Tenant == h.nameOf(scope) {
			if base, ok := said(t.Revision); ok {
				return base, true
			}
		}
	}
	return 0, false
}

func said(rev *int) (int, bool) {
	if rev == nil {
		return 0, false
	}
	return *rev, true
}

// onlyOverridden tells whether nothing but overrides, of which a publication
// says nothing, changed since a revision.
func (h *Holder) onlyOverridden(ctx context.Context, at *state, p *Publication, base int) (bool, error) {
	if slices.Contains(p.Kinds, overridesKind) {
		return false, nil
	}
	was, err := h.store.ConfigAt(ctx, p.Scope, base)
	if err != nil {
		return false, err
	}
	changes := compare("", was, at.of(p.Scope))
	return !slices.ContainsFunc(changes, func(d Difference) bool { return d.Kind != overridesKind }), nil
}

// since tells of the last revisions up to a current one, the oldest first.
func (h *Holder) since(ctx context.Context, scope, name string, base, current int) ([]RevisionDetail, error) {
	revisions, err := h.store.Revisions(ctx, scope, current+1, min(current-base, maxSince))
	if err != nil {
		return nil, err
	}
	out := make([]RevisionDetail, len(revisions))
	for i, r := range revisions {
		if out[len(out)-1-i], err = h.detail(ctx, scope, name, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}
