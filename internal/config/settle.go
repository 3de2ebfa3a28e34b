package config

import (
	"context"
	"fmt"
	"slices"

	"switchyard/routing"
)

// proposal is a change that was not checked yet.
type proposal struct {
	base         *running // what the change was made of; nil: what is there now
	publications []Publication
	parsed       routing.Config    // for positions; zero where there were no files
	problems     []routing.Problem // that are known already
	dryRun       bool
	skipTests    bool
	tenant       routing.TenantID // whose request it is, "" for the operator's

	scopes      map[string]*scopeState // as they will be
	differences []Difference
}

// settle checks a proposal as a whole and publishes it, or refuses it with
// Problems; every change goes through it. What others publish meanwhile is
// noticed by the store, whichever locks are held.
func (h *Holder) settle(ctx context.Context, p proposal) (Applied, error) {
	if h.stale.Load() != nil {
		return Applied{}, ErrAway
	}
	if p.base == nil {
		p.base = h.current.Load()
	}
	p.scopes, p.differences = edited(p.base.state, p.publications)
	c, err := h.proposed(ctx, p)
	if err != nil {
		return Applied{}, err
	}
	if c.directory == nil {
		return Applied{}, Problems(c.problems)
	}
	return h.publish(ctx, p, c)
}

// progressEvery is how many tenants the log tells of a long check.
const progressEvery = 500

// checked is what became of a proposal.
type checked struct {
	directory *routing.Directory // nil: it is refused
	problems  []routing.Problem  // warnings alone if it is not refused
	tests     []routing.TestResult
}

// proposed gives the directory there would be, and every problem. Tests are run
// on a directory that compiles.
func (h *Holder) proposed(ctx context.Context, p proposal) (checked, error) {
	if p.base == nil {
		p.base = h.current.Load()
	}
	if p.scopes == nil {
		p.scopes, p.differences = edited(p.base.state, p.publications)
	}
	change, err := h.changeOf(p)
	if err != nil {
		return checked{}, err
	}
	change.Progress = func(checked, all int) bool {
		if checked > 0 && checked%progressEvery == 0 {
			h.log.Info().Int("checked", checked).Int("of", all).Msg("checking tenants under what the operator publishes")
		}
		return ctx.Err() == nil
	}
	c := checked{problems: slices.Concat(p.problems, unkept(p.publications))}
	directory, found := p.base.directory.With(change)
	if err := ctx.Err(); err != nil && directory == nil {
		return checked{}, err
	}
	c.problems = append(c.problems, found...)
	if directory != nil && !routing.Refused(c.problems) {
		ran, failed := h.tested(p, change.Config, directory)
		c.tests, c.problems = ran, append(c.problems, failed...)
	}
	c.problems = h.onlyOwn(p.tenant, c.problems)
	routing.SortProblems(c.problems)
	if !routing.Refused(c.problems) {
		c.directory = directory
	}
	return c, nil
}

// changeOf gives what a proposal changes, read anew from what will be stored.
func (h *Holder) changeOf(p proposal) (routing.Change, error) {
	cfg := routing.Config{Revisions: map[routing.TenantID]int{}, Now: h.now()}
	granted := p.base.directory.Grant
	operator, changes := p.scopes[OperatorScope]
	if changes {
		var err error
		if cfg.Operator, err = operatorOf(operator.objects); err != nil {
			return routing.Change{}, err
		}
		cfg.OperatorRevision = operator.revision
		grants := make(map[string]routing.TenantGrant, len(cfg.Operator.Tenants))
		for _, g := range cfg.Operator.Tenants {
			grants[string(g.ID)] = g
		}
		granted = func(id string) (routing.TenantGrant, bool) { g, ok := grants[id]; return g, ok }
	}
	for _, pub := range p.publications {
		grant, ok := granted(pub.Scope)
		if !ok {
			continue
		}
		if !changes { // for the positions, which files give by name or id
			cfg.Operator.Tenants = append(cfg.Operator.Tenants, grant)
		}
		tenant := routing.TenantConfig{Tenant: grant.Name}
		found := p.scopes[pub.Scope]
		if err := addAll(&tenant, withoutExpiredAt(found.objects, cfg.Now), p.base.blocklistOf(pub.Scope)); err != nil {
			return routing.Change{}, err
		}
		cfg.Tenants = append(cfg.Tenants, tenant)
		cfg.Revisions[grant.ID] = found.revision
	}
	cfg = p.parsed.WithPositionsFor(cfg)
	return routing.Change{Config: cfg, Operator: changes, Stored: func(id routing.TenantID) routing.Stored {
		if found := p.scopes[string(id)]; found != nil {
			return stored{found, h.now, nil}
		}
		if found := p.base.state.scopes[string(id)]; found != nil {
			return stored{found, h.now, nil}
		}
		return nil
	}}, nil
}

// publish stores what was checked, if it changes anything, and routes by it.
func (h *Holder) publish(ctx context.Context, p proposal, c checked) (Applied, error) {
	out := Applied{Changes: p.differences, Revisions: map[string]int{}, Warnings: c.problems, Tests: len(c.tests), DryRun: p.dryRun}
	if p.dryRun || len(out.Changes) == 0 {
		for _, pub := range p.publications {
			out.Revisions[scopeName(c.directory, pub.Scope)] = p.base.state.revision(pub.Scope)
		}
		return out, nil
	}
	for _, pub := range p.publications {
		if pub.Base != p.base.state.revision(pub.Scope) {
			return Applied{}, ErrStale
		}
	}
	// What was committed is loaded, whoever has gone meanwhile: a directory
	// behind its store could take no change any more.
	publishing, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishWithin)
	defer cancel()
	revisions, directory, err := h.commit(publishing, p, c.directory)
	if err != nil {
		return Applied{}, err
	}
	for scope, rev := range revisions {
		out.Revisions[scopeName(directory, scope)] = rev
	}
	if err := h.install(news{scopes: p.scopes, checked: directory}); err != nil {
		return Applied{}, fmt.Errorf("%w: %w", ErrNotLoaded, err)
	}
	return out, nil
}
