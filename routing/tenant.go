package routing

import (
	"sync"
	"sync/atomic"
)

// Stored is a tenant's configuration where it is kept, in memory: plans are
// compiled from it when they are needed. It never changes, and is safe for
// concurrent use.
type Stored interface {
	// Config gives the whole configuration, which the compiler may keep.
	Config() (TenantConfig, error)
	// Revision is the tenant's revision.
	Revision() int
	// WebhookIDs are the ids of its webhooks, in their order.
	WebhookIDs() []string
}

// tenant is one tenant of a directory. What it says never changes; its plan
// comes and goes.
type tenant struct {
	granted  *granted
	revision int
	stored   Stored // nil: the plan is kept for good
	hooks    []hook
	plans    *Plans // where the plan is kept, nil: here alone

	size   int64 // of the plan, estimated
	plan   atomic.Pointer[Plan]
	used   atomic.Uint64             // when it was used last, by Plans.clock
	broken atomic.Pointer[[]Problem] // why it does not compile; not nil: it never will

	compiling sync.Mutex // one at a time
	good      bool       // it compiled once
	before    *tenant    // the last that was good, or is not known to be bad; nil from when this is known to be good
}

// newTenant gives a tenant whose plan is made of stored when it is needed; one
// that has nothing stored has its plan at once.
func newTenant(g *granted, revision int, stored Stored) *tenant {
	t := &tenant{granted: g, revision: revision, stored: stored}
	if stored == nil {
		t.plan.Store(newPlan(g, revision))
		return t
	}
	for _, id := range stored.WebhookIDs() {
		t.hooks = append(t.hooks, hook{id, true})
	}
	return t
}

// get gives the plan, compiled now if it is not there; nil if it does not
// compile and there was none before. Whoever asks for one that is being
// compiled waits for it.
func (t *tenant) get() *Plan {
	if p := t.plan.Load(); p != nil {
		t.plans.touch(t)
		return p
	}
	t.compiling.Lock()
	defer t.compiling.Unlock()
	if p := t.plan.Load(); p != nil {
		return p
	}
	if t.broken.Load() == nil {
		if p := t.compile(); p != nil {
			return p // it may be evicted already, and is good all the same
		}
	}
	if t.before != nil {
		return t.before.get()
	}
	return nil
}

// forCall gives the plan, a hollow one if there is none.
func (t *tenant) forCall() *Plan {
	if p := t.get(); p != nil {
		return p
	}
	p := newPlan(t.granted, t.revision)
	p.hollow = true
	return p
}

// compile makes the plan, nil if it does not compile, with compiling held.
func (t *tenant) compile() *Plan {
	cfg, err := t.stored.Config()
	problems := []Problem{{Path: t.granted.grant.Name, Message: "what is stored cannot be read: " + errorText(err)}}
	var plan *Plan
	if err == nil {
		t.plans.counted()
		var was *Plan
		if t.before != nil {
			was = t.before.plan.Load()
		}
		plan, problems = compileAlone(t.granted, t.revision, cfg, was)
	}
	if plan == nil {
		if t.before != nil && t.before.get() == nil {
			t.before = nil
		}
		t.broken.Store(&problems)
		t.plans.foundBroken(Broken{t.granted.grant, t.revision, problems, t.before != nil})
		return nil
	}
	t.good, t.before, t.size = true, nil, planSize(&cfg)
	t.plan.Store(plan)
	t.plans.hold(t, t.size)
	return plan
}

// next is the tenant as it is after a change that was not compiled.
func (t *tenant) next(g *granted, revision int, stored Stored, plans *Plans) *tenant {
	n := newTenant(g, revision, stored)
	if n.plans = plans; t == nil || stored == nil {
		return n
	}
	t.compiling.Lock()
	defer t.compiling.Unlock()
	if n.before = t; !t.good && t.before != nil {
		n.before = t.before
	}
	return n
}

// compileAlone compiles one tenant's configuration; nil if it has a problem that
// is more than a warning. was is the plan it had, or nil.
func compileAlone(g *granted, revision int, cfg TenantConfig, was *Plan) (*Plan, []Problem) {
	cfg.Tenant = g.grant.Name
	plan := newPlan(g, revision)
	c := &compiler{roster: newRoster(), webhookIDs: webhookIDs{}}
	c.tenant(cfg, plan, was)
	if Refused(c.problems) {
		return nil, c.problems
	}
	return plan, nil
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
