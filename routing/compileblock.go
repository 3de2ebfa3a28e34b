package routing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	directionInbound  = "inbound"
	directionOutbound = "outbound"
	directionBoth     = "both"
)

var (
	listDirections = []string{directionInbound, directionOutbound, directionBoth}
	blockActions   = []BlockAction{BlockReject, BlockBusy, BlockRoute}
)

const (
	rejectedCause = "CALL_REJECTED"
	busyCause     = "USER_BUSY"
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

// kind tells which one of the four an entry matches by.
func (l *lister) kind(a AllowedNumber, at path) (matchKind, bool) {
	set := [...]bool{a.Number != "", a.Prefix != "", a.Pattern != "", a.Anonymous}
	var kinds []string
	for i, is := range set {
		if is {
			kinds = append(kinds, string(matchKinds[i]))
		}
	}
	switch len(kinds) {
	case 0:
		l.add(at.with(string(byNumber)), "no number", anyOf(matchKinds))
		return "", false
	case 1:
		return matchKind(kinds[0]), true
	default:
		l.add(at.with(kinds[1]), strings.Join(kinds, " and ")+" in one entry", "make an entry of each")
		return "", false
	}
}

// whom reads whom an entry matches.
func (l *lister) whom(by matchKind, a AllowedNumber, at path) (string, *regexp.Regexp, bool) {
	switch by {
	case byNumber:
		number, ok := l.readNumber(a.Number)
		if !ok {
			number, ok = l.number(a.Number, at.with(string(byNumber))) // says why
		}
		return number.String(), nil, ok
	case byPrefix:
		prefix, ok := l.prefix(a.Prefix, at.with(string(byPrefix)))
		return prefix, nil, ok
	case byPattern:
		pattern, ok := l.pattern(a.Pattern, at.with(string(byPattern)))
		return a.Pattern, pattern, ok
	case byAnonymous:
		return string(byAnonymous), nil, true
	}
	return "", nil, false
}

func (l *lister) pattern(text string, p path) (*regexp.Regexp, bool) {
	l.patterns++
	if l.patterns > maxPatterns {
		if l.patterns == maxPatterns+1 {
			l.add(p, fmt.Sprintf("more than %d patterns", maxPatterns), "there may be any number of prefixes and numbers")
		}
		return nil, false
	}
	pattern, wrong := compilePattern(text)
	switch {
	case pattern == nil:
		l.add(p, wrong.message, wrong.hint)
	case wrong.hint != "":
		l.warn(p, "no number fits the pattern", wrong.hint)
	}
	return pattern, pattern != nil
}

// directions tells for which calls an entry counts.
func (l *lister) directions(a AllowedNumber, at path) (inbound, outbound bool) {
	switch a.Direction {
	case "", directionInbound:
		return true, false
	case directionOutbound, directionBoth:
		if a.Anonymous {
			l.add(at.with("direction"), "only callers from outside can be anonymous", "leave direction out")
		}
		return a.Direction == directionBoth, true
	}
	l.add(at.with("direction"), fmt.Sprintf("unknown direction %q", a.Direction), oneOf(a.Direction, listDirections))
	return false, false
}

// expiry reads when an entry ceases to count. That it has ceased is said only
// of what is in the files at hand: it stays in the configuration for years.
func (l *lister) expiry(text string, at path) time.Time {
	if text == "" {
		return time.Time{}
	}
	p := at.with("expires")
	expires, err := time.Parse(time.RFC3339, text)
	if err != nil {
		l.add(p, fmt.Sprintf("%q is no time", text), "write it like 2026-04-07T14:15:00Z")
		return time.Time{}
	}
	if now := l.cfg.Now; !now.IsZero() && !now.Before(expires) && l.written(p) {
		l.warn(p, "expired already", "leave the entry out, or give a later time")
	}
	return expires.UTC()
}

// action reads what a blocked call gets.
func (l *lister) action(b *BlockedNumber, at path) terms {
	what := terms{action: b.Action}
	if what.action == "" {
		what.action = BlockReject
	}
	if b.Cause != "" && what.action != BlockReject {
		l.add(at.with("cause"), "a cause belongs to the action reject", "leave it out")
	}
	if b.Then != nil && what.action != BlockRoute {
		l.add(at.with("then"), "a destination belongs to the action route", "action: route")
	}
	switch what.action {
	case BlockReject:
		what.cause = l.rejection(b.Cause, at)
	case BlockBusy:
		what.cause = busyCause
	case BlockRoute:
		if p := at.with("then"); b.Then == nil {
			l.add(p, "no destination to route to", "then: {route: voicemail, target: an extension}")
		} else {
			what.then, _ = l.destination(*b.Then, p.with("route"), p.with("target"))
		}
	default:
		l.add(at.with("action"), fmt.Sprintf("unknown action %q", b.Action), oneOf(b.Action, blockActions))
	}
	return what
}

func (l *lister) rejection(cause string, at path) string {
	if cause == "" {
		return rejectedCause
	}
	if !slices.Contains(hangupTargets, cause) {
		l.add(at.with("cause"), fmt.Sprintf("%q is no hangup cause a call can be ended with", cause), causeHint(cause))
	}
	return cause
}
