package routing

import "maps"

// WithPositionsFor gives whole, a configuration that sections of c were put
// into, with the positions c's files give to those sections, so that problems
// of the whole are shown where they were written.
func (c Config) WithPositionsFor(whole Config) Config {
	whole.positions = maps.Clone(c.positions)
	for _, grant := range whole.Operator.Tenants {
		for _, ref := range []string{grant.Name, string(grant.ID)} {
			tree, written := c.positions[ref]
			if !written {
				continue
			}
			for _, t := range whole.Tenants {
				if t.Tenant == grant.Name || t.Tenant == string(grant.ID) {
					whole.positions[t.Tenant] = tree
				}
			}
		}
	}
	return whole
}
