package routing

import "time"

// AnonymousNumber is how one asks Screen about callers that show no number.
const AnonymousNumber = "anonymous"

// Screening is what a tenant's allow list and blocklist say of a number.
type Screening struct {
	Number  Number // as it was read; the zero Number for AnonymousNumber
	Allowed string // what of the allow list matches it, "" for nothing
	Block   *Block // nil: it is not blocked
}

// Screen looks a number up as a call does that comes from it (Inbound) or goes
// to it (Outbound). It is read like the numbers of the tenant's configuration;
// of one that is not Readable, AnonymousNumber excepted, nothing is known.
func (p *Plan) Screen(number string, direction Direction, now time.Time) Screening {
	f := facts{plan: p, direction: direction, now: now}
	var n Number
	switch {
	case number == AnonymousNumber:
	case p.extensions[number] != nil && isExtensionNumber(number):
		n = extensionNumber(number)
	default:
		n = ParseNumber(number, p.grant.Country)
	}
	f.from, f.to = n, n
	block := f.screened(nil)
	return Screening{Number: n, Allowed: f.allowed, Block: block}
}
