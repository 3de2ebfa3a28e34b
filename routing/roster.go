package routing

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// roster is what the operator owns, in compiled form: it finds the tenant of a
// call without any tenant's plan. Directories share it until the operator
// changes something.
type roster struct {
	revision int
	country  string // default for calls over no known trunk
	trunks   []*trunk
	granted  []*granted // in the operator's order; the maps are places in it
	byName   map[string]int
	byID     map[TenantID]int
	byDomain map[string]int // in lower case
	byNumber map[string]int // E.164
}

// granted is all that a tenant's plan takes from the operator.
type granted struct {
	grant   TenantGrant // defaults filled in
	zone    *time.Location
	trunks  []*trunk
	numbers []string              // E.164
	barred  []*prefixes[struct{}] // beginnings of numbers that may not be called: the platform's, the tenant's
}

func newRoster() *roster {
	return &roster{byName: map[string]int{}, byID: map[TenantID]int{}, byDomain: map[string]int{}, byNumber: map[string]int{}}
}

// add gives a tenant the next place; of two that are called alike, the first
// one counts.
func (r *roster) add(g *granted) {
	place := len(r.granted)
	r.granted = append(r.granted, g)
	if _, taken := r.byName[g.grant.Name]; !taken {
		r.byName[g.grant.Name] = place
	}
	if _, taken := r.byID[g.grant.ID]; !taken {
		r.byID[g.grant.ID] = place
	}
}

// nameAt gives the name of a place, that of next if it is the one to be added.
func (r *roster) nameAt(place int, next *granted) string {
	if place < len(r.granted) {
		next = r.granted[place]
	}
	return next.grant.Name
}

func (r *roster) names() []string { return slices.Sorted(maps.Keys(r.byName)) }

func (r *roster) trunkNames() []string {
	names := make([]string, len(r.trunks))
	for i, t := range r.trunks {
		names[i] = t.Name
	}
	return names
}

// keep puts the grants of other that say the same in place of p's, so that
// tenants whom a change of the operator does not touch are told by a pointer.
func (r *roster) keep(other *roster) {
	for i, g := range r.granted {
		if j, ok := other.byID[g.grant.ID]; ok && reflect.DeepEqual(g, other.granted[j]) {
			r.granted[i] = other.granted[j]
		}
	}
}
