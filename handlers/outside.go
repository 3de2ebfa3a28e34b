package handlers

import (
	"switchyard/dialplan"
	"switchyard/routing"
)

// outsideLeg calls an outside number over a line, showing what the tenant's and
// the trunk's policy say; by is the extension it is called for, "" if none, and
// why is what made the call go outside.
func (c *Call) outsideLeg(number routing.Number, line routing.Line, by string, why dialplan.DiversionReason) (dialplan.Leg, error) {
	gateway, err := dialplan.ParseGateway(line.Gateway)
	if err != nil {
		return dialplan.Leg{}, err
	}
	dialled, err := dialplan.ParseOutsideNumber(number.E164())
	if err != nil {
		return dialplan.Leg{}, err
	}
	leg := dialplan.Leg{To: dialplan.DialGateway(gateway, dialled), Callee: dialled}
	return leg, c.show(&leg, c.Plan.CallerID(c.Decision, by, line), why)
}

// show puts on a leg whose number it is shown.
func (c *Call) show(leg *dialplan.Leg, id routing.CallerID, why dialplan.DiversionReason) error {
	leg.NumberAsName = !id.Name
	if leg.Anonymous, leg.Private = id.Anonymous, id.Anonymous; !id.Anonymous {
		number, err := dialplan.ParseOutsideNumber(id.Number)
		if err != nil {
			return err
		}
		leg.CallerNumber = number
	}
	if !id.Diversion && !id.Asserted || c.Plan.Domain() == "" {
		return nil // a header needs a host beside the number
	}
	own, err := c.identity(id.Own)
	if err != nil {
		return err
	}
	if id.Diversion {
		leg.Diversion = dialplan.NewDiversion(own, why)
	}
	if id.Asserted {
		leg.Asserted = own
	}
	return nil
}

func (c *Call) identity(number string) (dialplan.Identity, error) {
	n, err := dialplan.ParseOutsideNumber(number)
	if err != nil {
		return dialplan.Identity{}, err
	}
	domain, err := dialplan.ParseDomain(c.Plan.Domain())
	if err != nil {
		return dialplan.Identity{}, err
	}
	return dialplan.NewIdentity(n, domain), nil
}

// diversionReason says in RFC 5806's words why a call is forwarded.
func diversionReason(t routing.ForwardType) dialplan.DiversionReason {
	switch t {
	case routing.ForwardAlways:
		return dialplan.DivertedAlways
	case routing.ForwardBusy:
		return dialplan.DivertedBusy
	case routing.ForwardNoAnswer:
		return dialplan.DivertedNoAnswer
	case routing.ForwardUnregistered:
		return dialplan.DivertedUnavailable
	}
	return dialplan.DivertedUnknown
}
