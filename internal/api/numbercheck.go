package api

import (
	"context"

	"switchyard/routing"
)

type (
	numberCheck struct {
		ForTenant
		Number    string            `query:"number" required:"true" minLength:"1" maxLength:"100" doc:"as a call has it; anonymous: a caller that shows no number"`
		Direction routing.Direction `query:"direction" enum:"inbound,outbound" default:"inbound" doc:"inbound: a call from it; outbound: a call to it"`
	}
	numberChecked struct{ Body NumberChecked }
)

// NumberChecked is what becomes of a call from or to a number, as far as the
// allow list and the blocklist go.
type NumberChecked struct {
	Blocked   bool                 `json:"blocked"`
	Number    string               `json:"number" doc:"as it was read"`
	Direction routing.Direction    `json:"direction"`
	Allowed   string               `json:"allowedBy,omitempty" doc:"what of the allow list matches; it wins"`
	ID        string               `json:"id,omitempty" doc:"of the entry that blocks it"`
	Match     string               `json:"match,omitempty" doc:"what of it matches"`
	Reason    string               `json:"reason,omitempty"`
	Action    routing.BlockAction  `json:"action,omitempty"`
	Cause     string               `json:"cause,omitempty" doc:"what the call is ended with"`
	Then      *routing.Destination `json:"then,omitempty" doc:"where it goes instead"`
}

func (s *Server) checkNumber(ctx context.Context, in *numberCheck) (*numberChecked, error) {
	_, plan, err := s.plan(ctx)
	if err != nil {
		return nil, err
	}
	found := plan.Screen(plusAgain(in.Number), in.Direction, s.Now())
	out := &numberChecked{Body: NumberChecked{Number: found.Number.String(), Direction: in.Direction, Allowed: found.Allowed}}
	if in.Number == routing.AnonymousNumber {
		out.Body.Number = routing.AnonymousNumber
	} else if !found.Number.Readable() {
		return nil, wrong("query.number", "%q is no telephone number; write it like +15551234567", legible(in.Number))
	}
	if b := found.Block; b != nil {
		out.Body.Blocked, out.Body.ID, out.Body.Match, out.Body.Reason, out.Body.Action, out.Body.Cause = true, b.ID, b.Match, b.Reason, b.Action, b.Cause
		if !b.Then.IsZero() {
			out.Body.Then = &b.Then
		}
	}
	return out, nil
}
