package routing

import (
	"fmt"
	"slices"
	"time"
)

// Plan is one tenant's configuration in the form calls are routed by. It never
// changes and is safe for concurrent use; a call keeps the one it began with.
type Plan struct {
	grant    TenantGrant
	revision int
	hollow   bool // the tenant's configuration does not compile
	zone     *time.Location
	trunks   []*trunk
	numbers  []string              // E.164
	outgoing []Line                // the trunks that have a gateway, in the operator's order
	callerID string                // E.164; "": none set
	barred   []*prefixes[struct{}] // beginnings of numbers that may not be called: the platform's, the tenant's

	extensions    map[string]*Extension     // by number and by id
	lines         map[string]extensionLines // by number
	forwards      map[string]*forward       // by name and by id
	ringGroups    map[string]*ringGroup     // by name and by id
	groupNumbers  map[string]*ringGroup     // by the number it is dialled by inside
	menus         map[string]*menu          // by name and by id
	menuNumbers   map[string]*menu          // by the number it is dialled by inside
	schedules     map[string]*schedule      // by name and by id
	codes         map[string]overrideDial   // of overrides, by what a phone dials
	recording     Recording
	routes        map[string]Destination
	hours         map[string]string // the schedule of a number, by number
	callers       screen            // who may call
	targets       screen            // who may be called
	screened      []BlockedNumber   // what the two were made of, if that is long
	lists         map[string]*numberSet
	listValues    map[string]any // the same, as expressions see them
	rules         []rule
	ruleIndex     *ruleIndex // of rules
	webhooks      []Webhook
	fallback      Destination
	afterFallback map[Destination]bool

	direct map[Destination]path // outside numbers used as targets; only while compiling
}

// forward is a named outside number in compiled form.
type forward struct {
	name   string
	number Number
	lines  []Line
	ring   int
	exits  Exits
}

func newPlan(g *granted, revision int) *Plan {
	var outgoing []Line
	for _, t := range g.trunks {
		if t.Gateway != "" {
			outgoing = append(outgoing, t.line())
		}
	}
	return &Plan{
		grant: g.grant, revision: revision, zone: g.zone, trunks: g.trunks, numbers: g.numbers, barred: g.barred,
		outgoing:      outgoing,
		extensions:    map[string]*Extension{},
		lines:         map[string]extensionLines{},
		forwards:      map[string]*forward{},
		ringGroups:    map[string]*ringGroup{},
		groupNumbers:  map[string]*ringGroup{},
		menus:         map[string]*menu{},
		menuNumbers:   map[string]*menu{},
		schedules:     map[string]*schedule{},
		codes:         map[string]overrideDial{},
		routes:        map[string]Destination{},
		hours:         map[string]string{},
		lists:         map[string]*numberSet{},
		listValues:    map[string]any{},
		afterFallback: map[Destination]bool{},
		direct:        map[Destination]path{},
	}
}

func (p *Plan) addExtension(e Extension) {
	p.extensions[e.Extension] = &e
	if e.ID != "" {
		p.extensions[e.ID] = &e
	}
}

func (p *Plan) addForward(id string, f *forward) {
	p.forwards[f.name] = f
	if id != "" {
		p.forwards[id] = f
	}
}

func (p *Plan) addRingGroup(g *ringGroup) {
	p.ringGroups[g.Name] = g
	if g.ID != "" {
		p.ringGroups[g.ID] = g
	}
	if g.Extension != "" {
		p.groupNumbers[g.Extension] = g
	}
}

func (p *Plan) addList(name string, set *numberSet) {
	p.lists[name] = set
	p.listValues[name] = set
}

// Tenant gives what the operator granted, with the country filled in. Its
// slices belong to the plan and must not be changed.
func (p *Plan) Tenant() TenantGrant { return p.grant }

// Revision is the tenant's configuration revision, 0 if it was never published.
func (p *Plan) Revision() int { return p.revision }

// Domain is the SIP domain its phones are dialled by, "" if it has none.
func (p *Plan) Domain() string {
	if len(p.grant.Domains) == 0 {
		return ""
	}
	return p.grant.Domains[0]
}

// Webhooks gives the enabled endpoints with id, events and timeout filled in.
func (p *Plan) Webhooks() []Webhook { return slices.Clone(p.webhooks) }

// Extension finds an extension by its number or id, defaults filled in and
// exits in their one spelling.
func (p *Plan) Extension(number string) (Extension, bool) {
	e, ok := p.extensions[number]
	if !ok {
		return Extension{}, false
	}
	return *e, true
}

// mayCall tells whether the operator lets the tenant call a number: nil, or
// why not.
func (p *Plan) mayCall(number Number) *RefusedError {
	if len(p.grant.Countries) == 0 || !slices.Contains(p.grant.Countries, number.Country()) {
		return &RefusedError{Target: number.String(), Reason: RefusedCountry, Detail: p.notAllowed(number)}
	}
	for _, barred := range p.barred {
		for prefix := range barred.of(number.E164()) {
			return &RefusedError{
				Target: number.String(), Reason: RefusedPrefix,
				Detail: fmt.Sprintf("calls to numbers that begin with %s are blocked", prefix),
			}
		}
	}
	return nil
}

func (p *Plan) notAllowed(number Number) string {
	country := number.Country()
	switch {
	case len(p.grant.Countries) == 0:
		return "the tenant may not call outside numbers"
	case country == "":
		return "calls to " + number.String() + " are not allowed: no country has this number"
	default:
		return fmt.Sprintf("calls to %s are not allowed for the tenant", country)
	}
}
