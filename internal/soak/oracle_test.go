package soak

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// outage is a time in which the server, or its database, was away.
type outage struct {
	what     string
	from, to time.Time
}

// evidence is all that the oracle goes by; none of it comes from the server
// under test but the rows of its database.
type evidence struct {
	world   *world
	calls   []*placed
	posts   []*post // in the order of arrival
	truth   *truth
	outages []outage
}

// pending are the promises that need time to be kept; what is left of them
// when nothing is killed any more and time has passed is broken.
func (e *evidence) pending() []string { return slices.Concat(e.unrecorded(), e.undelivered()) }

// violations are all broken promises.
func (e *evidence) violations() []string {
	return slices.Concat(e.pending(), e.strangers(), e.badRecords(), e.badEvents(), e.badPosts(), e.outOfOrder(), e.repeated(), e.slow())
}

// unrecorded: a call that a server took on has exactly one record, closed, and
// exactly one call.ended if it belongs to a tenant. (Two records cannot be: the
// call's id is the key.)
func (e *evidence) unrecorded() (out []string) {
	ended := map[string]int{}
	for _, ev := range e.truth.events {
		if ev.kind == "call.ended" {
			ended[ev.call]++
		}
	}
	for _, p := range e.calls {
		c, ok := e.truth.calls[p.uuid]
		switch {
		case !ok && p.seen():
			out = append(out, fmt.Sprintf("%s: no record", p))
		case !ok:
		case c.status == "active" || !c.ended:
			out = append(out, fmt.Sprintf("%s: its record is still %s", p, c.status))
		case c.tenant != "" && ended[p.uuid] != 1:
			out = append(out, fmt.Sprintf("%s: %d events call.ended, status %s, source %s", p, ended[p.uuid], c.status, c.source))
		}
	}
	return out
}

// String names a call in a violation.
func (p *placed) String() string {
	return fmt.Sprintf("call %s (%s, tenant %d)", p.uuid, p.kind, p.tenant)
}

// undelivered: every committed event was accepted by every living endpoint of
// its tenant.
func (e *evidence) undelivered() (out []string) {
	type at struct {
		endpoint int
		event    string
	}
	accepted := map[at]bool{}
	for _, p := range e.posts {
		if p.accepted() {
			accepted[at{p.endpoint.n, p.id}] = true
		}
	}
	byTenant := map[string][]*endpoint{}
	for _, ep := range e.world.endpoints {
		byTenant[tenantID(ep.tenant)] = append(byTenant[tenantID(ep.tenant)], ep)
	}
	for _, ev := range e.truth.events {
		for _, ep := range byTenant[ev.tenant] {
			if ep.kind.living() && !accepted[at{ep.n, ev.id}] {
				out = append(out, fmt.Sprintf("event %s (%s of call %s) did not reach endpoint %d", ev.id, ev.kind, ev.call, ep.n))
			}
		}
	}
	return out
}

// strangers: nothing is recorded or told that did not happen.
func (e *evidence) strangers() (out []string) {
	known := map[string]*placed{}
	for _, p := range e.calls {
		known[p.uuid] = p
	}
	for id, c := range e.truth.calls {
		p := known[id]
		if p == nil {
			out = append(out, fmt.Sprintf("a record of call %s, which nobody placed", id))
		} else if want := p.owner(); c.tenant != want {
			out = append(out, fmt.Sprintf("%s: its record belongs to tenant %q", p, c.tenant))
		}
	}
	stored := map[string]storedEvent{}
	for _, ev := range e.truth.events {
		stored[ev.id] = ev
	}
	for _, p := range e.posts {
		if ev, ok := stored[p.id]; !ok {
			out = append(out, fmt.Sprintf("endpoint %d was told event %s, which is not stored", p.endpoint.n, p.id))
		} else if ev.call != p.call || ev.kind != p.event || ev.tenant != tenantID(p.endpoint.tenant) {
			out = append(out, fmt.Sprintf("endpoint %d was told event %s as %s of call %s; stored is %+v", p.endpoint.n, p.id, p.event, p.call, ev))
		}
	}
	return out
}

func (p *placed) owner() string {
	if p.tenant < 0 {
		return ""
	}
	return tenantID(p.tenant)
}

// badRecords: a record that says it is complete agrees with the switch.
func (e *evidence) badRecords() (out []string) {
	for _, p := range e.calls {
		if c, ok := e.truth.calls[p.uuid]; ok && c.complete && c.cause != p.result.FinalCause {
			out = append(out, fmt.Sprintf("%s: recorded as %s, the switch ended it with %s", p, c.cause, p.result.FinalCause))
		}
	}
	return out
}

// badEvents: each event, and each stage of a forward, at most once a call, the
// end last, and no forward without its end.
func (e *evidence) badEvents() (out []string) {
	seen := map[string][]string{}
	for _, ev := range e.truth.events {
		before := seen[ev.call]
		if slices.Contains(before, ev.step()) || slices.Contains(before, "call.ended") {
			out = append(out, fmt.Sprintf("call %s: %s after %v", ev.call, ev.step(), before))
		}
		seen[ev.call] = append(before, ev.step())
	}
	for call, steps := range seen {
		begun := slices.ContainsFunc(steps, func(s string) bool { return strings.HasPrefix(s, "call.forwarded ") })
		if begun && slices.Contains(steps, "call.ended") && !slices.Contains(steps, "call.forwarded completed") {
			out = append(out, fmt.Sprintf("call %s: a forward that never completed: %v", call, steps))
		}
	}
	return out
}

func (e *evidence) badPosts() (out []string) {
	for _, p := range e.posts {
		if p.wrong != "" {
			out = append(out, fmt.Sprintf("endpoint %d, event %s: %s", p.endpoint.n, p.id, p.wrong))
		}
	}
	return out
}

// patience is how long an event waits at least for an earlier one of its call
// that fails: three tries, of which a kill can cut two short, one lease each.
const patience = 8 * time.Second

// outOfOrder: the events of a call have the numbers 1, 2, 3 … at an endpoint,
// and none is sent before those before it were accepted, unless it says so and
// has waited.
func (e *evidence) outOfOrder() (out []string) {
	events := map[string][]storedEvent{}
	for _, ev := range e.truth.events {
		events[ev.call] = append(events[ev.call], ev)
	}
	accepted := map[line]map[int]bool{}
	for _, p := range e.inTime() {
		at := line{p.endpoint.n, p.call}
		if p.answer {
			if accepted[at] == nil {
				accepted[at] = map[int]bool{}
			}
			accepted[at][p.seq] = true
			continue
		}
		stored := events[p.call]
		if p.seq > len(stored) || stored[p.seq-1].id != p.id {
			out = append(out, fmt.Sprintf("endpoint %d, call %s: seq %d is event %s, which is not number %d of the %d stored", at.endpoint, at.call, p.seq, p.id, p.seq, len(stored)))
			continue
		}
		for seq := 1; seq < p.seq; seq++ {
			if accepted[at][seq] {
				continue
			}
			if waited := p.arrived.Sub(stored[seq-1].at); !p.outOfOrder || waited < patience {
				out = append(out, fmt.Sprintf("endpoint %d, call %s: seq %d came %v after seq %d happened, which was not accepted (X-Webhook-Out-Of-Order: %v)",
					at.endpoint, at.call, p.seq, waited.Round(ms), seq, p.outOfOrder))
			}
			break
		}
	}
	return out
}

// moment is a request's arrival, or the answer that accepted it.
type moment struct {
	*post
	answer bool
}

// inTime gives what happened at living endpoints in the order of time.
func (e *evidence) inTime() []moment {
	var all []moment
	for _, p := range e.posts {
		if p.endpoint.kind.living() {
			all = append(all, moment{p, false})
			if p.accepted() {
				all = append(all, moment{p, true})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.when().Compare(b.when()) })
	return all
}

func (m moment) when() time.Time {
	if m.answer {
		return m.settled
	}
	return m.arrived
}

// line is the events of one call at one endpoint.
type line struct {
	endpoint int
	call     string
}

// unsettled is how long an accepted event may stay without its result in the
// store; a crash within it makes a duplicate.
const unsettled = 2 * time.Second

// inFlight is how many deliveries a server has under way at most.
const inFlight = 256

// repeated: what was accepted is sent again only if a crash could have kept the
// answer from being stored, never more often than there were crashes, and every
// attempt has a higher number than the one before.
func (e *evidence) repeated() (out []string) {
	last := map[string]*post{}
	duplicates := 0
	for _, p := range e.posts {
		key := fmt.Sprint(p.endpoint.n, " ", p.id)
		before := last[key]
		last[key] = p
		if before == nil {
			continue
		}
		if p.attempt <= before.attempt {
			out = append(out, fmt.Sprintf("endpoint %s: attempt %d after attempt %d", key, p.attempt, before.attempt))
		}
		if before.accepted() {
			duplicates++
			if !e.troubled(before.settled.Add(-unsettled), before.settled.Add(unsettled)) {
				out = append(out, fmt.Sprintf("endpoint %s was sent again although it was accepted at %s and nothing was away then", key, before.settled.Format("15:04:05.000")))
			}
		}
	}
	if most := inFlight * len(e.outages); duplicates > most {
		out = append(out, fmt.Sprintf("%d duplicates of %d outages", duplicates, len(e.outages)))
	}
	return out
}

// troubled tells whether something was away between two times.
func (e *evidence) troubled(from, to time.Time) bool {
	return slices.ContainsFunc(e.outages, func(o outage) bool { return !o.from.After(to) && !o.to.Before(from) })
}

// slow: around an outage a healthy endpoint waits for the lease of the server
// that was killed and little more; 5 s are for starting again. One in a hundred
// may be hit by several outages.
func (e *evidence) slow() []string {
	if p99 := percentile(e.delays().troubled, .99); p99 > lease+5*time.Second {
		return []string{fmt.Sprintf("healthy endpoints waited %v (p99) around outages, the lease is %v", p99, lease)}
	}
	return nil
}
