package routing

import (
	"strings"
	"time"
)

// identify finds the tenant of a call and reads its numbers.
func (d *Directory) identify(c *Call, now time.Time, t *trace) (*facts, bool) {
	c.CallerNumber, c.Dialled = SafeText(c.CallerNumber), SafeText(c.Dialled)
	f := &facts{call: c, direction: Inbound, now: now, operator: d.revision}
	if f.tenant, f.plan = d.planOfPhone(c); f.plan != nil {
		f.phone()
	} else {
		d.inbound(f)
	}
	t.identified(f)
	if f.plan == nil {
		return f, false
	}
	f.now = now.Truncate(time.Second).In(f.plan.zone) // no more than is kept in the record
	f.lists = f.plan.listValues
	return f, true
}

// planOfPhone gives the tenant whose phone FreeSWITCH authenticated, nil if the
// call comes from outside.
func (d *Directory) planOfPhone(c *Call) (*tenant, *Plan) {
	if c.AuthDomain == "" || c.AuthUser == "" || !isExtensionNumber(c.AuthUser) {
		return nil, nil
	}
	place, ok := d.byDomain[strings.ToLower(c.AuthDomain)]
	if !ok {
		return nil, nil
	}
	t := d.tenants[place]
	plan := t.forCall()
	if plan.extensions[c.AuthUser] == nil && !plan.hollow {
		return nil, nil
	}
	return t, plan
}

// phone reads the numbers of a call from one of the tenant's phones. What is
// no outside number is taken for a (wrong) number inside.
func (f *facts) phone() {
	f.from = extensionNumber(f.call.AuthUser)
	f.direction = Internal
	if _, inside := f.plan.dialledInside(f.call.Dialled); inside {
		f.to = extensionNumber(f.call.Dialled)
		return
	}
	f.to = ParseNumber(f.call.Dialled, f.plan.grant.Country)
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
	if place, ok := d.byNumber[f.to.E164()]; ok {
		f.tenant = d.tenants[place]
		f.plan = f.tenant.forCall()
		f.did = f.to.E164()
	}
}
