package routing

import (
	"fmt"
	"strconv"
	"time"
)

// trace writes down the checks of one decision. All its methods do nothing on
// a nil trace, which is what Decide passes: explaining costs a call nothing.
type trace struct{ checks []Check }

func (t *trace) add(c Check) { t.checks = append(t.checks, c) }

func (t *trace) identified(f *facts) {
	if t == nil {
		return
	}
	c := Check{Check: "tenant", Subject: "called number " + quoted(f.call.Dialled), Result: "unknown", Detail: "no tenant has the number"}
	switch {
	case f.plan == nil && f.to.E164() == "":
		c.Detail = "not readable as a number"
	case f.plan != nil && f.direction == Inbound:
		c.Result, c.Detail = f.plan.grant.Name, "has the number "+f.did
	case f.plan != nil:
		c.Subject = "phone " + quoted(f.call.AuthUser+"@"+f.call.AuthDomain)
		c.Result, c.Detail = f.plan.grant.Name, "has the domain and the extension"
	}
	if f.plan == nil && f.call.AuthDomain != "" {
		c.Detail += "; and no tenant has the phone " + quoted(f.call.AuthUser+"@"+f.call.AuthDomain)
	}
	t.add(Check{Check: "trunk", Subject: "profile " + quoted(f.call.Profile) + ", address " + quoted(f.call.NetworkIP), Result: orText(f.trunk, "none")})
	t.add(c)
}

func (t *trace) suspended(f *facts, suspended bool) {
	if t == nil {
		return
	}
	t.add(Check{Check: "suspended", Subject: f.plan.grant.Name, Result: strconv.FormatBool(suspended)})
}

// broken tells of a tenant whose configuration does not compile.
func (t *trace) broken(f *facts) {
	if t == nil {
		return
	}
	c := Check{Check: "config", Subject: f.tenant.granted.grant.Name, Result: "broken"}
	c.Detail = fmt.Sprintf("revision %d does not pass the checks of this version; publish a corrected one", f.tenant.revision)
	t.add(c)
}

func (t *trace) internal() {
	if t == nil {
		return
	}
	t.add(Check{Check: "blocklist", Subject: "internal call", Result: "not listed", Detail: "calls between extensions are not looked up"})
}

// allowed says nothing of a tenant without an allow list.
func (t *trace) allowed(f *facts, list *entries, number Number, found match, ok bool) {
	if t == nil || list.empty() {
		return
	}
	c := Check{Check: "allowlist", Subject: listSubject(number), Result: "not listed", Detail: list.unlisted(number)}
	if ok {
		c.Result, c.Detail = "allowed", found.detail(f.now)+"; the blocklist is not asked"
	}
	t.add(c)
}

func (t *trace) blocked(f *facts, list *entries, number Number, found match, ok bool) {
	if t == nil {
		return
	}
	c := Check{Check: "blocklist", Subject: listSubject(number), Result: "not listed", Detail: list.unlisted(number)}
	if ok {
		c.Result, c.Detail = "blocked", found.detail(f.now)+"; "+found.terms.effect()
	}
	t.add(c)
}

func listSubject(number Number) string {
	if number == (Number{}) {
		return "anonymous caller"
	}
	return quoted(shownNumber(number))
}

// unlisted says what there is to say of a number that no entry matches: that it
// is none, or that the entry for it has expired.
func (e *entries) unlisted(number Number) string {
	if past, ok := e.find(number, time.Time{}); ok {
		return past.detail(past.terms.expires)
	}
	switch {
	case number == (Number{}):
		return "an anonymous caller is matched by no number, prefix or pattern"
	case !number.Readable():
		return "not readable as a number"
	}
	return ""
}

// detail tells which entry it is.
func (m match) detail(now time.Time) string {
	text := "by " + string(m.by)
	if m.by != byAnonymous {
		text += " " + legible(m.what)
	}
	if m.terms.reason != "" {
		text += ", " + m.terms.reason
	}
	text += ", entry " + m.id
	switch expires := m.terms.expires; {
	case expires.IsZero():
	case now.Before(expires):
		text += ", until " + expires.Format(time.RFC3339)
	default:
		text += ", expired " + expires.Format(time.RFC3339)
	}
	return text
}

// effect tells what a blocked call gets.
func (w *terms) effect() string {
	switch w.action {
	case BlockRoute:
		return "goes to " + w.then.String()
	case BlockReject, BlockBusy:
	}
	return "ended with " + w.cause
}

func (t *trace) route(what, subject string, to Destination) {
	if t == nil {
		return
	}
	t.add(Check{Check: what, Subject: subject, Result: to.String()})
}

func (t *trace) noRoute(what, subject, detail string) {
	if t == nil {
		return
	}
	t.add(Check{Check: what, Subject: quoted(subject), Result: "none", Detail: detail})
}

func (t *trace) denied(to Number, refusal *RefusedError) {
	if t == nil {
		return
	}
	t.add(Check{Check: "outside", Subject: to.String(), Result: "denied", Detail: refusal.Detail})
}

// shown tells what the far side of an outside call sees.
func (t *trace) shown(f *facts, line Line) {
	if t == nil {
		return
	}
	id := f.plan.CallerID(Decision{Direction: f.direction, Caller: f.from, Anonymous: f.call.Anonymous, DID: f.did}, f.from.String(), line)
	t.add(Check{Check: "caller id", Subject: line.Trunk, Result: orText(id.Number, "anonymous"), Detail: id.headers()})
}
