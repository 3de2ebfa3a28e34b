package routing

import (
	"maps"
	"strings"
)

const (
	// reuseFrom is from how many entries on a blocklist is kept beside the plan
	// that was made of it.
	reuseFrom = 100
	// lookAhead is how far an entry is looked for that others were put in front of.
	lookAhead = 16
)

// Blocklist gives the blocklist of a tenant, by its id, in a revision, if its plan
// is there and the list is long: else nil. It must not be changed.
func (d *Directory) Blocklist(id TenantID, revision int) []BlockedNumber {
	if place, ok := d.byID[id]; ok {
		if p := d.tenants[place].plan.Load(); p != nil && p.revision == revision {
			return p.screened
		}
	}
	return nil
}

// reuse compiles a blocklist that changed a little: numbers are taken over from
// the plan there was, the others are compiled. It does so only where the result
// is that of compiling the whole.
type reuse struct {
	*lister
	was, now []BlockedNumber
	gone     []int // of was
	anew     []int // of now
}

// reuse compiles the blocklist out of the plan there was. False: that cannot be
// done, nothing was done, and no problem was told.
func (l *lister) reuse(section string, inbound, outbound *entries) bool {
	was := l.was
	if was == nil || was.screened == nil || was.grant.ID != l.plan.grant.ID || was.grant.Country != l.plan.grant.Country {
		return false
	}
	r := reuse{lister: l, was: was.screened, now: l.config.Blocklist}
	if !r.compare() {
		return false
	}
	list := &listing{section: section, inbound: inbound, outbound: outbound}
	problems, patterns := len(l.problems), l.patterns
	list.inbound.numbers, list.outbound.numbers = maps.Clone(was.callers.blocked.numbers), maps.Clone(was.targets.blocked.numbers)
	if r.compile(list) && !Refused(l.problems[problems:]) {
		return true
	}
	l.problems, l.patterns = l.problems[:problems], patterns
	*list.inbound, *list.outbound = entries{}, entries{}
	return false
}

// compare finds what is different, false if that is much.
func (r *reuse) compare() bool {
	for i, j := 0, 0; i < len(r.now) || j < len(r.was); {
		if len(r.anew)+len(r.gone) > len(r.now)/4 {
			return false
		}
		come, gone := r.ahead(i, j)
		if come == 0 && gone == 0 {
			if come, gone = 1, 1; r.now[i].steady() {
				i, j = i+1, j+1
				continue
			}
		}
		for range gone {
			r.gone = append(r.gone, j)
			j++
		}
		for range come {
			r.anew = append(r.anew, i)
			i++
		}
	}
	return true
}

// ahead tells how many entries have come at i, or are gone at j, before both
// lists go on alike; one of each if they do not soon.
func (r *reuse) ahead(i, j int) (come, gone int) {
	switch {
	case i == len(r.now):
		return 0, 1
	case j == len(r.was):
		return 1, 0
	}
	for n := range lookAhead {
		if j+n < len(r.was) && r.now[i] == r.was[j+n] {
			return 0, n
		}
		if i+n < len(r.now) && r.now[i+n] == r.was[j] {
			return n, 0
		}
	}
	return 1, 1
}

// steady tells of an entry that is compiled to the same whatever else the tenant
// has: a number with its country, and no destination.
func (b *BlockedNumber) steady() bool {
	return strings.HasPrefix(b.Number, "+") && b.Prefix == "" && b.Pattern == "" && !b.Anonymous && b.Then == nil && b.Action != BlockRoute
}

// compile takes out what is gone and puts in what is new; false if that has
// anything that is there already, so that which one is told of depends on the
// order of all.
func (r *reuse) compile(list *listing) bool {
	for _, j := range r.gone {
		r.remove(list, &r.was[j])
	}
	kept := [...]int{len(list.inbound.numbers), len(list.outbound.numbers)}
	added := listing{section: list.section, inbound: &entries{}, outbound: &entries{}, ids: map[string]int{}, first: map[listedAs]int{}}
	for _, i := range r.anew {
		b := &r.now[i]
		r.entry(&added, i, b.listed(), r.action(b, path{list.section, i}))
	}
	list.inbound.take(added.inbound)
	list.outbound.take(added.outbound)
	if len(list.inbound.numbers) != kept[0]+len(added.inbound.numbers) || len(list.outbound.numbers) != kept[1]+len(added.outbound.numbers) {
		return false
	}
	return r.rest(list.section, added.ids)
}

// remove takes an entry's number out of the directions it is for.
func (r *reuse) remove(list *listing, b *BlockedNumber) {
	number, _ := r.lister.was.readNumber(b.Number)
	if b.Direction != directionOutbound {
		delete(list.inbound.numbers, number.String())
	}
	if b.Direction == directionOutbound || b.Direction == directionBoth {
		delete(list.outbound.numbers, number.String())
	}
}

// take adds what others were compiled to, which has all but the numbers.
func (e *entries) take(others *entries) {
	if e.numbers == nil {
		e.numbers = others.numbers
	} else {
		maps.Copy(e.numbers, others.numbers)
	}
	e.prefixes, e.patterns, e.anonymous = others.prefixes, others.patterns, others.anonymous
}

// rest says of what is taken over what depends on the time; false if a new entry
// has the id of one of them.
func (r *reuse) rest(section string, ids map[string]int) bool {
	next := 0
	for i := range r.now {
		if next < len(r.anew) && r.anew[next] == i {
			next++
			continue
		}
		b := &r.now[i]
		if _, taken := ids[b.ID]; taken {
			return false
		}
		if b.Expires != "" && !r.cfg.Now.IsZero() {
			r.expiry(b.Expires, path{section, i})
		}
	}
	return true
}
