package routing

import (
	"strings"
	"time"
)

// Decide says where a call goes at the time now. It does no I/O, allocates
// little and is safe for concurrent use.
func (d *Directory) Decide(c Call, now time.Time) Decision {
	return d.decide(&c, now, nil)
}

// decide is the order of a decision, for Decide and (with a trace) Explain.
func (d *Directory) decide(c *Call, now time.Time, t *trace) Decision {
	f, known := d.identify(c, now, t)
	if !known {
		return finish(f, Decision{Verdict: UnknownNumber})
	}
	if f.plan.grant.Suspended {
		t.suspended(f, true)
		return finish(f, Decision{Verdict: TenantSuspended})
	}
	t.suspended(f, false)
	if reason, blocked := f.blocked(t); blocked {
		return finish(f, Decision{Verdict: CallerBlocked, BlockReason: reason})
	}
	r, failed := f.firstRule(t)
	if r != nil {
		return finish(f, Decision{Verdict: Routed, Destination: r.then, Rule: r.name, Set: r.set, FailedRules: failed})
	}
	decision := f.route(t)
	decision.FailedRules = failed
	return finish(f, decision)
}

// identify finds the tenant of a call and reads its numbers.
func (d *Directory) identify(c *Call, now time.Time, t *trace) (*facts, bool) {
	f := &facts{call: c, direction: Inbound, now: now}
	if plan := d.planOfPhone(c); plan != nil {
		f.phone(plan)
	} else {
		d.inbound(f)
	}
	t.identified(f)
	if f.plan == nil {
		return f, false
	}
	f.now = now.In(f.plan.zone)
	f.lists = f.plan.listValues
	return f, true
}

// planOfPhone gives the tenant whose phone FreeSWITCH authenticated, nil if the
// call comes from outside.
func (d *Directory) planOfPhone(c *Call) *Plan {
	if c.AuthDomain == "" || c.AuthUser == "" || !isExtensionNumber(c.AuthUser) {
		return nil
	}
	plan := d.byDomain[strings.ToLower(c.AuthDomain)]
	if plan == nil || plan.extensions[c.AuthUser] == nil {
		return nil
	}
	return plan
}

// phone reads the numbers of a call from one of the tenant's phones. What is
// no outside number is taken for a (wrong) number inside.
func (f *facts) phone(plan *Plan) {
	f.plan = plan
	f.from = extensionNumber(f.call.AuthUser)
	f.direction = Internal
	if plan.extensions[f.call.Dialled] != nil && isExtensionNumber(f.call.Dialled) {
		f.to = extensionNumber(f.call.Dialled)
		return
	}
	f.to = ParseNumber(f.call.Dialled, plan.grant.Country)
	if f.to.E164() != "" {
		f.direction = Outbound
	}
}

// inbound reads the numbers of a call from outside.
func (d *Directory) inbound(f *facts) {
	line := d.incomingTrunk(f.call)
	if line != nil {
		f.trunk = line.Name
	}
	country := d.countryOf(line)
	if !f.call.Anonymous {
		f.from = ParseNumber(f.call.CallerNumber, country)
	}
	f.to = ParseNumber(f.call.Dialled, country)
	if f.plan = d.byNumber[f.to.E164()]; f.plan != nil {
		f.did = f.to.E164()
	}
}

// blocked looks into the tenant's blocklist: for the caller of an inbound call,
// for the number called of an outbound one.
func (f *facts) blocked(t *trace) (string, bool) {
	var list map[Number]string
	var number Number
	switch f.direction {
	case Inbound:
		list, number = f.plan.blockedCallers, f.from
	case Outbound:
		list, number = f.plan.blockedTargets, f.to
	case Internal:
	}
	reason, blocked := list[number]
	blocked = blocked && number.Readable()
	t.blocked(f, number, reason, blocked)
	return reason, blocked
}

// firstRule gives the first rule that matches, and those that failed before it.
func (f *facts) firstRule(t *trace) (*rule, []string) {
	var failed []string
	for i := range f.plan.rules {
		r := &f.plan.rules[i]
		if !r.enabled {
			t.disabled(r)
			continue
		}
		matched, err := r.when.matches(f)
		t.rule(f, r, matched, err)
		if err != nil {
			failed = append(failed, r.name)
		} else if matched {
			return r, failed
		}
	}
	return nil, failed
}

// route is what happens to a call that no rule wanted.
func (f *facts) route(t *trace) Decision {
	switch f.direction {
	case Inbound:
		if to, ok := f.plan.routes[f.did]; ok {
			t.route("did", f.did, to)
			return Decision{Verdict: Routed, Destination: to}
		}
		t.noRoute("did", f.did, "the number has no route")
	case Internal:
		if e := f.plan.extensions[f.to.String()]; e != nil && f.to.Short() {
			to := Destination{Route: RouteExtension, Target: e.Extension}
			t.route("extension", e.Extension, to)
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

func (f *facts) outbound(t *trace) Decision {
	line, refusal := f.plan.outside(f.to)
	if refusal != nil {
		t.denied(f.to, refusal)
		return Decision{Verdict: CallDenied, DenyReason: refusal.Detail}
	}
	to := Destination{Route: RouteForward, Target: f.to.E164()}
	t.route("outside", line.Name, to)
	return Decision{Verdict: Routed, Destination: to, Trunk: line.Name}
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
	decision.Facts = f.record()
	return decision
}

// record gives the facts in the form that is stored with the call.
func (f *facts) record() map[string]string {
	kept := make(map[string]string, 6)
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
	return kept
}
