package routing

import (
	"slices"
	"strings"
)

// SeenBy gives the platform as one tenant may see it, by its name or id: with
// nobody else's numbers and domains, and with the trunks it was granted alone. A
// call that is not for the tenant is for nobody there, and a trunk of others is
// none. False: there is no such tenant.
func (d *Directory) SeenBy(tenantNameOrID string) (*Directory, bool) {
	t := d.find(tenantNameOrID)
	if t == nil {
		return nil, false
	}
	g, own := t.granted, newRoster()
	own.revision, own.country = d.revision, d.country
	for _, line := range d.trunks { // in the operator's order: the first that fits counts
		// By name: a grant that an update did not touch keeps its trunks as they were.
		if slices.ContainsFunc(g.trunks, func(granted *trunk) bool { return granted.Name == line.Name }) {
			own.trunks = append(own.trunks, line)
		}
	}
	own.add(g)
	place := d.byID[g.grant.ID]
	for _, number := range g.numbers {
		if d.byNumber[number] == place {
			own.byNumber[number] = 0
		}
	}
	for _, domain := range g.grant.Domains {
		if domain = strings.ToLower(domain); d.byDomain[domain] == place {
			own.byDomain[domain] = 0
		}
	}
	return &Directory{roster: own, tenants: []*tenant{t}, hooks: d.hooks, plans: d.plans}, true
}
