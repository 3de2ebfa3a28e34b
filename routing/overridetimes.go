package routing

import (
	"fmt"
	"math"
	"time"
)

// overrideTimes reads from when to before when an override counts, as Unix
// times.
func (t *tenantCompiler) overrideTimes(o Override, at path) (since, until int64) {
	since = math.MinInt64
	if o.Until == "" {
		t.add(at.with("until"), "no end: an override expires", timeHint)
	}
	begin, sinceOK := t.time(o.Since, at.with("since"))
	end, untilOK := t.time(o.Until, at.with("until"))
	if sinceOK {
		since = begin.Unix()
	}
	if sinceOK && untilOK && !begin.Before(end) {
		t.add(at.with("until"), fmt.Sprintf("%s is not after since, %s", o.Until, o.Since), "")
	} else if now := t.cfg.Now; untilOK && !now.IsZero() && !now.Before(end) && t.written(at.with("until")) {
		t.warn(at.with("until"), "expired already", "leave the entry out, or give a later time")
	}
	return since, end.Unix()
}

const timeHint = "write it like 2026-04-07T14:15:00Z"

// time reads a time that may be left out; false: it is, or is none.
func (t *tenantCompiler) time(text string, at path) (time.Time, bool) {
	if text == "" {
		return time.Time{}, false
	}
	read, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.add(at, fmt.Sprintf("%q is no time", text), timeHint)
	}
	return read, err == nil
}
