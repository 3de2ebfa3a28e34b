package config

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"switchyard/routing"
)

// ErrNoRevision means that a scope has no such revision.
var ErrNoRevision = errors.New("there is no such revision")

// RevisionDetail is a revision with what it changed.
type RevisionDetail struct {
	Revision
	Differences []Difference `json:"differences"`
}

// String says who did what: `13 by bob "new hours" changed rules vip`.
func (r RevisionDetail) String() string {
	text := fmt.Sprintf("%d by %s", r.Rev, r.Author)
	if r.Author == "" {
		text = fmt.Sprintf("%d by somebody", r.Rev)
	}
	if r.Comment != "" {
		text += fmt.Sprintf(" %q", r.Comment)
	}
	if len(r.Differences) == 0 {
		return text + " changed nothing"
	}
	var what []string
	last := ""
	for i, d := range r.Differences {
		if i == maxSinceWhat {
			what = append(what, fmt.Sprintf("%d more", len(r.Differences)-i))
			break
		}
		one := d.Kind + " " + d.Name
		if d.Change != last {
			one = d.Change + " " + one
		}
		what, last = append(what, one), d.Change
	}
	return text + " " + strings.Join(what, ", ")
}

// scopeOf finds a scope by a tenant's name or id; "" is the operator's.
func (h *Holder) scopeOf(tenant string) (scope, name string, err error) {
	if tenant == "" {
		return OperatorScope, OperatorScope, nil
	}
	grant, ok := h.Directory().Grant(tenant)
	if !ok {
		return "", "", ErrNoTenant
	}
	return string(grant.ID), grant.Name, nil
}

// nameOf is what people call a scope.
func (h *Holder) nameOf(scope string) string {
	if scope == OperatorScope {
		return OperatorScope
	}
	if _, name, err := h.scopeOf(scope); err == nil {
		return name
	}
	return scope
}

// History gives the revisions of a tenant, by name or id, or the operator's for
// "": the newest first, those before one or all for 0, limit of them at most.
func (h *Holder) History(ctx context.Context, tenant string, before, limit int) ([]Revision, error) {
	scope, _, err := h.scopeOf(tenant)
	if err != nil {
		return nil, err
	}
	return h.store.Revisions(ctx, scope, before, limit)
}

// RevisionAt gives a revision with what it changed; 0 is the current one.
// ErrNoRevision.
func (h *Holder) RevisionAt(ctx context.Context, tenant string, rev int) (RevisionDetail, error) {
	scope, name, err := h.scopeOf(tenant)
	if err != nil {
		return RevisionDetail{}, err
	}
	r, err := h.revision(ctx, scope, rev)
	if err != nil {
		return RevisionDetail{}, err
	}
	return h.detail(ctx, scope, name, r)
}

// revision finds a revision of a scope; 0 is the current one.
func (h *Holder) revision(ctx context.Context, scope string, rev int) (Revision, error) {
	before := 0
	if rev != 0 {
		before = rev + 1
	}
	if rev < 0 {
		return Revision{}, ErrNoRevision
	}
	found, err := h.store.Revisions(ctx, scope, before, 1)
	switch {
	case err != nil:
		return Revision{}, err
	case len(found) == 0 || rev != 0 && found[0].Rev != rev:
		return Revision{}, ErrNoRevision
	}
	return found[0], nil
}

func (h *Holder) detail(ctx context.Context, scope, name string, r Revision) (RevisionDetail, error) {
	was, err := h.store.ConfigAt(ctx, scope, r.Rev-1)
	if err != nil {
		return RevisionDetail{}, err
	}
	now, err := h.store.ConfigAt(ctx, scope, r.Rev)
	if err != nil {
		return RevisionDetail{}, err
	}
	return RevisionDetail{r, compare(name, was, now)}, nil
}

// Between gives what differs from one revision to another: 0 as from is before
// the first one, 0 as to the current one. Also backwards. ErrNoRevision.
func (h *Holder) Between(ctx context.Context, tenant string, from, to int) (Comparison, error) {
	scope, name, err := h.scopeOf(tenant)
	if err != nil {
		return Comparison{}, err
	}
	newer, err := h.revision(ctx, scope, to)
	if errors.Is(err, ErrNoRevision) && to == 0 {
		newer, err = Revision{}, nil // nothing was published yet
	}
	if err != nil {
		return Comparison{}, err
	}
	if from != 0 {
		if _, err := h.revision(ctx, scope, from); err != nil {
			return Comparison{}, err
		}
	}
	was, err := h.store.ConfigAt(ctx, scope, from)
	if err != nil {
		return Comparison{}, err
	}
	now, err := h.store.ConfigAt(ctx, scope, newer.Rev)
	if err != nil {
		return Comparison{}, err
	}
	return Comparison{Scope: name, From: from, To: newer.Rev, Changes: compare(name, was, now)}, nil
}

// Comparison is what differs between two revisions of a scope.
type Comparison struct {
	Scope   string       `json:"scope"`
	From    int          `json:"from"`
	To      int          `json:"to"`
	Changes []Difference `json:"changes"`
}

// Written gives the configuration of a tenant, or the operator's for "", at a
// revision, 0 for the current one, as a file; see WriteTenant.
func (h *Holder) Written(ctx context.Context, tenant string, rev int, o WriteOptions) ([]byte, error) {
	scope, name, err := h.scopeOf(tenant)
	if err != nil {
		return nil, err
	}
	found, err := h.revision(ctx, scope, rev)
	if errors.Is(err, ErrNoRevision) && rev == 0 {
		found, err = Revision{}, nil // nothing was published yet
	}
	if err != nil {
		return nil, err
	}
	objects, err := h.store.ConfigAt(ctx, scope, found.Rev)
	if err != nil {
		return nil, err
	}
	if scope == OperatorScope {
		var cfg routing.OperatorConfig
		for _, o := range objects {
			if err := addOperator(&cfg, o); err != nil {
				return nil, err
			}
		}
		return WriteOperator(cfg, found.Rev)
	}
	cfg := routing.TenantConfig{Tenant: name}
	for _, o := range objects {
		if err := addTenant(&cfg, o); err != nil {
			return nil, err
		}
	}
	return WriteTenant(cfg, found.Rev, o)
}
