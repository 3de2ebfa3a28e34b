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
