package live

import (
	"strings"
	"time"

	"switchyard/dialplan"
)

// said is what an event or a dump says of a channel.
type said interface {
	Header(name string) string
	Variable(name string) string
}

// ownerOf tells which extension a channel belongs to, nobody's for most.
//
// Who calls is what the digest proved, not what From or the presence says: on a
// profile with manage-presence a caller who writes From: 1004@acme.test gets
// that as presence_id (measured). Who is called is whom "user/" found in the
// directory; presence_id names it for good, dialed_user changes when the channel
// calls on. A leg to a gateway is nobody's, whatever its number is.
func ownerOf(d said) owner {
	if d.Header("Call-Direction") != "outbound" {
		if d.Variable("sip_authorized") != "true" {
			return owner{}
		}
		return newOwner(d.Variable("user_name"), d.Variable("domain_name"))
	}
	user, domain := d.Variable("dialed_user"), d.Variable("dialed_domain")
	if user == "" || d.Variable("sip_gateway_name") != "" {
		return owner{}
	}
	if u, at, ok := strings.Cut(d.Variable("presence_id"), "@"); ok {
		user, domain = u, at
	}
	return newOwner(user, domain)
}

// newOwner is nobody if the names are none.
func newOwner(extension, domain string) owner {
	if !isName(extension, 64) || !isName(domain, 253) {
		return owner{}
	}
	return owner{domain: strings.ToLower(domain), extension: extension}
}

// isName tells that a text can name a user or a domain: it has no spaces, no
// control characters and nothing beyond ASCII.
func isName(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '@' {
			return false
		}
	}
	return true
}

// channelOf reads a channel; false if it has no name that a channel can have.
func channelOf(d said, now time.Time) (string, channel, bool) {
	id, err := dialplan.ParseChannelID(d.Header("Unique-ID"))
	if err != nil {
		return "", channel{}, false
	}
	c := channel{owner: ownerOf(d), call: id.String(), answered: d.Header("Answer-State") == "answered", since: now}
	if of, err := dialplan.ParseChannelID(d.Header("Channel-Call-UUID")); err == nil {
		c.call = of.String()
	}
	return id.String(), c, true
}

// begun takes a channel that began. false: there is no room for it.
func (p *phones) begun(id string, c channel) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.enter(id, c)
}

func (p *phones) enter(id string, c channel) bool {
	if _, known := p.channels[id]; known {
		return true
	}
	if len(p.channels) >= mostChannels {
		return false
	}
	p.channels[id] = c
	if c.owner == (owner{}) {
		return true
	}
	one := p.make(c.owner)
	if len(one.calls) == 0 {
		one.calls = map[string]callState{}
		p.onCall++
	}
	state := one.calls[c.call]
	if state.legs == 0 {
		state.since = c.since
	}
	state.legs++
	if c.answered {
		state.answered++
	}
	one.calls[c.call] = state
	return true
}

// answered takes that a channel was answered.
func (p *phones) answered(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, known := p.channels[id]
	if !known || c.answered {
		return
	}
	c.answered = true
	p.channels[id] = c
	if one := p.of(c.owner); one != nil {
		state := one.calls[c.call]
		state.answered++
		one.calls[c.call] = state
	}
}

// over takes that a channel ended.
func (p *phones) over(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asking {
		if len(p.ended) < mostJournalled {
			p.ended[id] = true
		} else {
			p.lost = true
		}
	}
	p.leave(id)
}

func (p *phones) leave(id string) {
	c, known := p.channels[id]
	if !known {
		return
	}
	delete(p.channels, id)
	one := p.of(c.owner)
	if one == nil {
		return
	}
	state := one.calls[c.call]
	state.legs--
	if c.answered {
		state.answered--
	}
	if state.legs > 0 {
		one.calls[c.call] = state
		return
	}
	if delete(one.calls, c.call); len(one.calls) == 0 {
		p.onCall--
	}
	p.tidy(c.owner)
}

// compare gives the channels that the switch lists and nobody knows, and those
// that are known and not listed, with when they began. What is answered there
// is answered here.
func (p *phones) compare(listed map[string]bool) (unknown []string, unlisted map[string]time.Time) {
	unlisted = map[string]time.Time{}
	var talking []string
	p.mu.RLock()
	for id, answered := range listed {
		c, known := p.channels[id]
		if !known {
			unknown = append(unknown, id)
		} else if answered && !c.answered {
			talking = append(talking, id)
		}
	}
	for id, c := range p.channels {
		if _, there := listed[id]; !there {
			unlisted[id] = c.since
		}
	}
	p.mu.RUnlock()
	for _, id := range talking {
		p.answered(id)
	}
	return unknown, unlisted
}

// found takes a channel that the switch, when asked, said is there. It is not
// if an event said since that it ended.
func (p *phones) found(id string, c channel) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost {
		return errTooMuch
	}
	if !p.ended[id] {
		p.enter(id, c)
	}
	return nil
}

// missing takes that the switch, when asked, had no such channel.
func (p *phones) missing(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave(id)
}
