package routing

import (
	"slices"
	"time"
)

const (
	// maxShownDepth is how far an explanation follows exits and forwards.
	maxShownDepth = 6
	// maxShownBranches is how many branches one shows in all, about.
	maxShownBranches = 500
)

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
	SetBy       []string    `json:"setBy,omitempty"`  // the rules that set something, in order
	Set         RuleSet     `json:"set,omitzero"`     // what they set
	Reason      string      `json:"reason,omitempty"` // of a block or a denial
	FailedRules []string    `json:"failedRules,omitempty"`
	Checks      []Check     `json:"checks"`
	Rings       *Rings      `json:"rings,omitempty"` // whom Destination rings
	Next        []Branch    `json:"next,omitempty"`  // from Destination
}

// Check is one thing that was looked at.
type Check struct {
	Check   string `json:"check"`   // tenant, suspended, blocklist, rule …
	Subject string `json:"subject"` // what was looked at
	Result  string `json:"result"`
	Detail  string `json:"detail,omitempty"`
	// Because is why a rule was what it was: the smallest parts of its condition
	// that made it so.
	Because []Reason `json:"because,omitempty"`
	// Values are those the condition came to read, by name, written as in
	// expressions.
	Values map[string]string `json:"values,omitempty"`
}

// Branch is where a call goes on: when a destination ends without an answer, by
// what the caller presses in a menu, or by what a schedule is.
type Branch struct {
	Outcomes []Outcome `json:"outcomes"` // all that lead here
	// Keys are the entries of a menu that lead here, Choice whether as back, top
	// or repeat; then Destination is the menu that is.
	Keys   []string `json:"keys,omitempty"`
	Choice Route    `json:"choice,omitempty"`
	// Direct are the numbers inside that may be dialled in a menu; there is no
	// Destination then.
	Direct *DirectNumbers `json:"direct,omitempty"`
	// When is what a schedule is when calls go here: open, closed, holiday NAME …
	When []string `json:"when,omitempty"`
	Now  bool     `json:"now,omitempty"` // of a schedule: at the time explained

	Destination Destination `json:"destination,omitzero"`
	// Forward is the extension's forward the call goes on by; then Destination
	// is where it leads, and the exits that follow are those of the extension
	// that forwarded first.
	Forward     ForwardType `json:"forward,omitempty"`
	ForwardedBy string      `json:"forwardedBy,omitempty"` // the extension whose forward it is
	Rings       *Rings      `json:"rings,omitempty"`       // whom Destination rings
	Ends        bool        `json:"ends,omitempty"`        // no destination: the call ends
	Default     bool        `json:"default,omitempty"`     // by the tenant's default destination, not an exit
	More        bool        `json:"more,omitempty"`        // not followed any further here
	Next        []Branch    `json:"next,omitempty"`
}

// DirectNumbers are the numbers inside that may be dialled in a menu.
type DirectNumbers struct {
	Count int      `json:"count"`
	First []string `json:"first"` // some of them
}

// Rings says whom a ring group rings, or an extension beside its phones.
type Rings struct {
	Strategy Strategy `json:"strategy,omitempty"` // of a ring group
	Members  []Member `json:"members"`
	// Skipped are the extensions that do not ring by the configuration alone;
	// who is registered or on a call is known only when a call comes.
	Skipped []Skipped `json:"skipped,omitempty"`
}

// Skipped is an extension that is not rung.
type Skipped struct {
	Extension string      `json:"extension"`
	Reason    SkipReason  `json:"reason"`
	Forward   ForwardType `json:"forward,omitempty"` // its forward that is taken for that
}

// Explain decides like Decide, by the same code, and says why.
func (d *Directory) Explain(c Call, now time.Time, live Live) Explanation {
	t := &trace{}
	decision := d.decide(&c, now, live, t)
	e := Explanation{
		Verdict: decision.Verdict, TenantID: decision.Tenant, Revision: decision.Revision, Direction: decision.Direction,
		Caller: shownNumber(decision.Caller), Dialled: shownNumber(decision.Dialled),
		Destination: decision.Destination, Rule: decision.Rule, SetBy: decision.setters(), Set: decision.Set,
		Reason:      orText(blockReason(decision.Block), decision.DenyReason),
		FailedRules: decision.FailedRules, Checks: t.checks,
	}
	if decision.Plan != nil {
		e.Tenant = decision.Plan.grant.Name
	}
	if decision.Verdict == Routed {
		x := explainer{plan: decision.Plan, now: now, live: live, caller: decision.callingExtension(), left: maxShownBranches}
		e.Rings = x.rings(decision.Destination)
		e.Next = x.branches(Stop{Destination: decision.Destination, Open: decision.Open}, maxShownDepth)
	}
	return e
}

// callingExtension is the extension that calls, "" for a call from outside.
func (d *Decision) callingExtension() string {
	if d.Direction == Inbound {
		return ""
	}
	return d.Caller.String()
}

// setters gives the rules that set something, the one that decided among them.
func (d *Decision) setters() []string {
	by := d.SetBy
	if d.Rule == "" {
		return by
	}
	for _, r := range d.Plan.rules {
		if r.name == d.Rule && !r.set.IsZero() {
			return append(slices.Clip(by), d.Rule)
		}
	}
	return by
}

func blockReason(b *Block) string {
	if b == nil {
		return ""
	}
	return b.Reason
}
