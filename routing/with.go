package routing

import (
	"cmp"
	"fmt"
)

// Change is what is to become of a directory.
type Change struct {
	// Config has the tenants that change, each with all that it owns, and what
	// the operator owns if Operator says that this changes. A tenant that is not
	// among them stays as it is.
	Config   Config
	Operator bool
	// Stored are the tenants that have something stored, by id: those of Config,
	// and what tenants own whom the operator grants again.
	Stored func(TenantID) Stored
	// Progress, if not nil, is told how many of the tenants that a change of the
	// operator touches are checked. False ends the check.
	Progress func(checked, all int) bool
}

// With checks a change against all that is there, and gives the directory there
// would be, nil if a problem is more than a warning. A tenant's change costs
// that tenant only. A change of the operator checks every tenant whose plan
// something of it goes into; one that was broken before is no reason to refuse.
func (d *Directory) With(change Change) (*Directory, []Problem) {
	c := &compiler{cfg: change.Config, roster: d.roster, webhookIDs: webhookIDs{}}
	if change.Operator {
		c.roster = newRoster()
		c.operator()
		c.roster.keep(d.roster)
	}
	w := &weaver{compiler: c, was: d, change: change, tenants: make([]*tenant, len(c.roster.granted))}
	c.changing = true
	w.configured()
	c.changing = false
	if !w.others() {
		return nil, []Problem{{Message: "the check was ended before it was complete"}}
	}
	w.keptHooks()
	c.webhookIDs.check()
	SortProblems(c.problems)
	if Refused(c.problems) {
		return nil, c.problems
	}
	next := &Directory{roster: c.roster, tenants: w.tenants, hooks: d.hooks, plans: d.plans}
	if !next.sameHooks(d) {
		next.hooks = hooksOf(next.tenants)
	}
	return next, c.problems
}

// weaver puts what changes and what stays together.
type weaver struct {
	*compiler
	was     *Directory
	change  Change
	tenants []*tenant
}

func (w *weaver) stored(id TenantID) Stored {
	if w.change.Stored == nil {
		return nil
	}
	return w.change.Stored(id)
}

// configured compiles the tenants of the configuration.
func (w *weaver) configured() {
	for _, config := range w.cfg.Tenants {
		s := scope{compiler: w.compiler, key: config.Tenant, owner: config.Tenant}
		place, known := w.roster.byID[TenantID(config.Tenant)]
		if !known {
			place, known = w.roster.byName[config.Tenant]
		}
		switch {
		case !known:
			s.add(path{"tenant"}, fmt.Sprintf("no tenant %q", config.Tenant), orText(didYouMean(config.Tenant, w.roster.names()), "the operator's file grants tenants: give it too, or compare with a running server by switchyard diff"))
		case w.tenants[place] != nil:
			s.add(path{"tenant"}, fmt.Sprintf("tenant %q is configured twice", w.roster.granted[place].grant.Name), "")
		default:
			g := w.roster.granted[place]
			w.tenants[place] = w.compiled(g, w.cfg.Revisions[g.grant.ID], w.stored(g.grant.ID), config)
		}
	}
}

// compiled compiles a tenant, whatever problems it has.
func (w *weaver) compiled(g *granted, revision int, stored Stored, config TenantConfig) *tenant {
	config.Tenant = cmp.Or(config.Tenant, g.grant.Name)
	plan := newPlan(g, revision)
	var was *Plan
	if old := w.was.find(string(g.grant.ID)); old != nil {
		was = old.plan.Load()
	}
	w.tenant(config, plan, was)
	w.was.plans.counted()
	t := &tenant{granted: g, revision: revision, stored: stored, plans: w.was.plans, good: true, size: planSize(&config)}
	t.hooks = w.webhookIDs.of(g.grant.ID, config.Webhooks)
	t.plan.Store(plan)
	return t
}

// others gives the tenants that are not configured: as they were, or checked
// anew if the operator changed something of theirs.
func (w *weaver) others() bool {
	var touched []int
	for place, g := range w.roster.granted {
		if w.tenants[place] != nil {
			continue
		}
		if old := w.was.find(string(g.grant.ID)); old != nil && old.granted == g {
			w.tenants[place] = old
		} else {
			touched = append(touched, place)
		}
	}
	for i, place := range touched {
		if w.change.Progress != nil && !w.change.Progress(i, len(touched)) {
			return false
		}
		w.tenants[place] = w.regranted(w.roster.granted[place])
	}
	return true
}

// regranted checks a tenant under what it is granted now.
func (w *weaver) regranted(g *granted) *tenant {
	old := w.was.find(string(g.grant.ID))
	stored := w.stored(g.grant.ID)
	if old != nil {
		stored = old.stored
	}
	if stored == nil {
		return newTenant(g, 0, nil)
	}
	revision := stored.Revision()
	config, err := stored.Config()
	before := len(w.problems)
	if err == nil {
		t := w.compiled(g, revision, stored, config)
		if !Refused(w.problems[before:]) {
			return t.dry(old)
		}
	} else {
		w.problems = append(w.problems, Problem{Path: g.grant.Name, Message: "what is stored cannot be read: " + err.Error()})
	}
	if old != nil && old.isBroken(config, err) {
		w.problems = append(w.problems[:before], Problem{Warning: true, Path: g.grant.Name,
			Message: "what is stored does not pass the checks, as before", Hint: "publish a corrected configuration of the tenant"})
		w.webhookIDs.forget(g.grant.ID)
		return old.next(g, revision, stored, w.was.plans)
	}
	return newTenant(g, revision, stored)
}

// isBroken tells whether a tenant does not compile as it is.
func (t *tenant) isBroken(config TenantConfig, err error) bool {
	if err != nil || t.broken.Load() != nil {
		return true
	}
	plan, _ := compileAlone(t.granted, t.revision, config, nil)
	return plan == nil
}

// dry takes away the plan of a tenant that had none, which was compiled only to
// check it.
func (t *tenant) dry(old *tenant) *tenant {
	if old == nil || old.plan.Load() == nil {
		t.plan.Store(nil)
	}
	return t
}

// keptHooks adds who has the ids already that are being compiled.
func (w *weaver) keptHooks() {
	unchanged := map[TenantID]bool{}
	for id := range w.webhookIDs {
		owner, taken := w.was.hooks[id]
		if !taken {
			continue
		}
		same, looked := unchanged[owner.tenant]
		if !looked {
			place, granted := w.roster.byID[owner.tenant]
			same = granted && w.tenants[place] == w.was.find(string(owner.tenant))
			unchanged[owner.tenant] = same
		}
		if !same {
			continue
		}
		name := w.roster.granted[w.roster.byID[owner.tenant]].grant.Name
		w.webhookIDs.add(id, webhookPlace{
			scope: scope{compiler: w.compiler, key: name, owner: name}, tenant: owner.tenant,
			at: path{"webhooks", owner.place, "id"}, written: owner.written, kept: true,
		})
	}
}
