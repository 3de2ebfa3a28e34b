package routing

import (
	"maps"
	"strconv"
	"strings"
	"time"
)

// Decide says where a call goes at the time now. It does no I/O, allocates
// little and is safe for concurrent use. live may be nil.
func (d *Directory) Decide(c Call, now time.Time, live Live) Decision {
	return d.decide(&c, now, live, nil)
}

// decide is the order of a decision, for Decide and (with a trace) Explain: the
// tenant, whether it is suspended, codes of overrides (from its phones only), the
// lists, the rules, the route. A code comes before lists and rules, which are
// about whom a call reaches: neither a rule for all calls nor an entry of the
// blocklist takes the key to the hours out of the hands that have it.
func (d *Directory) decide(c *Call, now time.Time, live Live, t *trace) Decision {
	f, known := d.identify(c, now, t)
	f.live = live
	if !known {
		return finish(f, Decision{Verdict: UnknownNumber})
	}
	if f.tenant.granted.grant.Suspended {
		t.suspended(f, true)
		return finish(f, Decision{Verdict: TenantSuspended})
	}
	t.suspended(f, false)
	if f.plan.hollow {
		t.broken(f)
		return finish(f, Decision{Verdict: TenantBroken})
	}
	if decision, dialled := f.overrideCode(t); dialled {
		return finish(f, decision)
	}
	decision := f.screenedAndRouted(t)
	f.scheduled(decision, t)
	return finish(f, decision)
}

// screenedAndRouted is what the tenant wants with a call: its lists come before
// its rules, and those before its routes.
func (f *facts) screenedAndRouted(t *trace) Decision {
	if block := f.screened(t); block != nil {
		return block.decision()
	}
	r := f.rules(t)
	var decision Decision
	if r.by != nil {
		decision = Decision{Verdict: Routed, Destination: r.by.then, Rule: r.by.name}
	} else {
		decision = f.route(t)
	}
	decision.Set, decision.SetBy, decision.FailedRules = r.set, r.setBy, r.failed
	return decision
}

// screened looks into the tenant's allow list and blocklist: for the caller of
// an inbound call, for the number called of an outbound one. It gives the entry
// of the blocklist that counts, nil if none does.
func (f *facts) screened(t *trace) *Block {
	var list *screen
	var number Number
	switch f.direction {
	case Inbound:
		list, number = &f.plan.callers, f.from
	case Outbound:
		list, number = &f.plan.targets, f.to
	case Internal:
		t.internal()
		return nil
	}
	found, ok := list.allowed.find(number, f.now)
	t.allowed(f, &list.allowed, number, found, ok)
	if ok {
		f.allowed = found.what
		return nil
	}
	found, ok = list.blocked.find(number, f.now)
	t.blocked(f, &list.blocked, number, found, ok)
	if !ok {
		return nil
	}
	return found.block()
}

// decision is what becomes of a call that an entry of the blocklist matches.
func (b *Block) decision() Decision {
	switch b.Action {
	case BlockRoute:
		return Decision{Verdict: Routed, Destination: b.Then, Block: b}
	case BlockReject, BlockBusy:
	}
	return Decision{Verdict: CallerBlocked, Block: b}
}

// route is what happens to a call that no rule wanted.
func (f *facts) route(t *trace) Decision {
	switch f.direction {
	case Inbound:
		if to, open, ok := f.plan.numberRoute(f.did); ok {
			t.route("did", f.did, to)
			return Decision{Verdict: Routed, Destination: to, Open: open}
		}
		t.noRoute("did", f.did, "the number has no route")
	case Internal:
		if to, ok := f.plan.dialledInside(f.to.String()); ok {
			t.route(insideKinds[to.Route], to.Target, to)
			return Decision{Verdict: Routed, Destination: to}
		}
		t.noRoute("extension", f.call.Dialled, "no extension of the tenant and no outside number")
	case Outbound:
		return f.outbound(t)
	}
	if f.plan.fallback.IsZero() {
		t.noRoute("default", f.plan.grant.Name, "the tenant has no default destination")
		return Decision{Verdict: NoRoute}
	}
	t.route("default", f.plan.grant.Name, f.plan.fallback)
	return Decision{Verdict: Routed, Destination: f.plan.fallback}
}

// insideKinds are what an explanation calls what is dialled inside.
var insideKinds = map[Route]string{RouteExtension: "extension", RouteRingGroup: "ring group", RouteIVR: "menu"}

func (f *facts) outbound(t *trace) Decision {
	lines, refusal := f.plan.outside(f.to)
	if refusal != nil {
		t.denied(f.to, refusal)
		return Decision{Verdict: CallDenied, DenyReason: refusal.Detail}
	}
	to := Destination{Route: RouteForward, Target: f.to.E164()}
	t.route("outside", lines[0].Trunk, to)
	t.shown(f, lines[0])
	return Decision{Verdict: Routed, Destination: to, Trunk: lines[0].Trunk}
}

// finish adds to a decision what is known of every call.
func finish(f *facts, decision Decision) Decision {
	decision.Direction = f.direction
	decision.Caller, decision.Dialled, decision.DID = f.from, f.to, f.did
	if decision.Trunk == "" {
		decision.Trunk = f.trunk
	}
	if f.plan != nil {
		decision.Plan = f.plan
		decision.Tenant = f.plan.grant.ID
		decision.Revision = f.plan.revision
	}
	decision.Anonymous = f.call.Anonymous
	decision.Facts = f.record()
	f.keepReadings(decision.Facts)
	if decision.Verdict == Routed && decision.Block != nil {
		decision.Facts["screened"] = decision.Block.Why()
	}
	if !decision.Set.IsZero() {
		maps.Copy(decision.Facts, decision.Set.Facts())
	}
	if len(decision.SetBy) > 0 {
		decision.Facts["set by"] = strings.Join(decision.SetBy, ", ")
	}
	return decision
}

// record gives the facts in the form that is stored with the call.
func (f *facts) record() map[string]string {
	kept := make(map[string]string, 8)
	kept["direction"] = string(f.direction)
	kept["now"] = f.now.Format(time.RFC3339)
	put := func(name, value string) {
		if value != "" {
			kept[name] = value
		}
	}
	put("from", shownNumber(f.from))
	put("to", shownNumber(f.to))
	put("did", f.did)
	put("trunk", f.trunk)
	put("allowed", f.allowed)
	if f.call.Anonymous {
		kept["anonymous"] = "true"
	}
	if f.operator > 0 {
		kept["operator"] = strconv.Itoa(f.operator)
	}
	return kept
}
