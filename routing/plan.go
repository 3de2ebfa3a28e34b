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
	zone     *time.Location
	trunks   []*trunk
	numbers  []string // E.164

	extensions     map[string]*Extension // by number and by id
	forwards       map[string]*forward   // by name and by id
	routes         map[string]Destination
	blockedCallers map[Number]string // reason by number
	blockedTargets map[Number]string
	lists          map[string]*numberSet
	listValues     map[string]any // the same, as expressions see them
	rules          []rule
	webhooks       []Webhook
	fallback       Destination
	afterFallback  map[Destination]bool

	direct map[Destination]path // outside numbers used as targets; only while compiling
}

// forward is a named outside number in compiled form.
type forward struct {
	name   string
	number Number
	trunk  *trunk
	ring   int
	exits  Exits
}

func newPlan(grant TenantGrant, trunks []*trunk, zone *time.Location) *Plan {
	return &Plan{
		grant: grant, zone: zone, trunks: trunks,
		extensions:     map[string]*Extension{},
		forwards:       map[string]*forward{},
		routes:         map[string]Destination{},
		blockedCallers: map[Number]string{},
		blockedTargets: map[Number]string{},
		lists:          map[string]*numberSet{},
		listValues:     map[string]any{},
		afterFallback:  map[Destination]bool{},
		direct:         map[Destination]path{},
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

// mayCall tells whether the operator lets the tenant call a number's country.
func (p *Plan) mayCall(number Number) bool {
	return len(p.grant.Countries) > 0 && slices.Contains(p.grant.Countries, number.Country())
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

// outgoingTrunk is the first of the tenant's trunks that has a gateway.
func (p *Plan) outgoingTrunk() *trunk {
	for _, line := range p.trunks {
		if line.Gateway != "" {
			return line
		}
	}
	return nil
}
