package routing

import (
	"fmt"
	"maps"
	"slices"
)

const (
	defaultExtensionRing = 25 // seconds
	defaultForwardRing   = 30 // seconds
	maxRing              = 300
	maxDisplayName       = 64
	maxReason            = 200
)

// tenantCompiler checks one tenant's configuration into its plan.
type tenantCompiler struct {
	scope
	config TenantConfig
	plan   *Plan
}

// compile goes from what is referred to, to what refers.
func (t *tenantCompiler) compile() {
	t.extensions()
	t.forwards()
	t.lists()
	t.blocklist()
	t.exits()
	t.dids()
	t.rules()
	t.webhooks()
	t.defaultDestination()
	t.graph()
	t.unrouted()
}

func (t *tenantCompiler) extensions() {
	numbers, ids := seen{}, seen{}
	for i, e := range t.config.Extensions {
		at := path{"extensions", i}
		t.identified(ids, e.ID, at)
		t.printable(e.DisplayName, maxDisplayName, at.with("displayName"))
		e.RingSeconds = t.seconds(e.RingSeconds, defaultExtensionRing, maxRing, at.with("ringSeconds"))
		p := at.with("extension")
		switch {
		case e.Extension == "":
			t.add(p, "no extension number", "")
		case !isExtensionNumber(e.Extension):
			t.add(p, fmt.Sprintf("%q cannot be an extension", e.Extension), "2 to 10 digits")
		case t.unique(numbers, e.Extension, "extension", p):
			e.Exits = nil
			t.plan.addExtension(e)
		}
	}
}

func (t *tenantCompiler) forwards() {
	names, ids := seen{}, seen{}
	for i, f := range t.config.Forwards {
		at := path{"forwards", i}
		ring := t.seconds(f.RingSeconds, defaultForwardRing, maxRing, at.with("ringSeconds"))
		named := t.named(ids, names, f.ID, f.Name, at)
		number := t.outsideNumber(f.Number, at.with("number"))
		line := t.forwardTrunk(f, at)
		if named {
			t.plan.addForward(f.ID, &forward{name: f.Name, number: number, trunk: line, ring: ring})
		}
	}
}

// outsideNumber reads a number the tenant wants to call and checks that it may.
func (t *tenantCompiler) outsideNumber(text string, p path) Number {
	number := ParseNumber(text, t.plan.grant.Country)
	if text == "" {
		t.add(p, "no number", "")
	} else if number.E164() == "" {
		t.add(p, fmt.Sprintf("%q is no telephone number", text), "write it like +15551234567")
	} else if !t.plan.mayCall(number) {
		t.add(p, t.plan.notAllowed(number), "the operator grants countries")
	}
	return number
}

func (t *tenantCompiler) forwardTrunk(f Forward, at path) *trunk {
	if f.Trunk == "" {
		line := t.plan.outgoingTrunk()
		if line == nil {
			t.add(at, "the tenant has no trunk that can carry outside calls", "the operator grants trunks; one of them needs a gateway")
		}
		return line
	}
	names := make([]string, len(t.plan.trunks))
	for i, line := range t.plan.trunks {
		if line.Name == f.Trunk {
			if line.Gateway == "" {
				t.add(at.with("trunk"), fmt.Sprintf("trunk %q has no gateway to call out by", f.Trunk), "")
			}
			return line
		}
		names[i] = line.Name
	}
	t.add(at.with("trunk"), fmt.Sprintf("no trunk %q is granted to the tenant", f.Trunk), didYouMean(f.Trunk, names))
	return nil
}

func (t *tenantCompiler) exits() {
	for i, e := range t.config.Extensions {
		if known, ok := t.plan.extensions[e.Extension]; ok && known.Exits == nil {
			known.Exits = t.exitsOf(e.Exits, path{"extensions", i, "exits"})
		}
	}
	for i, f := range t.config.Forwards {
		if known, ok := t.plan.forwards[f.Name]; ok && known.exits == nil {
			known.exits = t.exitsOf(f.Exits, path{"forwards", i, "exits"})
		}
	}
}

func (t *tenantCompiler) exitsOf(exits Exits, at path) Exits {
	checked := make(Exits, len(exits))
	for _, outcome := range slices.Sorted(maps.Keys(exits)) {
		p := at.with(string(outcome))
		if !slices.Contains(exitOutcomes, outcome) {
			t.add(p, fmt.Sprintf("unknown outcome %q", outcome), anyOf(exitOutcomes))
			continue
		}
		if next, ok := t.destination(exits[outcome], p.with("route"), p.with("target")); ok {
			checked[outcome] = next
		}
	}
	return checked
}
