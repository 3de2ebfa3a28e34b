package routing

import (
	"net/netip"
	"slices"
)

// trunk is a trunk in compiled form.
type trunk struct {
	Trunk
	addresses []netip.Prefix
}

func (t *trunk) fits(c *Call, address netip.Addr) bool {
	if t.Profile != "" && t.Profile != c.Profile {
		return false
	}
	return len(t.addresses) == 0 || slices.ContainsFunc(t.addresses, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Seconds a gateway may say nothing, by default and at most.
const (
	defaultProgress = 8
	maxProgress     = 60
)

// The first of each is the default.
var (
	callerIDPolicies = []CallerIDPolicy{CallerIDKeep, CallerIDOwn}
	callerIDHeaders  = []CallerIDHeader{HeaderNone, HeaderDiversion, HeaderAsserted, HeaderBoth}
)

// line is the trunk as outside calls leave by it.
func (t *trunk) line() Line {
	return Line{Trunk: t.Name, Gateway: t.Gateway, ProgressSeconds: t.ProgressSeconds, CallerID: t.CallerID, Header: t.CallerIDHeader}
}

func (r *roster) trunk(name string) *trunk {
	for _, t := range r.trunks {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// incomingTrunk finds the trunk a call came in over: the one the dialplan
// named, else the first that fits; nil if none does.
func (r *roster) incomingTrunk(c *Call) *trunk {
	if t := r.trunk(c.Trunk); c.Trunk != "" && t != nil {
		return t
	}
	address, err := netip.ParseAddr(c.NetworkIP)
	if err == nil {
		address = address.Unmap().WithZone("")
	}
	for _, t := range r.trunks {
		if t.fits(c, address) {
			return t
		}
	}
	return nil
}

// countryOf gives the country that reads national numbers of a trunk.
func (r *roster) countryOf(t *trunk) string {
	if t == nil || t.Country == "" {
		return r.country
	}
	return t.Country
}
