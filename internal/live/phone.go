package live

import (
	"slices"
	"strings"
	"time"

	"switchyard/routing"
)

// Contact is a phone that is registered for an extension.
type Contact struct {
	Switch    string // the name of the switch it is registered at
	Profile   string // of that switch
	URI       string // where the phone is reached, e.g. sip:1001@192.0.2.7:5060
	UserAgent string
	NetworkIP string // where its REGISTER came from
	Port      string
	// ExpiresAt is when it ends unless it is renewed. A switch keeps a contact for
	// a while longer, a minute by default, and a list tells the later time.
	ExpiresAt time.Time

	callID string // of its REGISTER: with some settings, what FreeSWITCH tells contacts apart by
}

// Call is a call an extension has, whoever routed it.
type Call struct {
	Switch   string
	ID       string    // the caller's channel; several phones of an extension that ring for it are one call
	Answered bool      // false: it rings there, or the extension hears it ring
	Since    time.Time // when it was first heard of
}

// Phone tells what the switches say of an extension's phones. It reads memory
// only and never waits. The domain may be in capitals.
//
// A switch that was never asked could have any phone. Until all were asked,
// only what is there is known, not what is not there.
func (s *Switches) Phone(domain, extension string) routing.PhoneState {
	view := s.look()
	domain = strings.ToLower(domain)
	state := view.state
	var seen []Contact
	for _, l := range s.links {
		l.phones.mu.RLock()
		if p := l.phones.domains[domain][extension]; p != nil {
			state.Calls += len(p.calls)
			state.Contacts += countNew(seen, p.contacts)
			if seen == nil {
				seen = slices.Clip(p.contacts)
			} else {
				seen = append(seen, p.contacts...)
			}
		}
		l.phones.mu.RUnlock()
	}
	return view.known(state)
}

// countNew leaves out contacts that another switch told of: switches with one
// database for registrations all list all.
func countNew(seen, more []Contact) int {
	if len(seen) == 0 {
		return len(more)
	}
	n := 0
	for i := range more {
		if !holds(seen, more[i].URI) {
			n++
		}
	}
	return n
}

func holds(contacts []Contact, uri string) bool {
	for i := range contacts {
		if contacts[i].URI == uri {
			return true
		}
	}
	return false
}

// Phones gives, by extension, the state of all of a domain's phones that are
// registered or on a call. An extension that is not in it has no phone.
func (s *Switches) Phones(domain string) map[string]routing.PhoneState {
	domain = strings.ToLower(domain)
	all := map[string]routing.PhoneState{}
	for _, l := range s.links {
		l.phones.mu.RLock()
		for extension := range l.phones.domains[domain] {
			all[extension] = routing.PhoneState{}
		}
		l.phones.mu.RUnlock()
	}
	for extension := range all {
		all[extension] = s.Phone(domain, extension)
	}
	return all
}

// Contacts gives the registered phones of an extension, in the order of the
// switches' settings.
func (s *Switches) Contacts(domain, extension string) []Contact {
	var all []Contact
	s.each(domain, extension, func(name string, p *phone) {
		known := len(all)
		for _, c := range p.contacts {
			if !holds(all[:known], c.URI) {
				c.Switch = name
				all = append(all, c)
			}
		}
	})
	return all
}

// Calls gives the calls of an extension, in no order.
func (s *Switches) Calls(domain, extension string) []Call {
	var all []Call
	s.each(domain, extension, func(name string, p *phone) {
		for id, c := range p.calls {
			all = append(all, Call{Switch: name, ID: id, Answered: c.answered > 0, Since: c.since})
		}
	})
	return all
}

func (s *Switches) each(domain, extension string, do func(name string, p *phone)) {
	domain = strings.ToLower(domain)
	for _, l := range s.links {
		name := l.snapshot().Name
		l.phones.mu.RLock()
		if p := l.phones.domains[domain][extension]; p != nil {
			do(name, p)
		}
		l.phones.mu.RUnlock()
	}
}

// view is how fresh all switches together are.
type view struct {
	state    routing.PhoneState // without the extension's own
	anyAsked bool
	allAsked bool
}

func (s *Switches) look() view {
	v := view{allAsked: true}
	for _, l := range s.links {
		f := l.freshness()
		if f.stale {
			v.state.Stale = true
		}
		if !f.asked {
			v.allAsked = false
			continue
		}
		if !v.anyAsked || f.told.Before(v.state.AsOf) {
			v.state.AsOf = f.told
		}
		v.anyAsked = true
	}
	return v
}

func (v view) known(state routing.PhoneState) routing.PhoneState {
	if !v.anyAsked || !v.allAsked && state.Contacts == 0 {
		return routing.PhoneState{}
	}
	state.Known = true
	return state
}

// freshness is how fresh one switch's state is.
type freshness struct {
	asked bool      // at least once
	stale bool      // what is known may be out of date
	told  time.Time // when the switch said something last
}

func (l *link) freshness() freshness {
	told := time.Unix(0, l.heard.Load())
	p := l.phones
	p.mu.RLock()
	asked, current := p.asked, p.current
	p.mu.RUnlock()
	return freshness{asked: asked, stale: !current || l.opts.Now().Sub(told) > fresh, told: told}
}
