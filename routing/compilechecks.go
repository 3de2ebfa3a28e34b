package routing

import (
	"fmt"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// seen remembers where a value that must be unique was first.
type seen map[string]string

// unique adds a problem if value was there before. Empty values are not
// compared; that they are missing is another problem.
func (s scope) unique(known seen, value, what string, p path) bool {
	if value == "" {
		return true
	}
	if first, again := known[value]; again {
		s.add(p, fmt.Sprintf("%s %q is here twice", what, value), "first in "+first)
		return false
	}
	known[value] = s.whereIs(p)
	return true
}

// matching adds a problem unless value is there and fits the pattern.
func (s scope) matching(value, what string, pattern *regexp.Regexp, p path, hint string) bool {
	if value == "" {
		s.add(p, "no "+what, "")
		return false
	}
	if !pattern.MatchString(value) {
		s.add(p, fmt.Sprintf("%q cannot be a %s", value, what), hint)
		return false
	}
	return true
}

// named checks the id and the name of an object in a list of its kind.
func (s scope) named(ids, names seen, id, name string, p path) bool {
	s.identified(ids, id, p)
	return s.matching(name, "name", namePattern, p.with("name"), nameHint) &&
		s.unique(names, name, "name", p.with("name"))
}

// identified checks an id, which most objects do without.
func (s scope) identified(ids seen, id string, p path) {
	if id != "" && !isUUID(id) {
		s.add(p.with("id"), fmt.Sprintf("%q is no id", id), "a UUID in lower case")
		return
	}
	s.unique(ids, id, "id", p.with("id"))
}

// seconds checks a duration and gives the default for one left out.
func (s scope) seconds(value, preset, most int, p path) int {
	if value == 0 && !s.written(p) {
		return preset
	}
	if value < 1 || value > most {
		s.add(p, fmt.Sprintf("%d is not between 1 and %d", value, most), "")
		return preset
	}
	return value
}

// within checks a count that may be 0.
func (s scope) within(value, most int, p path) {
	if value < 0 || value > most {
		s.add(p, fmt.Sprintf("%d is not between 0 and %d", value, most), "")
	}
}

func (s scope) country(code string, p path) {
	if code != "" && !isCountry(code) {
		s.add(p, fmt.Sprintf("unknown country %q", code), countryHint(code))
	}
}

// printable checks text that people will see: short, and nothing but
// characters that show.
func (s scope) printable(text string, most int, p path) {
	if utf8.RuneCountInString(text) > most {
		s.add(p, fmt.Sprintf("longer than %d characters", most), "")
		return
	}
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			s.add(p, "has characters that do not print", "")
			return
		}
	}
}
