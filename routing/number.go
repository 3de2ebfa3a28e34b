package routing

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxNumberLength is the longest text that is looked at as a number; E.164 has
// 15 digits, the rest is room for separators and an international prefix.
const maxNumberLength = 40

type numberKind uint8

const (
	unreadableNumber numberKind = iota
	e164Number
	shortNumber
)

// Number is a telephone number that has been read: an E.164 number, a short
// one as dialled inside a tenant (an extension), or text that is neither. Only
// ParseNumber makes one; the zero Number is unreadable and empty. Numbers can
// be compared with ==.
type Number struct {
	kind numberKind
	text string
}

// ParseNumber reads raw as a number dialled in country (ISO 3166, two letters;
// empty: only international spelling is understood). It never fails: what is
// no number comes back unreadable and keeps its text.
func ParseNumber(raw, country string) Number {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxNumberLength || !looksLikeNumber(raw) {
		return Number{text: raw}
	}
	if n, ok := parsePlain(raw, country); ok {
		return n
	}
	if n, ok := parseWithMetadata(raw, country); ok {
		return n
	}
	if isExtensionNumber(raw) {
		return Number{kind: shortNumber, text: raw}
	}
	return Number{text: raw}
}

// parseWithMetadata knows every numbering plan and costs some microseconds.
func parseWithMetadata(raw, country string) (Number, bool) {
	if country == "" {
		country = "ZZ"
	}
	parsed, err := phonenumbers.Parse(raw, country)
	if err != nil || parsed.GetExtension() != "" {
		return Number{}, false
	}
	if phonenumbers.IsPossibleNumberWithReason(parsed) != phonenumbers.IS_POSSIBLE {
		return Number{}, false
	}
	text := phonenumbers.Format(parsed, phonenumbers.E164)
	if parsed.GetItalianLeadingZero() && !readsAlike(text) {
		return Number{}, false
	}
	return Number{kind: e164Number, text: text}, true
}

// readsAlike tells whether a number that keeps its leading zeros is read the
// same again; only then does it have one spelling.
func readsAlike(text string) bool {
	again, err := phonenumbers.Parse(text, "ZZ")
	return err == nil && phonenumbers.Format(again, phonenumbers.E164) == text
}

// extensionNumber reads text that is known to be an extension of a tenant,
// whatever it would mean as an outside number.
func extensionNumber(text string) Number { return Number{kind: shortNumber, text: text} }

// E164 gives the number as +15551234567, or "" if it is not an E.164 number.
func (n Number) E164() string {
	if n.kind != e164Number {
		return ""
	}
	return n.text
}

// Readable tells whether it is a number at all, E.164 or short.
func (n Number) Readable() bool { return n.kind != unreadableNumber }

// Short tells whether it is a number as dialled inside a tenant.
func (n Number) Short() bool { return n.kind == shortNumber }

// Country gives the ISO 3166 code of the country the number belongs to, "001"
// for numbers of no country, "" if it is not an E.164 number.
func (n Number) Country() string {
	if n.kind != e164Number {
		return ""
	}
	parsed, err := phonenumbers.Parse(n.text, "ZZ")
	if err != nil {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(parsed); region != "" {
		return region
	}
	return phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode()))
}

// String gives the number as E.164 or as dialled; unreadable text comes back
// as it was received and is as hostile as it was then.
func (n Number) String() string { return n.text }

// looksLikeNumber keeps letters out: the metadata would read "call-me-now" by
// the letters on a phone's keys.
func looksLikeNumber(raw string) bool {
	digits := 0
	for i := range len(raw) {
		switch c := raw[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '+' && i == 0:
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/':
		default:
			return false
		}
	}
	return digits >= 2
}

func isExtensionNumber(text string) bool {
	return len(text) >= 2 && len(text) <= 10 && allDigits(text)
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
