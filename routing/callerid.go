package routing

import "strings"

// CallerID is what the far side of an outside call is shown.
type CallerID struct {
	Number    string // E.164, or an extension's number where the tenant has no own; "" when Anonymous
	Name      bool   // the caller's name may be shown
	Anonymous bool
	Own       string // E.164: the tenant's number that answers for the call; "" if it has none
	Diversion bool   // Own travels in Diversion
	Asserted  bool   // Own travels in P-Asserted-Identity
}

// CallerID gives what an outside call shows that leaves by a line. by is the
// extension it is made for: the one that calls, or that forwards; "" if none.
// A number that cannot be read is never shown, whatever the policy.
func (p *Plan) CallerID(d Decision, by string, line Line) CallerID {
	id := CallerID{Own: p.ownNumber(d, by)}
	switch {
	case d.Direction != Inbound: // one of our phones calls or is forwarded
		id.phone(d)
	case line.CallerID == CallerIDOwn && id.Own != "":
		id.Number = id.Own
	case d.Anonymous || d.Caller.E164() == "":
		id.Anonymous = true
	default:
		id.Number, id.Name = d.Caller.E164(), true
	}
	if id.Own != "" {
		id.Diversion = d.Direction == Inbound && (line.Header == HeaderDiversion || line.Header == HeaderBoth)
		id.Asserted = line.Header == HeaderAsserted || line.Header == HeaderBoth
	}
	return id
}

// phone is what a call of one of our own phones shows: never another's number,
// and nothing if its user asked for that.
func (id *CallerID) phone(d Decision) {
	switch {
	case d.Anonymous:
		id.Anonymous = true
	case id.Own != "":
		id.Number, id.Name = id.Own, true
	case d.Caller.Readable():
		id.Number, id.Name = d.Caller.String(), true
	default:
		id.Anonymous = true
	}
}

// headers tells in which headers the tenant's own number travels.
func (id CallerID) headers() string {
	var names []string
	if id.Diversion {
		names = append(names, "Diversion")
	}
	if id.Asserted {
		names = append(names, "P-Asserted-Identity")
	}
	if len(names) == 0 {
		return ""
	}
	return id.Own + " in " + strings.Join(names, " and ")
}

// ownNumber is the tenant's number that answers for a call: that of the
// extension, that which was called, the tenant's main one, its first.
func (p *Plan) ownNumber(d Decision, by string) string {
	if e, ok := p.extensions[by]; ok && e.CallerID != "" {
		return e.CallerID
	}
	switch {
	case d.DID != "":
		return d.DID
	case p.callerID != "":
		return p.callerID
	case len(p.numbers) > 0:
		return p.numbers[0]
	}
	return ""
}
