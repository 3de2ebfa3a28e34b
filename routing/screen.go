package routing

import (
	"regexp"
	"time"
)

// screen is a tenant's allow list and blocklist for one direction. A look into
// it costs the same however many numbers and prefixes they have. The zero value
// blocks nobody.
type screen struct {
	allowed, blocked entries
}

// entries finds the entry of a list that matches a number: the exact number
// first, then the longest prefix, then the first pattern; for callers that show
// no number the one for those. Entries that have expired are passed over.
type entries struct {
	expected  int              // numbers there will be at most, about
	numbers   map[string]entry // E.164 and extensions, which never look alike
	prefixes  prefixes[entry]
	patterns  []patternEntry // in the order written
	anonymous entry
}

// entry is what is kept of each of a hundred thousand: most of them share their
// terms.
type entry struct {
	id    string
	terms *terms // nil: no entry
}

// terms are what was configured beside whom an entry matches.
type terms struct {
	reason  string
	action  BlockAction // "" in an allow list
	cause   string
	then    Destination
	expires time.Time // in UTC; zero: never
}

type patternEntry struct {
	entry
	text    string // as written
	pattern *regexp.Regexp
}

// match is an entry that matches a number, and by what.
type match struct {
	entry
	by   matchKind
	what string
}

// matchKind is what an entry matches by, as configured; a closed set.
type matchKind string

const (
	byNumber    matchKind = "number"
	byPrefix    matchKind = "prefix"
	byPattern   matchKind = "pattern"
	byAnonymous matchKind = "anonymous"
)

var matchKinds = []matchKind{byNumber, byPrefix, byPattern, byAnonymous}

// Block is a blocklist entry that matched a call.
type Block struct {
	ID     string // of the entry; hits are counted by it
	Match  string // the number or prefix in E.164, the pattern as configured, or "anonymous"
	Reason string
	Action BlockAction
	Cause  string      // what BlockReject and BlockBusy end the call with
	Then   Destination // of BlockRoute
}

// Why gives the reason, or what matched when none was configured. It is never
// empty.
func (b *Block) Why() string { return orText(b.Reason, b.Match) }

func (e *entries) empty() bool {
	return len(e.numbers) == 0 && e.prefixes.empty() && len(e.patterns) == 0 && e.anonymous.terms == nil
}

// find gives the entry that counts at the time now. Only an E.164 number has a
// prefix or fits a pattern: what an extension begins with says nothing.
func (e *entries) find(n Number, now time.Time) (match, bool) {
	if n == (Number{}) {
		return match{e.anonymous, byAnonymous, string(byAnonymous)}, e.anonymous.counts(now)
	}
	if !n.Readable() {
		return match{}, false
	}
	if found := e.numbers[n.text]; found.counts(now) {
		return match{found, byNumber, n.text}, true
	}
	if n.Short() {
		return match{}, false
	}
	for prefix, found := range e.prefixes.of(n.text) {
		if found.counts(now) {
			return match{found, byPrefix, prefix}, true
		}
	}
	for i := range e.patterns {
		if p := &e.patterns[i]; p.counts(now) && p.pattern.MatchString(n.text) {
			return match{p.entry, byPattern, p.text}, true
		}
	}
	return match{}, false
}

func (e entry) counts(now time.Time) bool {
	return e.terms != nil && (e.terms.expires.IsZero() || now.Before(e.terms.expires))
}

func (m match) block() *Block {
	return &Block{ID: m.id, Match: m.what, Reason: m.terms.reason, Action: m.terms.action, Cause: m.terms.cause, Then: m.terms.then}
}
