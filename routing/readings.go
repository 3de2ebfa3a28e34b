package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Everything a decision reads that is not in the configuration is kept with it,
// as it was read, so that it can be decided again exactly. What can be kept is
// bounded, so what can be read is: a rule that reads more fails, then and in every
// later evaluation alike.
const (
	maxReadExtensions = 100             // by the rules of one call
	maxAskedHeaders   = 40              // that are noted as asked for
	maxHeaders        = 40              // that rules see, the first by name
	maxHeaderName     = 64              // bytes; others are not seen
	maxHeaderValue    = 4 * maxSafeText // bytes: they are kept, and seen, as SafeText

	extensionFact = "extension "
	headerFact    = "header "
	askedFact     = "headers" // names of those asked for, there or not
	allHeaders    = "*"
)

var errTooManyReadings = errors.New("the rules of one call read more than 100 extensions")

// known is yes, no or not known.
type known uint8

const (
	unknown known = iota
	no
	yes
)

// String gives "true", "false" or "unknown", as it is kept.
func (k known) String() string {
	switch k {
	case no:
		return "false"
	case yes:
		return "true"
	case unknown:
	}
	return "unknown"
}

func knownAs(truth bool) known {
	if truth {
		return yes
	}
	return no
}

func parseKnown(text string) (known, bool) {
	for _, k := range []known{unknown, no, yes} {
		if text == k.String() {
			return k, true
		}
	}
	return unknown, false
}

// extensionReading is what a decision went by of an extension. Once read it stays
// the same for the whole decision.
type extensionReading struct {
	number                  string
	registered, onCall, dnd known
}

// field gives what an expression calls by the name.
func (r *extensionReading) field(name string) known {
	switch name {
	case "registered":
		return r.registered
	case "onCall":
		return r.onCall
	case "dnd":
		return r.dnd
	}
	return unknown
}

// String gives the reading as it is kept: "registered=true onCall=unknown dnd=false".
func (r *extensionReading) String() string {
	return fmt.Sprintf("registered=%s onCall=%s dnd=%s", r.registered, r.onCall, r.dnd)
}

// parseReading is the inverse of String; false: text is no reading.
func parseReading(number, text string) (*extensionReading, bool) {
	r := &extensionReading{number: number}
	words := strings.Split(text, " ")
	into := []*known{&r.registered, &r.onCall, &r.dnd}
	if len(words) != len(into) {
		return nil, false
	}
	for i, name := range extensionObject.fieldNames() {
		value, named := strings.CutPrefix(words[i], name+"=")
		parsed, ok := parseKnown(value)
		if !named || !ok {
			return nil, false
		}
		*into[i] = parsed
	}
	return r, true
}

// readExtension asks what an extension is, the first time a rule wants to know.
func (f *facts) readExtension(number string) (*extensionReading, error) {
	if r, ok := f.extensions[number]; ok {
		return r, nil
	}
	e, ok := f.plan.extensions[number]
	if !ok || e.Extension != number {
		return nil, fmt.Errorf("no extension %q", number)
	}
	if len(f.extensions) >= maxReadExtensions {
		return nil, errTooManyReadings
	}
	r := &extensionReading{number: number, dnd: knownAs(e.DoNotDisturb)}
	if f.live != nil {
		phone := f.live.Phone(f.plan.grant.ID, f.plan.Domain(), number)
		r.phone(phone)
	}
	if f.extensions == nil {
		f.extensions = map[string]*extensionReading{}
	}
	f.extensions[number] = r
	return r, nil
}

func (r *extensionReading) phone(phone PhoneState) {
	if !phone.Known {
		return
	}
	r.onCall = knownAs(phone.Calls > 0)
	if phone.Contacts >= 0 {
		r.registered = knownAs(phone.Contacts > 0)
	}
}

// keepReadings adds to the facts that are kept what the rules read.
func (f *facts) keepReadings(kept map[string]string) {
	for name, h := range f.hours {
		kept["schedule "+name] = h.String()
	}
	for number, r := range f.extensions {
		kept[extensionFact+number] = r.String()
	}
	if len(f.headersAsked) > 0 {
		slices.Sort(f.headersAsked)
		kept[askedFact] = strings.Join(f.headersAsked, " ")
	}
	for name, value := range f.headersRead {
		kept[headerFact+name] = value
	}
}
