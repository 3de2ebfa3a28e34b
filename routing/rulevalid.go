package routing

import (
	"fmt"
	"time"
)

// validity bounds when a rule counts: from the one time on, to before the other.
// The zero value is always.
type validity struct {
	from, until time.Time // zero: no bound
}

func (v validity) contains(now time.Time) bool { return !v.notYet(now) && !v.over(now) }
func (v validity) notYet(now time.Time) bool   { return !v.from.IsZero() && now.Before(v.from) }
func (v validity) over(now time.Time) bool     { return !v.until.IsZero() && !now.Before(v.until) }

// covers tells whether v contains every time that other contains.
func (v validity) covers(other validity) bool {
	return (v.from.IsZero() || !other.from.IsZero() && !other.from.Before(v.from)) &&
		(v.until.IsZero() || !other.until.IsZero() && !v.until.Before(other.until))
}

// why says in a word or two why a rule does not count.
func (v validity) why(now time.Time) string {
	if v.notYet(now) {
		return "not yet valid, from " + v.from.Format(time.RFC3339)
	}
	return "no longer valid, until " + v.until.Format(time.RFC3339)
}

// validity reads when a rule counts.
func (t *tenantCompiler) validity(r Rule, at path) validity {
	var v validity
	begin, fromOK := t.bound(r.ValidFrom, at.with("validFrom"))
	end, untilOK := t.bound(r.ValidUntil, at.with("validUntil"))
	if fromOK {
		v.from = begin.first
	}
	if untilOK {
		v.until = end.first
		if end.day {
			v.until = end.after
		}
	}
	switch now := t.cfg.Now; {
	case !untilOK:
	case fromOK && !v.from.Before(v.until):
		t.add(at.with("validUntil"), fmt.Sprintf("%s is not after validFrom, %s", r.ValidUntil, r.ValidFrom), "")
	case !now.IsZero() && v.over(now) && t.written(at.with("validUntil")):
		t.warn(at.with("validUntil"), "over already: the rule counts no more", "leave the rule out, or give a later time")
	}
	return v
}

const boundHint = "write a day like 2026-12-01, a time like 2026-12-01 08:00, or 2026-12-01T08:00:00Z"

// bound is a time as somebody wrote it.
type bound struct {
	first, after time.Time // of a day: when it begins, and the one after it does
	day          bool
}

// bound reads a day, a time in the tenant's zone, or one with its own; false: it
// is left out, or is none of them.
func (t *tenantCompiler) bound(text string, at path) (bound, bool) {
	if text == "" {
		return bound{}, false
	}
	if exact, err := time.Parse(time.RFC3339, text); err == nil {
		return bound{first: exact.In(t.plan.zone)}, true
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return bound{first: t.shown(day), after: t.shown(day.AddDate(0, 0, 1)), day: true}, true
	}
	if local, err := time.Parse("2006-01-02 15:04", text); err == nil {
		return bound{first: t.shown(local)}, true
	}
	t.add(at, fmt.Sprintf("%q is no time", text), boundHint)
	return bound{}, false
}

// shown gives the first time at which a clock in the tenant's zone shows what
// local says in UTC, or later: a time that is skipped when the clocks go forward
// is when they do, of one that is there twice it is the first.
func (t *tenantCompiler) shown(local time.Time) time.Time {
	w := wall{zone: t.plan.zone}
	return time.Unix(w.first(local.Unix()), 0).In(t.plan.zone)
}

// first gives the first time at which the clock shows local, in seconds since
// 1970 by that clock, or later.
func (w *wall) first(local int64) int64 {
	for unix := local - 2*daySeconds; ; unix = w.end {
		w.seek(unix)
		if at := max(local-w.offset, unix); at < w.end {
			return at
		}
	}
}
