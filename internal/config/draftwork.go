package config

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"switchyard/routing"
)

// DraftSave asks to keep a draft.
type DraftSave struct {
	Tenant  string // whose it is, by name or id; "": the operator's
	Name    string
	Files   []routing.File
	Author  string
	Comment string
	// Version is the one that was changed, 0 for a new draft: another one by now
	// is refused, so that nobody saves over somebody else's work.
	Version int64
}

// SaveDraft keeps a draft and gives it as it is kept. Where its files do not say
// which revision they were made from, it is the one the draft had before, or the
// current one. Mistakes in the files are no reason to refuse them.
// *DraftChangedError, ErrTooManyDrafts, ErrDraftTooLarge, ErrDraftName, and
// ErrNotYours or ErrNoTenant for files of others.
func (h *Holder) SaveDraft(ctx context.Context, r DraftSave) (Draft, error) {
	scope, _, err := h.scopeOf(r.Tenant)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Scope: scope, Name: r.Name, Files: r.Files, Author: r.Author, Comment: r.Comment, UpdatedAt: h.now()}
	if d.Size = d.Bytes(); d.Size > MaxDraftSize {
		return Draft{}, ErrDraftTooLarge
	}
	if !draftName.MatchString(d.Name) {
		return Draft{}, ErrDraftName
	}
	was, err := h.store.Draft(ctx, scope, r.Name)
	if err != nil && !errors.Is(err, ErrNoDraft) {
		return Draft{}, err
	}
	if was.Version != r.Version {
		return Draft{}, &DraftChangedError{was}
	}
	if d.Base, err = h.draftBase(d, was); err != nil {
		return Draft{}, err
	}
	d.Version, err = h.store.SaveDraft(ctx, d, r.Version)
	if errors.Is(err, ErrDraftChanged) {
		return Draft{}, h.draftChanged(ctx, scope, r.Name)
	}
	return d, err
}

// draftBase gives the revisions a draft is made from.
func (h *Holder) draftBase(d, was Draft) (map[string]int, error) {
	parsed, _ := routing.ParseFiles(d.Files)
	r := Request{Tenant: tenantOf(d.Scope)}
	if err := h.ownFiles(r, parsed); err != nil {
		return nil, err
	}
	base := map[string]int{}
	take := func(scope string) {
		rev, written := h.baseOf(r, parsed, scope)
		if before, had := was.Base[scope]; !written && had {
			rev, written = before, true
		}
		if !written {
			rev = h.published().revision(scope)
		}
		base[scope] = rev
	}
	if parsed.OperatorFiles() {
		take(OperatorScope)
	}
	for _, t := range parsed.Tenants {
		if scope, _, err := h.scopeOf(t.Tenant); err == nil {
			take(scope)
		}
	}
	return base, nil
}

// tenantOf is the tenant of a scope, "" for the operator's.
func tenantOf(scope string) routing.TenantID {
	if scope == OperatorScope {
		return ""
	}
	return routing.TenantID(scope)
}

// DraftChangedError is ErrDraftChanged with the draft as it is now, without its
// files; the zero Draft: it is gone.
type DraftChangedError struct{ Now Draft }

// Unwrap implements errors.Unwrap.
func (*DraftChangedError) Unwrap() error { return ErrDraftChanged }

func (e *DraftChangedError) Error() string {
	if e.Now.Version == 0 {
		return "the draft is not there any more"
	}
	return fmt.Sprintf("the draft is at version %d, saved by %s at %s", e.Now.Version, e.Now.Author, e.Now.UpdatedAt.UTC().Format("2006-01-02 15:04:05"))
}

func (h *Holder) draftChanged(ctx context.Context, scope, name string) error {
	now, err := h.store.Draft(ctx, scope, name)
	if err != nil && !errors.Is(err, ErrNoDraft) {
		return err
	}
	now.Files = nil
	return &DraftChangedError{now}
}

// Draft gives a draft of a tenant, by name or id, or the operator's for "";
// ErrNoDraft.
func (h *Holder) Draft(ctx context.Context, tenant, name string) (Draft, error) {
	scope, _, err := h.scopeOf(tenant)
	if err != nil {
		return Draft{}, err
	}
	return h.store.Draft(ctx, scope, name)
}

// Drafts gives a tenant's drafts, or the operator's, by name, without files.
func (h *Holder) Drafts(ctx context.Context, tenant string) ([]Draft, error) {
	scope, _, err := h.scopeOf(tenant)
	if err != nil {
		return nil, err
	}
	return h.store.Drafts(ctx, scope)
}

// DeleteDraft deletes a draft if it is this version, or whichever for 0.
func (h *Holder) DeleteDraft(ctx context.Context, tenant, name string, version int64) error {
	scope, _, err := h.scopeOf(tenant)
	if err != nil {
		return err
	}
	err = h.store.DeleteDraft(ctx, scope, name, version)
	if errors.Is(err, ErrDraftChanged) {
		return h.draftChanged(ctx, scope, name)
	}
	return err
}

// Request gives the request that publishes a draft, on the revisions it was made
// from.
func (d Draft) Request() Request {
	return Request{Files: d.Files, Comment: d.Comment, Base: maps.Clone(d.Base), Tenant: tenantOf(d.Scope)}
}

// PublishDraft publishes a draft of a tenant, or the operator's for "", and
// deletes it; how gives the author, and may change the rest. version is the one
// that was looked at, 0 for whichever. The draft stays when it is refused, and
// when somebody saved it in between.
func (h *Holder) PublishDraft(ctx context.Context, tenant, name string, version int64, how func(*Request)) (Applied, error) {
	d, err := h.Draft(ctx, tenant, name)
	if err != nil {
		return Applied{}, err
	}
	if version != 0 && version != d.Version {
		d.Files = nil
		return Applied{}, &DraftChangedError{d}
	}
	r := d.Request()
	how(&r)
	out, err := h.Apply(ctx, r)
	if err != nil || r.DryRun {
		return out, err
	}
	err = h.store.DeleteDraft(context.WithoutCancel(ctx), d.Scope, d.Name, d.Version)
	if errors.Is(err, ErrDraftChanged) || errors.Is(err, ErrNoDraft) {
		err = nil // somebody goes on with it, or was faster
	}
	return out, err
}
