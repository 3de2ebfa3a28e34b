package routing

import (
	"fmt"
	"slices"
	"strings"
)

func (t *tenantCompiler) lists() {
	names, ids := seen{}, seen{}
	for i, l := range t.config.Lists {
		at := path{"lists", i}
		named := t.named(ids, names, l.ID, l.Name, at)
		numbers := make([]Number, 0, len(l.Numbers))
		for j, text := range l.Numbers {
			if number, ok := t.number(text, at.with("numbers", j)); ok {
				numbers = append(numbers, number)
			}
		}
		if named {
			t.plan.addList(l.Name, newNumberSet(numbers))
		}
	}
}

// number reads a number of the world outside or of an extension; an extension
// the tenant has wins over what its digits mean outside.
func (t *tenantCompiler) number(text string, p path) (Number, bool) {
	number, ok := t.readNumber(text)
	if ok {
		return number, true
	}
	if text == "" {
		t.add(p, "no number", "")
	} else {
		t.add(p, fmt.Sprintf("%q is no telephone number", text), "write it like +15551234567")
	}
	return number, false
}

// readNumber is number without a word of what is wrong.
func (t *tenantCompiler) readNumber(text string) (Number, bool) { return t.plan.readNumber(text) }

// readNumber reads a number as the tenant's configuration spells it: one of its
// extensions, or one outside.
func (p *Plan) readNumber(text string) (Number, bool) {
	if _, known := p.extensions[text]; known && isExtensionNumber(text) {
		return extensionNumber(text), true
	}
	number := ParseNumber(text, p.grant.Country)
	return number, number.Readable()
}

func (t *tenantCompiler) dids() {
	numbers, ids := seen{}, seen{}
	for i, d := range t.config.DIDs {
		at := path{"dids", i}
		t.identified(ids, d.ID, at)
		number := t.ownNumber(d.Number, at.with("number"))
		to := Destination{Route: d.InboundRoute, Target: d.RouteTarget}
		to, ok := t.destination(to, at.with("inboundRoute"), at.with("routeTarget"))
		if ok && number != "" && t.unique(numbers, number, "number", at.with("number")) {
			t.plan.routes[number] = to
			t.numberHours(number, d, to, at.with("schedule"))
		}
	}
}

func (t *tenantCompiler) ownNumber(text string, p path) string {
	number := ParseNumber(text, t.plan.grant.Country).E164()
	switch {
	case text == "":
		t.add(p, "no number", "")
	case number == "":
		t.add(p, fmt.Sprintf("%q is no telephone number", text), "write it like +15551234567")
	case !slices.Contains(t.plan.numbers, number):
		t.add(p, number+" is not granted to the tenant", "granted are "+orNone(t.plan.numbers))
	default:
		return number
	}
	return ""
}

// callerID is the number outside calls show where nothing else gives one.
func (t *tenantCompiler) callerID() {
	if text := t.config.CallerID; text != "" {
		t.plan.callerID = t.ownNumber(text, path{"callerId"})
	}
}

func (t *tenantCompiler) defaultDestination() {
	if d := t.config.DefaultDestination; d != nil {
		at := path{"defaultDestination"}
		t.plan.fallback, _ = t.destination(*d, at.with("route"), at.with("target"))
	}
}

// unrouted warns of numbers whose calls go nowhere.
func (t *tenantCompiler) unrouted() {
	if t.config.DefaultDestination != nil || len(t.config.Rules) > 0 {
		return
	}
	for _, number := range t.plan.numbers {
		routed := slices.ContainsFunc(t.config.DIDs, func(d DID) bool {
			return ParseNumber(d.Number, t.plan.grant.Country).E164() == number
		})
		if !routed {
			t.warn(path{"dids"}, "calls to "+number+" go nowhere", "route it, or set a defaultDestination")
		}
	}
}

func orNone(texts []string) string {
	const shown = 5
	switch {
	case len(texts) == 0:
		return "none"
	case len(texts) > shown:
		return strings.Join(texts[:shown], ", ") + fmt.Sprintf(" and %d more", len(texts)-shown)
	default:
		return strings.Join(texts, ", ")
	}
}
