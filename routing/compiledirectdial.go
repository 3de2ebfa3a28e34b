package routing

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const maxDialPatterns = 200

var dialPattern = regexp.MustCompile(`^[0-9x]{1,20}$`)

// insideNumbers are the numbers of a tenant that can be dialled inside, sorted,
// and what menus make of them.
type insideNumbers struct {
	all  []string
	kept map[string]dialable // by what is allowed and denied
}

func (t *tenantCompiler) insideNumbers() insideNumbers {
	known := map[string]bool{}
	for key, e := range t.plan.extensions {
		known[key] = key == e.Extension // and not its id
	}
	for number := range t.plan.groupNumbers {
		known[number] = true
	}
	for number := range t.plan.menuNumbers {
		known[number] = true
	}
	maps.DeleteFunc(known, func(number string, dialled bool) bool { return !dialled || !isExtensionNumber(number) })
	return insideNumbers{all: slices.Sorted(maps.Keys(known)), kept: map[string]dialable{}}
}

// dialled gives the numbers a menu lets dial.
func (n insideNumbers) dialled(t *tenantCompiler, m Menu, at path) dialable {
	d := m.DirectDial
	if d == nil {
		return dialable{}
	}
	allow, allowed := n.patterns(t, d.Allow, at.with("allow"))
	deny, denied := n.patterns(t, d.Deny, at.with("deny"))
	if !allowed || !denied {
		return dialable{}
	}
	key := strings.Join(d.Allow, ",") + "/" + strings.Join(d.Deny, ",")
	if d.Allow != nil && len(d.Allow) == 0 {
		t.add(at.with("allow"), "allows no number", "leave allow out to allow all")
	}
	kept, known := n.kept[key]
	if !known {
		kept = dialable{sorted: n.all}
		if len(allow)+len(deny) > 0 {
			kept = newDialable(n.all, func(number string) bool {
				return (len(allow) == 0 || allow.fit(number)) && !deny.fit(number)
			})
		}
		n.kept[key] = kept
	}
	switch {
	case !kept.empty():
	case len(m.Digits) == 0:
		t.add(at, "nothing can be chosen", "allow and deny leave no number, and no key leads anywhere")
	default:
		t.warn(at, "no number can be dialled", "allow and deny leave none")
	}
	return kept
}

// patterns checks a list of patterns, and warns of those that fit nothing.
func (n insideNumbers) patterns(t *tenantCompiler, texts []string, at path) (dialPatterns, bool) {
	if len(texts) > maxDialPatterns {
		t.add(at, fmt.Sprintf("more than %d patterns", maxDialPatterns), "x is any digit: 10xx")
		return nil, false
	}
	good := true
	patterns := dialPatterns{}
	for i, text := range texts {
		if !dialPattern.MatchString(text) {
			t.add(at.with(i), fmt.Sprintf("%q is no number or pattern", text), "1 to 20 digits, and x for any digit: 10xx")
			good = false
			continue
		}
		if !slices.ContainsFunc(n.all, func(number string) bool { return fitsDial(text, number) }) {
			t.warn(at.with(i), fmt.Sprintf("%s fits no extension, ring group or menu", text), "")
		}
		patterns[len(text)] = append(patterns[len(text)], text)
	}
	return patterns, good
}

// dialPatterns are patterns by their length.
type dialPatterns map[int][]string

func (d dialPatterns) fit(number string) bool {
	return slices.ContainsFunc(d[len(number)], func(pattern string) bool { return fitsDial(pattern, number) })
}

// fitsDial tells whether a pattern, in which x is any digit, fits a whole
// number.
func fitsDial(pattern, number string) bool {
	if len(pattern) != len(number) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] != 'x' && pattern[i] != number[i] {
			return false
		}
	}
	return true
}

// patternOfLength fits every number of a length.
func patternOfLength(length int) string { return strings.Repeat("x", length) }
