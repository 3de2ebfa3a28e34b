package replay

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"switchyard/routing"
)

// Place is where one configuration sends a call, as far as it alone says:
// through schedules, and extensions that forward all their calls, to where
// somebody is called, something is played or the call is refused. What follows a
// phone that is busy, or a key in a menu, is not known before it happens.
type Place struct {
	Verdict     routing.Verdict       `json:"verdict"`
	Tenant      string                `json:"tenant,omitempty" doc:"its name"`
	Destination routing.Destination   `json:"destination,omitzero"`
	Via         []routing.Destination `json:"via,omitempty" doc:"schedules and forwarding extensions it came through"`
	// Dialled: the number called is where it goes; it is left out, so that all
	// calls outside are one group.
	Dialled bool            `json:"dialled,omitempty" doc:"the destination is whatever outside number was called"`
	Trunk   string          `json:"trunk,omitempty" doc:"it leaves by, of a call outside"`
	Cause   string          `json:"cause,omitempty" doc:"that a blocked call ends with"`
	Rule    string          `json:"rule,omitempty" doc:"the rule that decided"`
	Blocked bool            `json:"blocklist,omitempty" doc:"an entry of the blocklist decided"`
	Set     routing.RuleSet `json:"set,omitzero" doc:"what its rules set"`
}

// maxVia bounds the ways a call is followed; a configuration has no circle of
// schedules and forwards, and fewer forwards than that.
const maxVia = 20

func placeOf(d *routing.Decision, now time.Time) Place {
	p := Place{Verdict: d.Verdict, Destination: d.Destination, Rule: d.Rule, Blocked: d.Block != nil, Set: d.Set}
	if d.Plan != nil {
		p.Tenant = d.Plan.Tenant().Name
	}
	if d.Direction == routing.Outbound {
		p.Trunk = d.Trunk
	}
	if d.Verdict != routing.Routed {
		if d.Block != nil {
			p.Cause = d.Block.Cause
		}
		return p
	}
	p.follow(d, now)
	if p.Destination.Route == routing.RouteForward && d.Direction == routing.Outbound && p.Destination.Target == d.Dialled.E164() {
		p.Dialled, p.Destination.Target = true, ""
	}
	return p
}

// follow goes on while the configuration alone says where.
func (p *Place) follow(d *routing.Decision, now time.Time) {
	at := routing.Stop{Destination: d.Destination, Open: d.Open}
	for range maxVia {
		next, more := onward(d.Plan, at, now)
		if !more {
			break
		}
		p.Via = append(p.Via, at.Destination)
		at = next
	}
	p.Destination = at.Destination
}

func onward(plan *routing.Plan, at routing.Stop, now time.Time) (routing.Stop, bool) {
	switch at.Route {
	case routing.RouteSchedule:
		next, hours, ok := plan.Follow(at, now)
		switch {
		case ok:
			return next, true
		case hours.Open:
			return plan.Next(at, routing.Open)
		}
		return plan.Next(at, routing.Closed)
	case routing.RouteExtension:
		e, known := plan.Extension(at.Target)
		if !known {
			break
		}
		if _, always := plan.ForwardOf(e.Extension, routing.ForwardAlways); always {
			return plan.Next(at, routing.Forwarded)
		}
	case routing.RouteForward, routing.RouteRingGroup, routing.RouteIVR, routing.RouteVoicemail, routing.RouteHangup,
		routing.RouteOverride, routing.RouteBack, routing.RouteTop, routing.RouteRepeat:
	}
	return routing.Stop{}, false
}

// differs names in what two places differ, nil if a call meets the same at both.
// By which rule or way it comes there is no difference.
func (p *Place) differs(q *Place) []string {
	var names []string
	add := func(name string, differ bool) {
		if differ {
			names = append(names, name)
		}
	}
	add("tenant", p.Tenant != q.Tenant)
	add("verdict", p.Verdict != q.Verdict)
	add("destination", p.Destination != q.Destination || p.Dialled != q.Dialled)
	add("trunk", p.Trunk != q.Trunk)
	add("cause", p.Cause != q.Cause)
	if !reflect.DeepEqual(p.Set, q.Set) {
		names = append(names, setDiffers(p.Set, q.Set)...)
	}
	return names
}

// sameWay tells that a call comes to two places that do not differ by the same
// rule and the same way.
func (p *Place) sameWay(q *Place) bool {
	return p.Rule == q.Rule && p.Blocked == q.Blocked && slices.Equal(p.Via, q.Via)
}

// setDiffers names the keys of two sets that have not the same value: set.tags.
func setDiffers(a, b routing.RuleSet) []string {
	x, y := values(a), values(b)
	var names []string
	for _, key := range slices.Sorted(maps.Keys(union(x, y))) {
		if string(x[key]) != string(y[key]) {
			names = append(names, "set."+key)
		}
	}
	return names
}

func union(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// values gives what is set by the names it has in a configuration. Every value of
// a RuleSet can be written as JSON, and reads back.
func values(set routing.RuleSet) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if text, err := json.Marshal(set); err == nil {
		_ = json.Unmarshal(text, &all)
	}
	return all
}

// String says where in a few words: "schedule office -> voicemail 1001".
func (p Place) String() string {
	switch p.Verdict {
	case routing.UnknownNumber:
		return "nobody has the number"
	case routing.TenantSuspended:
		return "refused: the tenant is suspended"
	case routing.TenantBroken:
		return "refused: the tenant's configuration does not work"
	case routing.NoRoute:
		return "nowhere: no route"
	case routing.CallerBlocked:
		return "refused: blocked" + inBrackets(p.Cause)
	case routing.CallDenied:
		return "refused: not allowed"
	case routing.Routed:
	}
	var way []string
	for _, d := range p.Via {
		way = append(way, d.String())
	}
	to := p.Destination.String()
	if p.Dialled {
		to = "outside, the number dialled"
		if p.Trunk != "" {
			to += ", over " + p.Trunk
		}
	}
	return strings.Join(append(way, to), " -> ")
}

// By says what decided: rule "vip", the blocklist, or nothing of the kind.
func (p Place) By() string {
	switch {
	case p.Rule != "":
		return "rule " + `"` + p.Rule + `"`
	case p.Blocked:
		return "the blocklist"
	}
	return "no rule"
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// SetChange is a value that rules set, under both configurations.
type SetChange struct{ Key, From, To string }

// Sets gives the values that the rules of the two configurations set differently,
// written as JSON; "nothing" where one of them sets none.
func (g *Group) Sets() []SetChange {
	x, y := values(g.From.Set), values(g.To.Set)
	var changes []SetChange
	for _, name := range g.Differs {
		if key, ok := strings.CutPrefix(name, "set."); ok {
			changes = append(changes, SetChange{key, orNothing(x[key]), orNothing(y[key])})
		}
	}
	return changes
}

func orNothing(value json.RawMessage) string {
	if len(value) == 0 {
		return "nothing"
	}
	return string(value)
}
