package routing

import (
	"cmp"
	"fmt"
	"slices"
)

// hook is the id of one of a tenant's webhooks.
type hook struct {
	id      string
	written bool // else it follows from the tenant and the name
}

// hookOwners tells whose webhook has an id: what is known of an endpoint is kept
// by its id alone, so no two tenants may have one.
type hookOwners map[string]hookOwner

type hookOwner struct {
	tenant TenantID
	place  int // in its tenant's list
	hook
}

// hooksOf gives the owners of all ids; of two, the first one.
func hooksOf(tenants []*tenant) hookOwners {
	owners := hookOwners{}
	for _, t := range tenants {
		for i, h := range t.hooks {
			if _, taken := owners[h.id]; !taken {
				owners[h.id] = hookOwner{t.granted.grant.ID, i, h}
			}
		}
	}
	return owners
}

// webhookIDs are the ids of the webhooks that are being compiled.
type webhookIDs map[string][]webhookPlace

type webhookPlace struct {
	scope   scope
	tenant  TenantID
	at      path
	written bool
	kept    bool // it is compiled already, and does not change
}

func (ids webhookIDs) add(id string, p webhookPlace) { ids[id] = append(ids[id], p) }

// of gives the ids that a tenant has, in their order.
func (ids webhookIDs) of(tenant TenantID, webhooks []Webhook) []hook {
	var hooks []hook
	for i, w := range webhooks {
		id := cmp.Or(w.ID, derivedID(tenant, w.Name))
		for _, p := range ids[id] {
			if p.tenant == tenant && p.at[1] == i {
				hooks = append(hooks, hook{id, p.written})
			}
		}
	}
	return hooks
}

// forget takes a tenant's ids away.
func (ids webhookIDs) forget(tenant TenantID) {
	for id, places := range ids {
		places = slices.DeleteFunc(places, func(p webhookPlace) bool { return p.tenant == tenant })
		if ids[id] = places; len(places) == 0 {
			delete(ids, id)
		}
	}
}

// check refuses an id that two tenants have. Whoever wrote it in the files that
// are being checked has to change it, and does not learn whose it is.
func (ids webhookIDs) check() {
	for id, places := range ids {
		slices.SortStableFunc(places, func(a, b webhookPlace) int { return a.claim() - b.claim() })
		for _, p := range places[1:] {
			hint := "take a new UUID, or leave the id out"
			switch {
			case p.tenant != places[0].tenant:
				p.scope.add(p.at, fmt.Sprintf("id %q is another tenant's webhook", id), hint)
			case !places[0].written: // two that are written were found before
				p.scope.add(p.at, fmt.Sprintf("id %q is another webhook's, which has none of its own", id), hint)
			}
		}
	}
}

// claim tells who has an id of several: one that follows from the name, then
// one that does not change, then one that is not in the files at hand.
func (p webhookPlace) claim() int {
	switch {
	case !p.written:
		return 0
	case p.kept:
		return 1
	case !p.scope.written(p.at):
		return 2
	}
	return 3
}
