package routing

import "strings"

// EntryState is what the keys a caller has pressed in a menu come to; a closed
// set.
type EntryState uint8

// The states.
const (
	EntryWrong  EntryState = iota // they lead nowhere, whatever else is pressed
	EntryPart                     // no entry yet, but the beginning of one
	EntryMaybe                    // an entry, and the beginning of a longer one
	EntryChosen                   // an entry, and of no longer one
)

// Entry is what keys come to in a menu.
type Entry struct {
	State EntryState
	To    Destination // of EntryMaybe and EntryChosen, back, top and repeat included
	// Direct: it is a number inside the tenant, not one of the menu's Digits.
	Direct bool
}

// Enter reads the keys (0-9, * and #) a caller has pressed in a menu so far.
// over says that no more come, because the caller waits: then the state is
// EntryChosen or EntryWrong. A # behind an entry ends it, unless the menu has an
// entry that goes on with it.
//
// What can be entered are the menu's Digits and the numbers it lets dial; both
// are sorted lists in which all that begin alike stand together, so that the
// time it takes hardly grows with the number of extensions.
func (p *Plan) Enter(menu, keys string, over bool) Entry {
	m, ok := p.menus[menu]
	if !ok {
		return Entry{}
	}
	entry, found := p.entered(m, keys)
	if !found {
		if before, ended := strings.CutSuffix(keys, "#"); ended {
			entry, found = p.entered(m, before)
		}
	}
	longer := !over && m.goesOn(keys)
	switch {
	case found && longer:
		entry.State = EntryMaybe
	case found:
		entry.State = EntryChosen
	case longer:
		entry.State = EntryPart
	}
	return entry
}

// entered gives where a whole entry leads.
func (p *Plan) entered(m *menu, keys string) (Entry, bool) {
	if to, ok := m.Digits[keys]; ok {
		return Entry{To: to}, true
	}
	if !m.direct.has(keys) {
		return Entry{}, false
	}
	to, ok := p.dialledInside(keys)
	return Entry{To: to, Direct: true}, ok
}

// goesOn tells whether something that is longer begins so.
func (m *menu) goesOn(keys string) bool {
	if _, ok := (dialable{sorted: m.entries}).longer(keys); ok {
		return true
	}
	_, ok := m.direct.longer(keys)
	return ok
}
