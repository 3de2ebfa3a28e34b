package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"switchyard/routing"
)

// RollbackRequest asks for the content of an earlier revision.
type RollbackRequest struct {
	Tenant  string // name or id; "": what the operator owns
	To      int
	Author  string
	Comment string
	// Base, if not nil, is the revision that whoever asks saw; another current one
	// is refused with a StaleError.
	Base      *int
	DryRun    bool
	SkipTests bool // see Request
}

// Rollback publishes what a scope was at an earlier revision, as a new one,
// checked like any other change: what has become impossible since is refused
// with Problems. Overrides of schedules stay as they are, they are for now.
func (h *Holder) Rollback(ctx context.Context, r RollbackRequest) (Applied, error) {
	scope, _, err := h.scopeOf(r.Tenant)
	if err != nil {
		return Applied{}, err
	}
	release, err := h.locks.take(ctx, scope)
	if err != nil {
		return Applied{}, err
	}
	defer release()
	return h.again(ctx, func() (Applied, error) { return h.rollback(ctx, r) })
}

// rollback is Rollback with the scope's lock held.
func (h *Holder) rollback(ctx context.Context, r RollbackRequest) (Applied, error) {
	scope, name, err := h.scopeOf(r.Tenant)
	if err != nil {
		return Applied{}, err
	}
	base := h.current.Load()
	if _, err := h.revision(ctx, scope, r.To); r.To == 0 || errors.Is(err, ErrNoRevision) {
		return Applied{}, &NoRevisionError{name, r.To, base.state.revision(scope)}
	} else if err != nil {
		return Applied{}, err
	}
	target, err := h.store.ConfigAt(ctx, scope, r.To)
	if err != nil {
		return Applied{}, err
	}
	comment := fmt.Sprintf("rollback to revision %d", r.To)
	if r.Comment != "" {
		comment += ": " + r.Comment
	}
	if r.SkipTests {
		comment += " (tests skipped)"
	}
	p := Publication{Scope: scope, Base: base.state.revision(scope), Author: r.Author, Comment: comment, At: h.now()}
	addRestored(base.state, &p, target)
	asked := Request{}
	if r.Base != nil {
		asked.Base = map[string]int{scope: *r.Base}
	}
	all := []Publication{p}
	if err := h.onBase(ctx, base.state, asked, routing.Config{}, all); err != nil {
		return Applied{}, err
	}
	if len(p.Kinds) == 0 {
		all = nil
	}
	out, err := h.settle(ctx, proposal{base: base, publications: all, dryRun: r.DryRun, skipTests: r.SkipTests, tenant: tenantOf(scope)})
	if len(all) == 0 && err == nil {
		out.Revisions[name] = base.state.revision(scope)
	}
	return out, err
}

// NoRevisionError is ErrNoRevision with what there is.
type NoRevisionError struct {
	Scope        string
	Rev, Current int
}

// Unwrap implements errors.Unwrap.
func (*NoRevisionError) Unwrap() error { return ErrNoRevision }

func (e *NoRevisionError) Error() string {
	return fmt.Sprintf("%s has no revision %d; it is at %d", e.Scope, e.Rev, e.Current)
}

// addRestored puts the sections into p that are not as in target.
func addRestored(base *state, p *Publication, target []Object) {
	was, will := kinds(base.of(p.Scope)), kinds(target)
	for kind := range was {
		if _, stays := will[kind]; !stays {
			will[kind] = nil
		}
	}
	for kind, objects := range will {
		if kind == overridesKind || slices.EqualFunc(was[kind], objects, sameSaid) {
			continue
		}
		p.Kinds = append(p.Kinds, kind)
		p.Objects = append(p.Objects, objects...)
	}
	slices.Sort(p.Kinds)
	slices.SortStableFunc(p.Objects, func(a, b Object) int { return strings.Compare(a.Kind, b.Kind) })
}

// kinds takes objects apart by kind, each in its order.
func kinds(objects []Object) map[string][]Object {
	out := map[string][]Object{}
	for _, o := range objects {
		out[o.Kind] = append(out[o.Kind], o)
	}
	return out
}
