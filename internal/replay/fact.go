package replay

import (
	"switchyard/handlers"
	"switchyard/internal/record"
	"switchyard/routing"
)

// wentElsewhere tells whether a call went elsewhere, as far as its record tells,
// than a configuration sends it; and whether the record tells at all.
func wentElsewhere(c *record.Call, p *Place) (elsewhere, known bool) {
	if len(c.Steps) > 0 {
		return p.Verdict != routing.Routed || !p.leads(c), true
	}
	verdict, refused := refusals[c.Status]
	switch {
	case refused:
		return p.Verdict != verdict, true
	case c.DestinationRoute == "": // nothing is said of where it was to go
		return false, false
	}
	first := p.way(c)[0]
	return p.Verdict != routing.Routed || first.Route != c.DestinationRoute, true
}

// refusals are the statuses of calls that no destination had.
var refusals = map[record.Status]routing.Verdict{
	handlers.StatusBlocked:       routing.CallerBlocked,
	handlers.StatusDenied:        routing.CallDenied,
	handlers.StatusSuspended:     routing.TenantSuspended,
	handlers.StatusNoRoute:       routing.NoRoute,
	handlers.StatusUnknownNumber: routing.UnknownNumber,
}

// leads tells whether the steps of a call began where it leads. A caller who hung
// up early had fewer of them.
func (p *Place) leads(c *record.Call) bool {
	way := p.way(c)
	for i := range min(len(way), len(c.Steps)) {
		if way[i] != c.Steps[i].Destination {
			return false
		}
	}
	return true
}

// way is each destination to the place, for a call: the number it dialled is
// where it goes if that counts.
func (p *Place) way(c *record.Call) []routing.Destination {
	last := p.Destination
	if p.Dialled {
		last.Target = c.Dialled
	}
	return append(p.Via[:len(p.Via):len(p.Via)], last)
}
