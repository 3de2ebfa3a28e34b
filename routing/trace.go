package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
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

func (t *trace) blocked(f *facts, number Number, reason string, blocked bool) {
	if t == nil {
		return
	}
	c := Check{Check: "blocklist", Subject: quoted(shownNumber(number)), Result: "not listed"}
	switch {
	case blocked:
		c.Result, c.Detail = "blocked", reason
	case f.direction == Internal:
		c.Subject, c.Detail = "internal call", "calls between extensions are not looked up"
	case f.direction == Inbound && f.call.Anonymous:
		c.Subject, c.Detail = "anonymous caller", "an anonymous caller matches no number"
	case !number.Readable():
		c.Detail = "not readable as a number"
	}
	t.add(c)
}

func (t *trace) disabled(r *rule) {
	if t == nil {
		return
	}
	t.add(Check{Check: "rule", Subject: r.name, Result: "disabled"})
}

func (t *trace) rule(f *facts, r *rule, matched bool, err error) {
	if t == nil {
		return
	}
	c := Check{Check: "rule", Subject: r.name, Result: strconv.FormatBool(matched), Values: r.when.show(f)}
	switch {
	case err != nil:
		c.Result, c.Detail = "error", legible(err.Error())
	case matched:
		c.Detail = "goes to " + r.then.String()
	}
	t.add(c)
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

// quoted makes text that came with a call safe to show.
func quoted(text string) string { return strconv.Quote(shorten(text, maxCallerName)) }

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// showValue writes a value as an expression would.
func showValue(value any) string {
	switch v := value.(type) {
	case types.String:
		return quoted(string(v))
	case types.Timestamp:
		return v.Format("2006-01-02T15:04:05Z07:00")
	case traits.Mapper:
		return showHeaders(v)
	case ref.Val:
		return fmt.Sprint(v.Value())
	default:
		return ""
	}
}

const maxShownHeaders = 20

func showHeaders(headers traits.Mapper) string {
	var shown []string
	for it := headers.Iterator(); it.HasNext() == types.True; {
		name := it.Next()
		shown = append(shown, quoted(fmt.Sprint(name.Value()))+": "+quoted(fmt.Sprint(headers.Get(name).Value())))
	}
	slices.Sort(shown)
	if len(shown) > maxShownHeaders {
		shown = append(shown[:maxShownHeaders], "…")
	}
	return "{" + strings.Join(shown, ", ") + "}"
}
