package routing

import (
	"fmt"
	"slices"
	"strings"
)

// missing says what a decision is not, "" if it is all that is expected.
func (e TestExpect) missing(p *Plan, d Decision) string {
	switch {
	case d.Verdict != e.verdict():
		return e.String()
	case e.Route != "" && !e.leadsTo(p, d.Destination):
		return e.String()
	case e.Rule != "" && d.Rule != e.Rule && !slices.Contains(d.SetBy, e.Rule):
		return e.String()
	}
	for _, tag := range e.Tags {
		if !slices.Contains(d.Set.Tags, tag) {
			return fmt.Sprintf("tag %q", tag)
		}
	}
	return ""
}

func (e TestExpect) verdict() Verdict {
	if e.Verdict == "" {
		return Routed
	}
	return e.Verdict
}

func (e TestExpect) leadsTo(p *Plan, to Destination) bool {
	want := p.testTarget(e)
	return want.Route == to.Route && (want.Target == "" || want.Target == to.Target)
}

// String says what is expected: "ringgroup sales by rule vip".
func (e TestExpect) String() string {
	text := ""
	switch {
	case e.verdict() != Routed:
		text = string(e.Verdict)
	case e.Route != "" && e.Target == "":
		text = string(e.Route)
	case e.Route != "":
		text = Destination{Route: e.Route, Target: e.Target}.String()
	case e.Rule == "":
		text = string(Routed)
	}
	switch {
	case e.Rule == "":
		return text
	case text == "":
		return "rule " + e.Rule
	}
	return text + " by rule " + e.Rule
}

// testTarget is the destination a test expects in its one spelling; no Target:
// any of the route.
func (p *Plan) testTarget(e TestExpect) Destination {
	to := Destination{Route: e.Route, Target: e.Target}
	if to.Route == routeExternal {
		to.Route = RouteForward
	}
	to = p.canonical(to)
	if to.Route == RouteForward && p.forwards[to.Target] == nil {
		if number := ParseNumber(to.Target, p.grant.Country); number.E164() != "" {
			to.Target = number.E164()
		}
	}
	return to
}

// went says what became of a call: "went to voicemail 1001 by rule night".
func went(d Decision) string {
	switch d.Verdict {
	case Routed:
		text := "went to " + d.Destination.String()
		if d.Rule != "" {
			text += " by rule " + d.Rule
		}
		return text
	case CallerBlocked:
		return "was refused: caller-blocked"
	case CallDenied:
		return "was refused: call-denied, " + d.DenyReason
	case UnknownNumber, TenantSuspended, NoRoute, TenantBroken:
	}
	return "went nowhere: " + string(d.Verdict)
}

// maxTestReasons is how many rules a failed test tells of, and how many parts of
// the condition of each.
const maxTestReasons = 3

// testReason says of the rules that were expected to decide why they did not;
// where none of them was asked, why the one that decided did.
func testReason(e Explanation, p *Plan, d Decision, want TestExpect) string {
	var reasons []string
	decided := ""
	for _, c := range e.Checks {
		switch {
		case c.Check != "rule":
		case c.Subject == d.Rule:
			decided = c.inOneLine()
		case expectedRule(p, want, c.Subject) && len(reasons) < maxTestReasons:
			reasons = append(reasons, c.inOneLine())
		}
	}
	switch {
	case len(reasons) > 0:
		return strings.Join(reasons, "; ")
	case d.Block != nil:
		return "the blocklist: " + d.Block.Why()
	}
	return decided
}

// expectedRule tells whether a rule could have done what a test expects.
func expectedRule(p *Plan, want TestExpect, name string) bool {
	if want.Rule != "" {
		return want.Rule == name
	}
	i := slices.IndexFunc(p.rules, func(r rule) bool { return r.name == name })
	return i >= 0 && want.Route != "" && want.leadsTo(p, p.rules[i].then)
}

// inOneLine says of a rule what it was, and what in its condition made it so.
func (c Check) inOneLine() string {
	text := "rule " + c.Subject + " was " + c.Result
	if c.Detail != "" {
		text += ", " + c.Detail
	}
	for i, reason := range c.Because {
		if i == maxTestReasons {
			break
		}
		text += "; " + strings.ReplaceAll(reason.String(), "  ", " was ")
	}
	return text
}
