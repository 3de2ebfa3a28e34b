package routing

import (
	"fmt"
	"slices"
	"strings"
)

// comesBackToRules warns of rules that send a call away by one of the tenant's
// own numbers, when it is a new call that the rule takes again, and so on: the
// rule asks for nothing in which the new call differs from the one before. A rule
// that takes every call is refused, as part of the graph.
func (w *walker) comesBackToRules() {
	keeps := w.t.plan.keepsCallers()
	all := w.t.plan.takesAll()
	for i := range w.t.plan.rules {
		r := &w.t.plan.rules[i]
		number := w.backs[r.then]
		if !r.enabled || number == "" || r.when.always && r.then == all || !asksTheSame(r.when.reads, keeps) {
			continue
		}
		w.t.warn(r.at.with("then"), fmt.Sprintf("%s leads to the tenant's own number %s, and rule %q takes the call that comes back again", r.then, number, r.name),
			"let the rule ask for call.did, or let it lead where that number leads")
	}
}

// asksTheSame tells whether what a rule reads is the same of a call that went out
// by a trunk and came back; keeps says whether its caller is.
func asksTheSame(reads []string, keeps bool) bool {
	return !slices.ContainsFunc(reads, func(name string) bool {
		switch name {
		case "call.from", "call.callerName", "call.country", "call.anonymous":
			return !keeps
		}
		return name != "now" && !strings.HasPrefix(name, "now.") && !strings.HasPrefix(name, "list(") && !strings.HasPrefix(name, "schedule(")
	})
}

// keepsCallers tells whether some trunk shows the far side who called.
func (p *Plan) keepsCallers() bool {
	return slices.ContainsFunc(p.outgoing, func(l Line) bool { return l.CallerID == CallerIDKeep })
}

// comesBackBlocked warns of blocked callers who are sent away by one of the
// tenant's own numbers: they come back as the same callers and are blocked again.
func (w *walker) comesBackBlocked() {
	if !w.t.plan.keepsCallers() {
		return
	}
	var blocked []named
	for i := range w.t.config.Blocklist {
		b := &w.t.config.Blocklist[i]
		if b.Then == nil || b.Direction == directionOutbound || w.backs[w.t.blockedTo(b)] == "" {
			continue
		}
		blocked = append(blocked, named{strings.TrimSpace(b.Name()), path{"blocklist", i, "then"}})
	}
	w.t.warnOf("blocked caller", blocked, func(what string, one bool) (string, string) {
		return what + verb(one, " is sent to the tenant's own number, comes back and is", " are sent to the tenant's own numbers, come back and are") + " blocked again",
			"let it lead where that number leads"
	})
}

// blockedTo gives where an entry of the blocklist sends its calls, in its one
// spelling.
func (t *tenantCompiler) blockedTo(b *BlockedNumber) Destination {
	to := *b.Then
	if to.Route == routeExternal {
		to.Route = RouteForward
	}
	if to.Route == RouteForward && t.plan.forwards[to.Target] == nil {
		to.Target = ParseNumber(to.Target, t.plan.grant.Country).E164()
	}
	return t.plan.canonical(to)
}
