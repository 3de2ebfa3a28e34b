package routing

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	// Time zones must be there on a machine that has none installed.
	_ "time/tzdata"
)

// Forwards a call may go through, by default and at most.
const (
	defaultMaxForwards = 5
	mostForwards       = 10
)

func (c *compiler) operator() {
	s := scope{compiler: c, key: operatorScope, owner: "operator"}
	s.country(c.cfg.Operator.DefaultCountry, path{"defaultCountry"})
	c.roster.revision = c.cfg.OperatorRevision
	c.roster.country = c.cfg.Operator.DefaultCountry
	c.trunks(s)
	barred := s.barred(c.cfg.Operator.BlockedPrefixes, path{"blockedPrefixes"})
	names, ids, domains := seen{}, seen{}, seen{}
	for i, grant := range c.cfg.Operator.Tenants {
		at := path{"tenants", i}
		c.grantName(s, ids, names, grant, at)
		g := c.grant(s, grant, at)
		g.barred = []*prefixes[struct{}]{barred, s.barred(grant.BlockedPrefixes, at.with("blockedPrefixes"))}
		c.domains(s, domains, g, at)
		c.numbers(s, g, at)
		c.roster.add(g)
	}
}

func (c *compiler) grantName(s scope, ids, names seen, grant TenantGrant, at path) {
	s.matching(grant.Name, "name", namePattern, at.with("name"), nameHint)
	s.unique(names, grant.Name, "tenant", at.with("name"))
	if grant.ID == "" {
		s.add(at.with("id"), "no id", "for example id: "+derivedID("", grant.Name)+", and never change it")
		return
	}
	s.identified(ids, string(grant.ID), at)
}

func (c *compiler) trunks(s scope) {
	names := seen{}
	for i, t := range c.cfg.Operator.Trunks {
		at := path{"trunks", i}
		s.named(seen{}, names, "", t.Name, at)
		if t.Gateway != "" {
			s.matching(t.Gateway, "gateway", dialSafePattern, at.with("gateway"), dialSafeHint)
		}
		s.country(t.Country, at.with("country"))
		s.outgoing(&t, at)
		line := &trunk{Trunk: t}
		for j, text := range t.Addresses {
			if prefix, ok := parseAddresses(text); ok {
				line.addresses = append(line.addresses, prefix)
			} else {
				s.add(at.with("addresses", j), fmt.Sprintf("%q is no address range", text), "write it like 192.0.2.0/24 or 192.0.2.1")
			}
		}
		c.roster.trunks = append(c.roster.trunks, line)
	}
}

// outgoing checks how calls leave by a trunk and fills in defaults.
func (s scope) outgoing(t *Trunk, at path) {
	t.CallerID = choice(s, t.CallerID, callerIDPolicies, "policy", at.with("callerId"))
	t.CallerIDHeader = choice(s, t.CallerIDHeader, callerIDHeaders, "header", at.with("callerIdHeader"))
	t.ProgressSeconds = s.seconds(t.ProgressSeconds, defaultProgress, maxProgress, at.with("progressSeconds"))
}

// choice checks a word of a closed set, whose first member is the default.
func choice[T ~string](s scope, word T, members []T, what string, p path) T {
	if word == "" {
		return members[0]
	}
	if !slices.Contains(members, word) {
		s.add(p, fmt.Sprintf("unknown %s %q", what, word), oneOf(word, members))
	}
	return word
}

// barred reads the beginnings of numbers that may not be called.
func (s scope) barred(texts []string, at path) *prefixes[struct{}] {
	barred, known := &prefixes[struct{}]{}, seen{}
	for j, text := range texts {
		if prefix, ok := s.prefix(text, at.with(j)); ok && s.unique(known, prefix, "prefix", at.with(j)) {
			barred.add(prefix, struct{}{})
		}
	}
	return barred
}

func parseAddresses(text string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), true
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), true
}

// grant checks what the operator grants a tenant and fills in defaults.
func (c *compiler) grant(s scope, grant TenantGrant, at path) *granted {
	s.country(grant.Country, at.with("country"))
	if grant.Country == "" {
		grant.Country = c.roster.country
	}
	for j, code := range grant.Countries {
		s.country(code, at.with("countries", j))
	}
	grant.MaxForwards = s.seconds(grant.MaxForwards, defaultMaxForwards, mostForwards, at.with("maxForwards"))
	var trunks []*trunk
	for j, name := range grant.Trunks {
		if line := c.roster.trunk(name); line != nil {
			trunks = append(trunks, line)
		} else {
			s.add(at.with("trunks", j), fmt.Sprintf("no trunk %q", name), didYouMean(name, c.roster.trunkNames()))
		}
	}
	zone := time.UTC
	if grant.Timezone != "" {
		if known, ok := s.timezone(grant.Timezone, at.with("timezone")); ok {
			zone = known
		}
	}
	return &granted{grant: grant, zone: zone, trunks: trunks}
}

func (c *compiler) domains(s scope, known seen, g *granted, at path) {
	for j, domain := range g.grant.Domains {
		p := at.with("domains", j)
		lower := strings.ToLower(domain)
		if s.matching(domain, "domain", dialSafePattern, p, dialSafeHint) && s.unique(known, lower, "domain", p) {
			c.roster.byDomain[lower] = len(c.roster.granted)
		}
	}
}

func (c *compiler) numbers(s scope, g *granted, at path) {
	for j, text := range g.grant.Numbers {
		p := at.with("numbers", j)
		number := ParseNumber(text, g.grant.Country).E164()
		if number == "" {
			s.add(p, fmt.Sprintf("%q is no telephone number", text), "write it like +15551234567")
			continue
		}
		if owner, taken := c.roster.byNumber[number]; taken {
			s.add(p, fmt.Sprintf("%s is granted to %s already", number, c.roster.nameAt(owner, g)), "")
			continue
		}
		c.roster.byNumber[number] = len(c.roster.granted)
		g.numbers = append(g.numbers, number)
	}
}
