package routing

import "time"

// maxShownDepth is how far an explanation follows the exits.
const maxShownDepth = 6

// Explanation says why a call goes where it goes: every check in the order it
// was made, what came of it, and what follows.
type Explanation struct {
	Verdict     Verdict     `json:"verdict"`
	Tenant      string      `json:"tenant,omitempty"` // its name
	TenantID    TenantID    `json:"tenantId,omitempty"`
	Revision    int         `json:"revision"`
	Direction   Direction   `json:"direction"`
	Caller      string      `json:"caller"`
	Dialled     string      `json:"dialled"`
	Destination Destination `json:"destination,omitzero"`
	Rule        string      `json:"rule,omitempty"`
	Set         RuleSet     `json:"set,omitzero"`
	Reason      string      `json:"reason,omitempty"` // of a block or a denial
	FailedRules []string    `json:"failedRules,omitempty"`
	Checks      []Check     `json:"checks"`
	Next        []Branch    `json:"next,omitempty"` // from Destination
}

// Check is one thing that was looked at.
type Check struct {
	Check   string `json:"check"`   // tenant, suspended, blocklist, rule …
	Subject string `json:"subject"` // what was looked at
	Result  string `json:"result"`
	Detail  string `json:"detail,omitempty"`
	// Values are those an expression read, by name, written as in expressions.
	Values map[string]string `json:"values,omitempty"`
}

// Branch is where a call goes on when a destination ends without an answer.
type Branch struct {
	Outcomes    []Outcome   `json:"outcomes"` // all that lead here
	Destination Destination `json:"destination,omitzero"`
	Ends        bool        `json:"ends,omitempty"`    // no destination: the call ends
	Default     bool        `json:"default,omitempty"` // by the tenant's default destination, not an exit
	More        bool        `json:"more,omitempty"`    // not followed any further here
	Next        []Branch    `json:"next,omitempty"`
}

// Explain decides like Decide, by the same code, and says why.
func (d *Directory) Explain(c Call, now time.Time) Explanation {
	t := &trace{}
	decision := d.decide(&c, now, t)
	e := Explanation{
		Verdict: decision.Verdict, TenantID: decision.Tenant, Revision: decision.Revision, Direction: decision.Direction,
		Caller: shownNumber(decision.Caller), Dialled: shownNumber(decision.Dialled),
		Destination: decision.Destination, Rule: decision.Rule, Set: decision.Set,
		Reason:      orText(decision.BlockReason, decision.DenyReason),
		FailedRules: decision.FailedRules, Checks: t.checks,
	}
	if decision.Plan != nil {
		e.Tenant = decision.Plan.grant.Name
	}
	if decision.Verdict == Routed {
		e.Next = decision.Plan.branches(decision.Destination, maxShownDepth)
	}
	return e
}

// branches gives what follows a destination, outcomes with the same end
// together.
func (p *Plan) branches(at Destination, depth int) []Branch {
	var branches []Branch
	for _, outcome := range exitOutcomes {
		branch := p.branch(at, outcome)
		if i := sameEnd(branches, branch); i >= 0 {
			branches[i].Outcomes = append(branches[i].Outcomes, outcome)
			continue
		}
		branches = append(branches, branch)
	}
	for i := range branches {
		b := &branches[i]
		switch {
		case b.Ends || b.Destination.Route == RouteHangup || b.Destination.Route == RouteVoicemail:
		case depth <= 1:
			b.More = true
		default:
			b.Next = p.branches(b.Destination, depth-1)
		}
	}
	if len(branches) == 1 && branches[0].Ends {
		return nil
	}
	return branches
}

func (p *Plan) branch(at Destination, outcome Outcome) Branch {
	next, ok := p.Next(at, outcome)
	_, byExit := p.exitsAt(at)[outcome]
	return Branch{Outcomes: []Outcome{outcome}, Destination: next, Ends: !ok, Default: ok && !byExit}
}

func sameEnd(branches []Branch, b Branch) int {
	for i, other := range branches {
		if other.Destination == b.Destination && other.Ends == b.Ends && other.Default == b.Default {
			return i
		}
	}
	return -1
}
