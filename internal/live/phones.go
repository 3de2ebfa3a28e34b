package live

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// What one switch may make us keep. It takes some hundred bytes each.
const (
	mostContacts   = 200_000
	mostOfOne      = 100 // contacts of one extension
	mostChannels   = 100_000
	mostJournalled = 100_000 // changes while a question is under way
	mostDoubts     = 1000
)

// errTooMuch means that more changed during a question than is kept, so that
// its answer is worth nothing.
var errTooMuch = errors.New("too much changed while the switch was asked")

// owner is the extension a contact or a channel belongs to; the zero owner is
// nobody of a directory.
type owner struct{ domain, extension string } // the domain in small letters

// phones is what one switch says of its phones. Events change it at once; an
// answer to a question replaces it, and then what changed since the question
// was asked is done again, so that what is newer wins. Safe for concurrent use.
type phones struct {
	mu       sync.RWMutex
	domains  map[string]map[string]*phone
	channels map[string]channel
	contacts int
	onCall   int // extensions with a call

	asked   bool // the switch was asked for everything at least once
	current bool // and since it was connected

	asking  bool // a question is under way
	journal []change
	ended   map[string]bool // channels that ended since it was asked
	lost    bool            // the journal was too short
	doubts  map[doubt]bool  // what only the switch can tell
}

// phone is an extension that has contacts or calls.
type phone struct {
	contacts []Contact
	calls    map[string]callState
}

// callState is what of a call is at an extension: one channel, or one for each
// phone that rings.
type callState struct {
	legs, answered int
	since          time.Time
}

// channel is one of the switch's channels. Those of nobody are kept too, so
// that nobody asks for them again.
type channel struct {
	owner    owner
	call     string
	answered bool
	since    time.Time
}

// change is what an event says of an extension's contacts.
type change struct {
	of      owner
	gone    bool
	contact Contact
}

// doubt is an extension whose contacts on a profile have to be asked for.
type doubt struct {
	of      owner
	profile string
}

func newPhones() *phones {
	return &phones{domains: map[string]map[string]*phone{}, channels: map[string]channel{}, ended: map[string]bool{}, doubts: map[doubt]bool{}}
}

func (p *phones) of(o owner) *phone { return p.domains[o.domain][o.extension] }

// make gives the extension's state, new if need be.
func (p *phones) make(o owner) *phone {
	extensions := p.domains[o.domain]
	if extensions == nil {
		extensions = map[string]*phone{}
		p.domains[o.domain] = extensions
	}
	one := extensions[o.extension]
	if one == nil {
		one = &phone{}
		extensions[o.extension] = one
	}
	return one
}

// tidy forgets an extension of which nothing is left.
func (p *phones) tidy(o owner) {
	if one := p.of(o); one == nil || len(one.contacts)+len(one.calls) > 0 {
		return
	}
	delete(p.domains[o.domain], o.extension)
	if len(p.domains[o.domain]) == 0 {
		delete(p.domains, o.domain)
	}
}

// change takes what an event says of a contact. doubtful: somebody has to ask
// the switch. false: there is no room for it.
func (p *phones) change(c change) (doubtful, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asking {
		if len(p.journal) < mostJournalled {
			p.journal = append(p.journal, c)
		} else {
			p.lost = true
		}
	}
	ok = p.apply(c)
	return len(p.doubts) > 0, ok
}

// apply changes contacts. What a REGISTER replaces depends on the profile's
// settings (multiple-registrations), and no event says so: unless the case is
// plain, the switch is asked.
func (p *phones) apply(c change) bool {
	one := p.make(c.of)
	before := len(one.contacts)
	same, plain := 0, true
	p.keep(one, func(old Contact) bool {
		uri, id := old.URI == c.contact.URI, old.callID == c.contact.callID
		if uri || id {
			same++
			plain = plain && uri && id
		}
		return !uri && !id
	})
	ok := true
	if !c.gone {
		if ok = len(one.contacts) < mostOfOne && p.contacts < mostContacts; ok {
			one.contacts = append(one.contacts, c.contact)
			p.contacts++
		}
	}
	if before > 0 && (same != 1 || !plain) && len(p.doubts) < mostDoubts {
		p.doubts[doubt{c.of, c.contact.Profile}] = true
	}
	p.tidy(c.of)
	return ok
}

// keep leaves out contacts. Who reads the old ones may go on doing so.
func (p *phones) keep(one *phone, wanted func(Contact) bool) {
	kept := make([]Contact, 0, len(one.contacts))
	for _, c := range one.contacts {
		if wanted(c) {
			kept = append(kept, c)
		}
	}
	p.contacts -= len(one.contacts) - len(kept)
	one.contacts = kept
}

// doubtful takes the doubts; they are the asker's now.
func (p *phones) doubtful() []doubt {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]doubt, 0, len(p.doubts))
	for d := range p.doubts {
		all = append(all, d)
	}
	clear(p.doubts)
	return all
}

// begin is called before a question is asked.
func (p *phones) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking, p.lost, p.journal = true, false, nil
	clear(p.ended)
}

// end is called when the last answer was taken, or given up. true: what
// happened meanwhile leaves doubts.
func (p *phones) end() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking, p.journal = false, nil
	clear(p.ended)
	return len(p.doubts) > 0
}

// upToDate notes that the switch has told everything.
func (p *phones) upToDate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.current = true, true
}

// outdated notes that events were missed, or are.
func (p *phones) outdated() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = false
}

func (p *phones) count(s *State) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s.Registrations, s.Channels, s.OnCall = p.contacts, len(p.channels), p.onCall
}

// registered replaces all contacts by those listed.
func (p *phones) registered(list []change) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		return errTooMuch
	}
	for domain, extensions := range p.domains {
		for extension, one := range extensions {
			one.contacts = nil
			p.tidy(owner{domain, extension})
		}
	}
	p.contacts = 0
	clear(p.doubts)
	p.list(list)
	for _, c := range p.journal {
		p.apply(c)
	}
	return nil
}

// registeredAs replaces an extension's contacts on a profile by those listed.
func (p *phones) registeredAs(d doubt, list []change) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		return errTooMuch
	}
	if one := p.of(d.of); one != nil {
		p.keep(one, func(c Contact) bool { return c.Profile != d.profile })
	}
	p.list(slices.DeleteFunc(list, func(c change) bool { return c.of != d.of }))
	for _, c := range p.journal {
		if c.of == d.of && c.contact.Profile == d.profile {
			p.apply(c)
		}
	}
	p.tidy(d.of)
	return nil
}

// list adds contacts as they are: a switch lists each once.
func (p *phones) list(list []change) {
	for _, c := range list {
		if one := p.make(c.of); len(one.contacts) < mostOfOne && p.contacts < mostContacts {
			one.contacts = append(one.contacts, c.contact)
			p.contacts++
		}
		p.tidy(c.of)
	}
}
