package routing

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$`)
	// dialSafePattern has only characters that mean nothing in a dial string.
	dialSafePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,252}$`)
)

const (
	nameHint     = "letters, digits, space, _ . - and at most 64 characters, beginning with a letter or digit"
	dialSafeHint = "letters, digits, _ . - only, beginning with a letter or digit"
)

// isUUID tells whether text is a UUID in lower case with dashes, the only
// spelling ids have.
func isUUID(text string) bool {
	if len(text) != len("6a097cb2-504f-43be-819a-b76209976818") {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

// isCountry tells whether code is a country that has telephone numbers.
func isCountry(code string) bool {
	return phonenumbers.GetSupportedRegions()[code]
}

func countryHint(code string) string {
	if upper := strings.ToUpper(code); isCountry(upper) {
		return "did you mean " + upper + "?"
	}
	return "two letters of ISO 3166, e.g. US"
}
