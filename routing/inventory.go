package routing

import (
	"cmp"
	"slices"
)

// Extensions gives all extensions by rising number, as Extension does.
func (p *Plan) Extensions() []Extension {
	var list []Extension
	for key, e := range p.extensions {
		if key == e.Extension { // and not by its id
			list = append(list, *e)
		}
	}
	slices.SortFunc(list, func(a, b Extension) int { return cmp.Compare(a.Extension, b.Extension) })
	return list
}

// RingGroupNames gives the names of all ring groups, sorted.
func (p *Plan) RingGroupNames() []string {
	var names []string
	for key, g := range p.ringGroups {
		if key == g.Name {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names
}

// MenuNames gives the names of all menus, sorted.
func (p *Plan) MenuNames() []string {
	var names []string
	for key, m := range p.menus {
		if key == m.Name {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names
}
