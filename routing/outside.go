package routing

import "fmt"

// OutsideCall is a call to a number outside the platform, ready to be dialled.
type OutsideCall struct {
	Name        string // of the forward, "" for a plain number
	Number      Number // always E.164
	Gateway     string // FreeSWITCH's name of it
	Trunk       string
	RingSeconds int
}

// RefusalReason says why an outside call may not be made; a closed set.
type RefusalReason string

const (
	// RefusedTarget: neither a forward of the tenant nor a telephone number.
	RefusedTarget RefusalReason = "unknown-target"
	// RefusedCountry: the operator did not grant the number's country.
	RefusedCountry RefusalReason = "country-not-allowed"
	// RefusedTrunk: no trunk of the tenant can carry outside calls.
	RefusedTrunk RefusalReason = "no-trunk"
)

// RefusedError is the error of Plan.Forward. Its text quotes the target and is
// safe to show.
type RefusedError struct {
	Target string
	Reason RefusalReason
	Detail string
}

// Error gives the target and why it was refused.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("outside call to %q: %s", shorten(e.Target, maxCallerName), e.Detail)
}

// Forward gives the outside call for a target of RouteForward: a forward's name
// or id, or a number. The error is always a *RefusedError.
func (p *Plan) Forward(target string) (OutsideCall, error) {
	if f, ok := p.forwards[target]; ok {
		return OutsideCall{
			Name: f.name, Number: f.number, Gateway: f.trunk.Gateway, Trunk: f.trunk.Name, RingSeconds: f.ring,
		}, nil
	}
	number := ParseNumber(target, p.grant.Country)
	if number.E164() == "" {
		return OutsideCall{}, &RefusedError{Target: target, Reason: RefusedTarget, Detail: "neither a forward nor a number"}
	}
	line, refusal := p.outside(number)
	if refusal != nil {
		return OutsideCall{}, refusal
	}
	return OutsideCall{Number: number, Gateway: line.Gateway, Trunk: line.Name, RingSeconds: defaultForwardRing}, nil
}

// outside gives the trunk a call to an E.164 number leaves by, or why it may
// not leave.
func (p *Plan) outside(number Number) (*trunk, *RefusedError) {
	if !p.mayCall(number) {
		return nil, &RefusedError{Target: number.String(), Reason: RefusedCountry, Detail: p.notAllowed(number)}
	}
	line := p.outgoingTrunk()
	if line == nil {
		return nil, &RefusedError{Target: number.String(), Reason: RefusedTrunk, Detail: "no trunk of the tenant can carry outside calls"}
	}
	return line, nil
}
