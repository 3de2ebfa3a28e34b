package routing

import "slices"

// Update is what was published, and checked by who published it.
type Update struct {
	// Operator is what the operator owns now, nil if that did not change, by
	// OperatorRevision.
	Operator         *OperatorConfig
	OperatorRevision int
	// Tenants are those that changed, by id: what is stored of each now.
	Tenants map[TenantID]Stored
	// Checked, if not nil, is a directory in which some of it is compiled
	// already.
	Checked *Directory
}

// Update gives the directory as it is after an update. Tenants that it changes
// are compiled when they are needed: what does not pass the checks is that
// tenant's affair. Only what the operator owns can be refused; then the
// directory is nil.
func (d *Directory) Update(u Update) (*Directory, []Problem) {
	next := &Directory{roster: d.roster, hooks: d.hooks, plans: d.plans}
	var problems []Problem
	if u.Operator != nil {
		if next.roster, problems = operatorAlone(u, d.roster); next.roster == nil {
			return nil, problems
		}
	}
	next.tenants = make([]*tenant, len(next.granted))
	for place, g := range next.granted {
		next.tenants[place] = d.updated(d.find(string(g.grant.ID)), g, u)
	}
	if !next.sameHooks(d) {
		next.hooks = hooksOf(next.tenants)
	}
	return next, problems
}

// sameHooks tells whether the same webhooks have the same places.
func (d *Directory) sameHooks(was *Directory) bool {
	if d.roster != was.roster {
		return false
	}
	for i, t := range d.tenants {
		if t != was.tenants[i] && !slices.Equal(t.hooks, was.tenants[i].hooks) {
			return false
		}
	}
	return true
}

// Warm compiles the tenants that had a plan in was and have none in d, so that no
// call waits for it.
func (d *Directory) Warm(was *Directory) {
	for _, t := range d.tenants {
		if t.stored == nil || t.plan.Load() != nil {
			continue
		}
		if old := was.find(string(t.granted.grant.ID)); old != nil && old != t && old.plan.Load() != nil {
			t.get()
		}
	}
}

// Replace tells that calls are routed by d from now on, in place of was: only the
// plans of d count for the bound on memory.
func (d *Directory) Replace(was *Directory) {
	if d.plans == nil {
		return
	}
	for _, t := range d.tenants {
		if old := was.find(string(t.granted.grant.ID)); old != t && t.stored != nil && t.plan.Load() != nil {
			d.plans.hold(t, t.size)
		}
	}
	var gone []*tenant
	for _, t := range was.tenants {
		if d.find(string(t.granted.grant.ID)) != t {
			gone = append(gone, t)
		}
	}
	d.plans.replaced(gone)
}

// updated gives a tenant as it is after an update.
func (d *Directory) updated(old *tenant, g *granted, u Update) *tenant {
	stored, changed := u.Tenants[g.grant.ID]
	if !changed {
		if old != nil && old.granted == g {
			return old
		}
		if old != nil {
			stored = old.stored
		}
	}
	revision := 0
	if stored != nil {
		revision = stored.Revision()
	}
	if u.Checked != nil {
		t := u.Checked.find(string(g.grant.ID))
		if t != nil && t != old && t.granted == g && t.revision == revision && t.stored != nil {
			return t
		}
	}
	return old.next(g, revision, stored, d.plans)
}

// operatorAlone compiles what the operator owns, sharing the grants that do not
// change; nil if it is refused.
func operatorAlone(u Update, was *roster) (*roster, []Problem) {
	c := &compiler{cfg: Config{Operator: *u.Operator, OperatorRevision: u.OperatorRevision}, roster: newRoster()}
	c.operator()
	SortProblems(c.problems)
	if Refused(c.problems) {
		return nil, c.problems
	}
	if u.Checked != nil {
		c.roster.keep(u.Checked.roster)
	}
	c.roster.keep(was)
	return c.roster, c.problems
}
