package routing

import (
	"fmt"
	"maps"
	"slices"
)

const (
	maxRing   = 300 // seconds
	maxReason = 200
)

// tenantCompiler checks one tenant's configuration into its plan.
type tenantCompiler struct {
	scope
	config  TenantConfig
	plan    *Plan
	was     *Plan // compiled of what the tenant had before, nil if there is none; only what is cheaper to take over than to compile counts
	numbers seen  // extensions and ring groups are dialled by
	hours   scheduleCompiler
}

// compile goes from what is referred to, to what refers.
func (t *tenantCompiler) compile() {
	before := len(t.problems)
	t.callerID()
	t.extensions()
	t.forwards()
	t.ringGroups()
	t.menus()
	t.schedules()
	t.calledBeside()
	t.members()
	t.lists()
	t.screens()
	t.exits()
	t.menuChoices()
	t.scheduleActions()
	t.overrides()
	t.recording()
	t.dids()
	t.rules()
	t.tests()
	t.webhooks()
	t.defaultDestination()
	t.graph()
	t.scheduleUsed()
	t.unrouted()
	if t.changing && !t.cfg.unread && !Refused(t.problems[before:]) { // else much of it would only follow from that
		t.wayOuts()
		t.unused()
	}
}

func (t *tenantCompiler) exits() {
	for i, e := range t.config.Extensions {
		if known, ok := t.plan.extensions[e.Extension]; ok && known.Exits == nil {
			known.Exits = t.exitsOf(RouteExtension, e.Exits, path{"extensions", i, "exits"})
		}
	}
	for i, f := range t.config.Forwards {
		if known, ok := t.plan.forwards[f.Name]; ok && known.exits == nil {
			known.exits = t.exitsOf(RouteForward, f.Exits, path{"forwards", i, "exits"})
		}
	}
	for i, g := range t.config.RingGroups {
		if known, ok := t.plan.ringGroups[g.Name]; ok && known.Exits == nil {
			known.Exits = t.exitsOf(RouteRingGroup, g.Exits, path{"ringGroups", i, "exits"})
		}
	}
	for i, m := range t.config.IVRMenus {
		if known, ok := t.plan.menus[m.Name]; ok && known.Exits == nil {
			known.Exits = t.exitsOf(RouteIVR, m.Exits, path{"ivrMenus", i, "exits"})
		}
	}
}

func (t *tenantCompiler) exitsOf(route Route, exits Exits, at path) Exits {
	checked := make(Exits, len(exits))
	for _, outcome := range slices.Sorted(maps.Keys(exits)) {
		p := at.with(string(outcome))
		if !slices.Contains(exitOutcomes[route], outcome) {
			t.add(p, fmt.Sprintf("unknown outcome %q", outcome), anyOf(exitOutcomes[route]))
			continue
		}
		if next, ok := t.destination(exits[outcome], p.with("route"), p.with("target")); ok {
			checked[outcome] = next
		}
	}
	return checked
}
