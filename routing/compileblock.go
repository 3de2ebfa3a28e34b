package routing

import (
	"fmt"
	"regexp"
)

// lister reads a tenant's allow list and blocklist.
type lister struct {
	*tenantCompiler
	patterns int
	shared   map[terms]*terms
}

// listing is one of the two while it is read.
type listing struct {
	section           string
	inbound, outbound *entries
	// Where ids and matches were first, to refuse them the second time. A place
	// is spelt only then: lists are long.
	ids   map[string]int
	first map[listedAs]int
}

// listedAs is whom an entry matches in one direction.
type listedAs struct {
	by       matchKind
	whom     string
	outbound bool
}

func (t *tenantCompiler) screens() {
	l := &lister{tenantCompiler: t, shared: map[terms]*terms{}}
	callers, targets := &t.plan.callers, &t.plan.targets
	allowed := newListing("allowlist", len(t.config.Allowlist), &callers.allowed, &targets.allowed)
	for i, a := range t.config.Allowlist {
		l.entry(allowed, i, a, terms{})
	}
	l.blocklist(&callers.blocked, &targets.blocked)
	if len(t.config.Blocklist) >= reuseFrom {
		t.plan.screened = t.config.Blocklist
	}
}

// blocklist compiles the blocklist, if it can out of what it was compiled to
// before.
func (l *lister) blocklist(inbound, outbound *entries) {
	if l.reuse("blocklist", inbound, outbound) {
		return
	}
	blocked := newListing("blocklist", len(l.config.Blocklist), inbound, outbound)
	for i := range l.config.Blocklist {
		b := &l.config.Blocklist[i]
		l.entry(blocked, i, b.listed(), l.action(b, path{blocked.section, i}))
	}
}

func newListing(section string, length int, inbound, outbound *entries) *listing {
	inbound.expected = length
	return &listing{
		section: section, inbound: inbound, outbound: outbound,
		ids: make(map[string]int, length), first: make(map[listedAs]int, length),
	}
}

// entry checks the entry i of a list and puts it into the directions it is for.
func (l *lister) entry(list *listing, i int, a AllowedNumber, what terms) {
	at := path{list.section, i}
	if a.ID == "" {
		a.ID = derivedID(l.plan.grant.ID, list.section+" "+a.Name())
	} else {
		l.id(list, i, a.ID)
	}
	if what.reason = a.Reason; a.Reason != "" {
		l.printable(a.Reason, maxReason, at.with("reason"))
	}
	what.expires = l.expiry(a.Expires, at)
	inbound, outbound := l.directions(a, at)
	by, ok := l.kind(a, at)
	if !ok {
		return
	}
	whom, pattern, ok := l.whom(by, a, at)
	if !ok || !l.once(list, i, by, whom, inbound, outbound) {
		return
	}
	kept := entry{id: a.ID, terms: l.share(what)}
	if inbound {
		list.inbound.add(by, whom, pattern, kept)
	}
	if outbound {
		list.outbound.add(by, whom, pattern, kept)
	}
}

func (e *entries) add(by matchKind, whom string, pattern *regexp.Regexp, kept entry) {
	switch by {
	case byNumber:
		if e.numbers == nil {
			e.numbers = make(map[string]entry, e.expected)
		}
		e.numbers[whom] = kept
	case byPrefix:
		e.prefixes.add(whom, kept)
	case byPattern:
		e.patterns = append(e.patterns, patternEntry{entry: kept, text: whom, pattern: pattern})
	case byAnonymous:
		e.anonymous = kept
	}
}

// share gives terms in the one copy of them that is kept.
func (l *lister) share(what terms) *terms {
	kept, ok := l.shared[what]
	if !ok {
		kept = &what
		l.shared[what] = kept
	}
	return kept
}

func (l *lister) id(list *listing, i int, id string) {
	if !isUUID(id) {
		l.add(path{list.section, i, "id"}, fmt.Sprintf("%q is no id", id), "a UUID in lower case")
	} else if first, again := list.ids[id]; again {
		l.add(path{list.section, i, "id"}, fmt.Sprintf("id %q is here twice", id), "first in "+l.whereIs(path{list.section, first, "id"}))
	} else {
		list.ids[id] = i
	}
}

// once refuses what a list has for a direction already.
func (l *lister) once(list *listing, i int, by matchKind, whom string, inbound, outbound bool) bool {
	for _, direction := range [...]struct{ is, outbound bool }{{inbound, false}, {outbound, true}} {
		if !direction.is {
			continue
		}
		as := listedAs{by, whom, direction.outbound}
		if first, again := list.first[as]; again {
			l.again(by, whom, path{list.section, i, string(by)}, path{list.section, first, string(by)})
			return false
		}
		list.first[as] = i
	}
	return true
}

func (l *lister) again(by matchKind, whom string, p, first path) {
	message := fmt.Sprintf(`%s "%s" is here twice`, by, whom)
	if by == byAnonymous {
		message = "anonymous is here twice"
	}
	l.add(p, message, "first in "+l.whereIs(first))
}
