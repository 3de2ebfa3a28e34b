package routing

// Directory is the whole platform in the form calls are routed by: what the
// operator owns, and a plan of each tenant, which may be compiled only when a
// call needs it. What it says never changes, and it is safe for concurrent use.
type Directory struct {
	*roster
	tenants []*tenant // by the roster's order
	hooks   hookOwners
	plans   *Plans // nil: every plan is kept
}

// NewDirectory gives a directory without a tenant, whose plans, and those of
// every directory made of it by Update, are kept in plans.
func NewDirectory(plans *Plans) *Directory {
	return &Directory{roster: newRoster(), hooks: hookOwners{}, plans: plans}
}

// find gives a tenant by its name or id, nil if there is none.
func (d *Directory) find(nameOrID string) *tenant {
	i, ok := d.byID[TenantID(nameOrID)]
	if !ok {
		if i, ok = d.byName[nameOrID]; !ok {
			return nil
		}
	}
	return d.tenants[i]
}

// Plan finds a tenant's plan by its name or id, and compiles it if it has to.
// There is none of a tenant whose configuration does not compile.
func (d *Directory) Plan(tenantNameOrID string) (*Plan, bool) {
	t := d.find(tenantNameOrID)
	if t == nil {
		return nil, false
	}
	p := t.get()
	return p, p != nil
}

// Grant gives what the operator grants a tenant, by its name or id, with the
// country filled in. It needs no plan.
func (d *Directory) Grant(tenantNameOrID string) (TenantGrant, bool) {
	t := d.find(tenantNameOrID)
	if t == nil {
		return TenantGrant{}, false
	}
	return t.granted.grant, true
}

// Tenants gives all grants in the operator's order.
func (d *Directory) Tenants() []TenantGrant {
	grants := make([]TenantGrant, len(d.tenants))
	for i, t := range d.tenants {
		grants[i] = t.granted.grant
	}
	return grants
}

// OperatorRevision is the revision of what the operator owns, 0 if it was never
// published.
func (d *Directory) OperatorRevision() int { return d.revision }

// SameTenant tells whether a tenant, by its id, is in both directories and
// nothing that its plan is made of differs.
func (d *Directory) SameTenant(other *Directory, id TenantID) bool {
	t := d.find(string(id))
	return t != nil && t == other.find(string(id))
}

// Broken is a tenant whose configuration does not pass the checks of this
// version.
type Broken struct {
	Tenant   TenantGrant
	Revision int
	Problems []Problem
	// LastGood: its calls go by the plan it had before, else they are refused
	// with TenantBroken.
	LastGood bool
}

// Broken gives the tenants that were found broken so far, in the operator's
// order.
func (d *Directory) Broken() []Broken {
	var all []Broken
	for _, t := range d.tenants {
		if problems := t.broken.Load(); problems != nil {
			all = append(all, Broken{t.granted.grant, t.revision, *problems, t.before != nil})
		}
	}
	return all
}
