package routing

// What a plan takes in memory, about: rather more than was measured of two
// thousand tenants with 50 extensions, 10 numbers and 20 rules, half of which no
// other has (50 kB each).
const (
	planBytes    = 6 << 10
	ruleBytes    = 3 << 10
	entryBytes   = 300
	blockedBytes = 400
	numberBytes  = 120
)

// planSize estimates what the plan of a configuration takes.
func planSize(c *TenantConfig) int64 {
	size := planBytes + ruleBytes*len(c.Rules)
	size += entryBytes * (len(c.Extensions) + len(c.DIDs) + len(c.Forwards) + len(c.RingGroups) + len(c.IVRMenus) + len(c.Schedules) + len(c.Webhooks))
	size += blockedBytes * (len(c.Blocklist) + len(c.Allowlist))
	for _, l := range c.Lists {
		size += entryBytes + numberBytes*len(l.Numbers)
	}
	return int64(size)
}
