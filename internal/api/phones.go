package api

import (
	"time"

	"switchyard/routing"
)

// Phones tells what the switches say of an extension's phones; *live.Switches.
// It never waits and is safe for concurrent use.
type Phones interface {
	Phone(domain, extension string) routing.PhoneState
	// Watched tells whether there is a switch to say anything.
	Watched() bool
}

// PhoneStatus is what the switches say of an extension's phones.
type PhoneStatus struct {
	Registered *bool      `json:"registered" doc:"null: it is not known, no switch was ever asked"`
	Contacts   *int       `json:"contacts" doc:"registered phones; null: not known"`
	Calls      *int       `json:"calls" doc:"calls they have, those that ring included; null: not known"`
	OnCall     *bool      `json:"onCall" doc:"null: not known"`
	AsOf       *time.Time `json:"asOf" doc:"when the switches last told it"`
	Stale      bool       `json:"stale" doc:"a switch is not connected: this is the last that was known"`
}

// phone gives what is known of an extension's phones.
func (s *Server) phone(plan *routing.Plan, extension string) routing.PhoneState {
	if s.Phones == nil || plan.Domain() == "" {
		return routing.PhoneState{}
	}
	return s.Phones.Phone(plan.Domain(), extension)
}

func shownPhone(p routing.PhoneState) PhoneStatus {
	if !p.Known {
		return PhoneStatus{}
	}
	registered, onCall := p.Contacts > 0, p.Calls > 0
	return PhoneStatus{
		Registered: &registered, Contacts: &p.Contacts, Calls: &p.Calls, OnCall: &onCall,
		AsOf: orNull(p.AsOf), Stale: p.Stale,
	}
}

// skippedFor is nil for somebody who would be rung.
func skippedFor(e routing.Eligibility) *routing.SkipReason {
	if e.Reason == "" {
		return nil
	}
	return &e.Reason
}
