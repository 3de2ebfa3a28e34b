package routing

import (
	"fmt"
	"slices"
)

// OutsideCall is a call to a number outside the platform, ready to be dialled.
type OutsideCall struct {
	Name        string // of the forward, "" for a plain number
	Number      Number // always E.164
	Lines       []Line // in the order they are tried; at least one
	RingSeconds int
}

// Line is a trunk an outside call may leave by.
type Line struct {
	Trunk           string
	Gateway         string // FreeSWITCH's name of it
	ProgressSeconds int    // how long it may say nothing before the next one is tried
	CallerID        CallerIDPolicy
	Header          CallerIDHeader
}

// RefusalReason says why an outside call may not be made; a closed set.
type RefusalReason string

const (
	// RefusedTarget: neither a forward of the tenant nor a telephone number.
	RefusedTarget RefusalReason = "unknown-target"
	// RefusedCountry: the operator did not grant the number's country.
	RefusedCountry RefusalReason = "country-not-allowed"
	// RefusedPrefix: the operator blocks numbers that begin so.
	RefusedPrefix RefusalReason = "prefix-blocked"
	// RefusedTrunk: no trunk of the tenant can carry outside calls.
	RefusedTrunk RefusalReason = "no-trunk"
	// RefusedHops: the call went through as many forwards as it may, or comes
	// back to who forwarded it.
	RefusedHops RefusalReason = "too-many-forwards"
)

// RefusedError is the error of Plan.Outside and Plan.Redirect. Its text quotes
// the target and is safe to show.
type RefusedError struct {
	Target string
	Reason RefusalReason
	Detail string
}

// Error gives the target and why it was refused.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("call to %q: %s", shorten(e.Target, maxCallerName), e.Detail)
}

// Outside gives the outside call for a target of RouteForward: a forward's name
// or id, or a number. The error is always a *RefusedError.
func (p *Plan) Outside(target string) (OutsideCall, error) {
	if f, ok := p.forwards[target]; ok {
		return OutsideCall{Name: f.name, Number: f.number, Lines: f.lines, RingSeconds: f.ring}, nil
	}
	number := ParseNumber(target, p.grant.Country)
	if number.E164() == "" {
		return OutsideCall{}, &RefusedError{Target: target, Reason: RefusedTarget, Detail: "neither a forward nor a number"}
	}
	lines, refusal := p.outside(number)
	if refusal != nil {
		return OutsideCall{}, refusal
	}
	return OutsideCall{Number: number, Lines: lines, RingSeconds: defaultForwardRing}, nil
}

// outside gives the lines a call to an E.164 number leaves by, or why it may
// not leave.
func (p *Plan) outside(number Number) ([]Line, *RefusedError) {
	if refusal := p.mayCall(number); refusal != nil {
		return nil, refusal
	}
	if len(p.outgoing) == 0 {
		return nil, &RefusedError{Target: number.String(), Reason: RefusedTrunk, Detail: "no trunk of the tenant can carry outside calls"}
	}
	return p.outgoing, nil
}

// Redirect gives where a phone's 302 sends a call: contact is the user part of
// its first contact, as hostile as any. It goes by the policy of the tenant, as
// if the extension at the stop forwarded always. A number of the tenant itself
// is taken by its route: sent outside it would come back as a new call, and
// around again. The error is always a *RefusedError.
func (p *Plan) Redirect(at Stop, contact string) (Stop, error) {
	to, open, refusal := p.redirectTarget(contact)
	if refusal != nil {
		return Stop{}, refusal
	}
	next := at.passedOn(at.Target, Forwarded)
	next.Destination, next.Open, next.Forward.Type = to, open, ForwardAlways
	if !p.mayForward(next) {
		return Stop{}, &RefusedError{Target: contact, Reason: RefusedHops, Detail: "the call was forwarded too often, or comes back"}
	}
	return next, nil
}

// redirectTarget gives where a contact is, and for a schedule where that leads
// while it is open.
func (p *Plan) redirectTarget(contact string) (to, open Destination, refusal *RefusedError) {
	if to, ok := p.dialledInside(contact); ok {
		return to, open, nil
	}
	number := ParseNumber(contact, p.grant.Country)
	if number.E164() == "" {
		return to, open, &RefusedError{Target: contact, Reason: RefusedTarget, Detail: "neither an extension nor a number"}
	}
	if slices.Contains(p.numbers, number.E164()) {
		return p.ownRoute(number.E164())
	}
	if _, refusal := p.outside(number); refusal != nil {
		return to, open, refusal
	}
	return Destination{Route: RouteForward, Target: number.E164()}, open, nil
}

// ownRoute is where calls to a number of the tenant go that no rule wants.
func (p *Plan) ownRoute(number string) (to, open Destination, refusal *RefusedError) {
	if to, open, ok := p.numberRoute(number); ok {
		return to, open, nil
	}
	if p.fallback.IsZero() {
		return to, open, &RefusedError{Target: number, Reason: RefusedTarget, Detail: "a number of the tenant without a route"}
	}
	return p.fallback, open, nil
}

// dialledInside gives what phones reach by a number inside the tenant.
func (p *Plan) dialledInside(number string) (Destination, bool) {
	if !isExtensionNumber(number) {
		return Destination{}, false
	}
	if g := p.groupNumbers[number]; g != nil {
		return Destination{Route: RouteRingGroup, Target: g.Name}, true
	}
	if m := p.menuNumbers[number]; m != nil {
		return Destination{Route: RouteIVR, Target: m.Name}, true
	}
	if e := p.extensions[number]; e != nil {
		return Destination{Route: RouteExtension, Target: e.Extension}, true
	}
	return Destination{}, false
}
