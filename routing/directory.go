package routing

import "slices"

// Directory is the whole platform in the form calls are routed by. It never
// changes and is safe for concurrent use.
type Directory struct {
	country  string // default for calls over no known trunk
	trunks   []*trunk
	plans    []*Plan // in the operator's order
	byName   map[string]*Plan
	byID     map[TenantID]*Plan
	byDomain map[string]*Plan // in lower case
	byNumber map[string]*Plan // E.164
}

func newDirectory() *Directory {
	return &Directory{
		byName:   map[string]*Plan{},
		byID:     map[TenantID]*Plan{},
		byDomain: map[string]*Plan{},
		byNumber: map[string]*Plan{},
	}
}

func (d *Directory) add(p *Plan) {
	d.plans = append(d.plans, p)
	if _, taken := d.byName[p.grant.Name]; !taken {
		d.byName[p.grant.Name] = p
	}
	if _, taken := d.byID[p.grant.ID]; !taken {
		d.byID[p.grant.ID] = p
	}
}

// Plan finds a tenant by its name or id.
func (d *Directory) Plan(tenantNameOrID string) (*Plan, bool) {
	if p, ok := d.byID[TenantID(tenantNameOrID)]; ok {
		return p, true
	}
	p, ok := d.byName[tenantNameOrID]
	return p, ok
}

// Tenants gives all grants in the operator's order.
func (d *Directory) Tenants() []TenantGrant {
	grants := make([]TenantGrant, len(d.plans))
	for i, p := range d.plans {
		grants[i] = p.grant
	}
	return slices.Clip(grants)
}
