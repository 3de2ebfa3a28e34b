package routing

import (
	"fmt"
	"slices"
)

const defaultForwardRing = 30 // seconds

const noTrunkHint = "the operator grants trunks; one of them needs a gateway"

func (t *tenantCompiler) forwards() {
	names, ids := seen{}, seen{}
	for i, f := range t.config.Forwards {
		at := path{"forwards", i}
		ring := t.seconds(f.RingSeconds, defaultForwardRing, maxRing, at.with("ringSeconds"))
		named := t.named(ids, names, f.ID, f.Name, at)
		number := t.outsideNumber(f.Number, at.with("number"))
		lines := t.shownBy(f, t.forwardLines(f, at), at.with("callerId"))
		if named {
			t.plan.addForward(f.ID, &forward{name: f.Name, number: number, lines: lines, ring: ring})
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
	} else if refusal := t.plan.mayCall(number); refusal != nil {
		t.add(p, refusal.Detail, "the operator grants countries and blocks prefixes")
	}
	return number
}

// forwardLines gives the trunks a forward's calls leave by, in order.
func (t *tenantCompiler) forwardLines(f Forward, at path) []Line {
	switch {
	case f.Trunk != "" && len(f.Trunks) > 0:
		t.add(at.with("trunk"), "both trunk and trunks", "trunk is short for a list of one")
		return nil
	case f.Trunk != "":
		return t.lines([]string{f.Trunk}, func(int) path { return at.with("trunk") })
	case len(f.Trunks) > 0:
		return t.lines(f.Trunks, func(j int) path { return at.with("trunks", j) })
	case len(t.plan.outgoing) == 0:
		t.add(at, "the tenant has no trunk that can carry outside calls", noTrunkHint)
	}
	return t.plan.outgoing
}

func (t *tenantCompiler) lines(names []string, at func(j int) path) []Line {
	granted := make([]string, len(t.plan.trunks))
	for i, line := range t.plan.trunks {
		granted[i] = line.Name
	}
	var lines []Line
	known := seen{}
	for j, name := range names {
		i := slices.Index(granted, name)
		switch {
		case i < 0:
			t.add(at(j), fmt.Sprintf("no trunk %q is granted to the tenant", name), didYouMean(name, granted))
		case t.plan.trunks[i].Gateway == "":
			t.add(at(j), fmt.Sprintf("trunk %q has no gateway to call out by", name), "")
		case t.unique(known, name, "trunk", at(j)):
			lines = append(lines, t.plan.trunks[i].line())
		}
	}
	return lines
}

// shownBy applies a forward's own policy of caller ids to its lines. It may
// show less of the caller than a trunk does, not more.
func (t *tenantCompiler) shownBy(f Forward, lines []Line, at path) []Line {
	switch f.CallerID {
	case "":
	case CallerIDKeep:
		if i := slices.IndexFunc(lines, func(l Line) bool { return l.CallerID == CallerIDOwn }); i >= 0 {
			t.add(at, fmt.Sprintf("trunk %q shows only numbers of the tenant", lines[i].Trunk), "leave callerId out, or use another trunk")
		}
	case CallerIDOwn:
		lines = slices.Clone(lines)
		for i := range lines {
			lines[i].CallerID = CallerIDOwn
		}
	default:
		policies := []CallerIDPolicy{CallerIDKeep, CallerIDOwn}
		t.add(at, fmt.Sprintf("unknown policy %q", f.CallerID), oneOf(f.CallerID, policies))
	}
	return lines
}
