package config

import (
	"context"
	"errors"

	"switchyard/routing"
)

// FileDiff is what files would change.
type FileDiff struct {
	Changes   []Difference   `json:"changes"`
	Revisions map[string]int `json:"revisions"` // current ones, of the scopes the files are of
	// Stale are the scopes that others changed since the files were made.
	Stale []StaleScope `json:"stale,omitempty"`
	// Problems are those in the files themselves; whether all of it fits together
	// is what Check tells.
	Problems []routing.Problem `json:"problems,omitempty"`
}

// Diff compares files with what is published. It changes nothing.
func (h *Holder) Diff(ctx context.Context, r Request) (FileDiff, error) {
	p, err := h.proposalOf(ctx, r)
	out := FileDiff{Revisions: map[string]int{}}
	var stale *StaleError
	if errors.As(err, &stale) {
		out.Stale, err = stale.Scopes, nil
	}
	if err != nil {
		return FileDiff{}, err
	}
	for _, change := range p.publications {
		out.Revisions[h.nameOf(change.Scope)] = p.base.state.revision(change.Scope)
	}
	_, out.Changes = edited(p.base.state, p.publications)
	out.Problems = h.onlyOwn(r.Tenant, p.problems)
	return out, nil
}

// Checked is what there is to say of files before they are published.
type Checked struct {
	Problems []routing.Problem    `json:"problems"`
	Tests    []routing.TestResult `json:"tests"` // of the tenants that change
	Stale    []StaleScope         `json:"stale,omitempty"`
	// Refused: they could not be published as they are.
	Refused bool `json:"refused"`
}

// Check checks files with everything they do not name, like Apply does, and
// changes nothing.
func (h *Holder) Check(ctx context.Context, r Request) (Checked, error) {
	p, err := h.proposalOf(ctx, r)
	out := Checked{}
	var stale *StaleError
	if errors.As(err, &stale) {
		out.Stale, err = stale.Scopes, nil
	}
	if err != nil {
		return Checked{}, err
	}
	c, err := h.proposed(ctx, p)
	if err != nil {
		return Checked{}, err
	}
	out.Refused = c.directory == nil || len(out.Stale) > 0
	out.Problems = append([]routing.Problem{}, c.problems...)
	out.Tests = append([]routing.TestResult{}, c.tests...)
	return out, nil
}
