package routing

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const maxOverrideHours = 720

var codePattern = regexp.MustCompile(`^\*[0-9]{1,9}$`)

// overrideWords are what a code does, by the digit that is dialled behind it.
var overrideWords = [...]string{toHours, toOpen, toClosed}

// overrideDial is what a phone does by dialling a code of a schedule.
type overrideDial struct {
	schedule *schedule
	to       string // open, closed, hours
}

// may tells whether the phones of an extension may dial it.
func (d overrideDial) may(extension string) bool {
	return slices.Contains(d.schedule.OverrideCode.Extensions, extension)
}

// target is how RouteOverride names it.
func (d overrideDial) target() string { return d.schedule.Name + " " + d.to }

// overrideCode reads a schedule's code. It begins with a star, so that no number
// that is dialled inside can be like it.
func (t *tenantCompiler) overrideCode(s *schedule, at path) {
	if s.OverrideCode == nil {
		return
	}
	code := *s.OverrideCode
	if len(code.Extensions) == 0 {
		t.add(at.with("extensions"), "no extensions", "those whose phones may override the schedule")
	}
	code.Extensions = t.overriders(code.Extensions, at.with("extensions"))
	code.Hours = t.seconds(code.Hours, 0, maxOverrideHours, at.with("hours"))
	s.OverrideCode = &code
	p := at.with("code")
	if !t.matching(code.Code, "code", codePattern, p, "* and 1 to 9 digits, like *28") || !t.codeFree(code.Code, p) {
		return
	}
	if feature := featureLike(code.Code); feature != "" {
		t.warn(p, fmt.Sprintf("%q is dialled like %s, which telephone systems use for %s", code.Code, feature, featureCodes[feature]), "the switch may keep what begins like that for itself")
	}
	for digit, word := range overrideWords {
		t.plan.codes[code.Code+strconv.Itoa(digit)] = overrideDial{schedule: s, to: word}
	}
}

// featureCodes are those that FreeSWITCH's dialplans commonly have; x is any
// digit.
var featureCodes = map[string]string{
	"*3": "conferences", "*70": "parking", "*71xx": "parked calls", "*97": "voicemail", "*98": "voicemail",
}

// featureLike gives a feature code of which a code, or what is dialled with it,
// is the beginning, or the other way round; "": there is none.
func featureLike(code string) string {
	for _, feature := range slices.Sorted(maps.Keys(featureCodes)) {
		digits := strings.TrimRight(feature, "x")
		for digit := range overrideWords {
			if dialled := code + strconv.Itoa(digit); strings.HasPrefix(dialled, digits) || strings.HasPrefix(digits, code) {
				return feature
			}
		}
	}
	return ""
}

// codeFree refuses a code that another schedule has, and one of which what is
// dialled is the beginning of what another one dials.
func (t *tenantCompiler) codeFree(code string, p path) bool {
	for _, other := range slices.Sorted(maps.Keys(t.hours.codes)) {
		if other != code && (beginsDial(code, other) || beginsDial(other, code)) {
			t.add(p, fmt.Sprintf("code %q cannot stand beside %q: what one dials begins the other", code, other), "the other is in "+t.hours.codes[other])
			return false
		}
	}
	return t.unique(t.hours.codes, code, "code", p)
}

// beginsDial tells whether a phone that dials one code has dialled another one
// on the way.
func beginsDial(code, longer string) bool {
	for digit := range overrideWords {
		if strings.HasPrefix(longer, code+strconv.Itoa(digit)) {
			return true
		}
	}
	return false
}

// overriders gives the extensions that may dial a code, by their numbers.
func (t *tenantCompiler) overriders(named []string, at path) []string {
	known := seen{}
	numbers := make([]string, 0, len(named))
	for j, name := range named {
		e, ok := t.plan.extensions[name]
		if !ok {
			t.add(at.with(j), fmt.Sprintf("no extension %q", name), didYouMean(name, t.extensionNumbers()))
			continue
		}
		if t.unique(known, e.Extension, "extension", at.with(j)) {
			numbers = append(numbers, e.Extension)
		}
	}
	return numbers
}
