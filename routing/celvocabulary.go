package routing

import (
	"maps"
	"slices"

	"github.com/google/cel-go/common/ast"
)

// vocabulary is what a tenant's expressions can name besides facts.
type vocabulary struct {
	lists      map[string]*numberSet
	schedules  map[string]*schedule  // by id too, which expressions cannot say
	extensions map[string]*Extension // by id too
}

func (p *Plan) vocabulary() vocabulary { return vocabulary{p.lists, p.schedules, p.extensions} }

// reference is something of the tenant that an expression names: vip in
// list("vip").
type reference struct {
	function, name string
	at             mistake // without a message
}

func (r *nameReader) refer(function, name string, at ast.Expr) {
	r.refers = append(r.refers, reference{function: function, name: name, at: r.at(at, "", "")})
}

// check gives the references that the tenant has nothing for.
func (v vocabulary) check(references []reference) []mistake {
	var mistakes []mistake
	for _, ref := range references {
		if v.has(ref) {
			continue
		}
		m := ref.at
		m.message = "no " + ref.function + " " + quoted(ref.name)
		if names := v.names(ref.function); len(names) == 0 {
			m.hint = "the tenant has no " + ref.function + "s"
		} else {
			m.hint = didYouMean(ref.name, names)
		}
		if mistakes = append(mistakes, m); len(mistakes) == maxMistakes {
			break
		}
	}
	return mistakes
}

func (v vocabulary) has(ref reference) bool {
	switch ref.function {
	case scheduleObject.function:
		s := v.schedules[ref.name]
		return s != nil && s.Name == ref.name
	case extensionObject.function:
		e := v.extensions[ref.name]
		return e != nil && e.Extension == ref.name
	}
	return v.lists[ref.name] != nil
}

func (v vocabulary) names(function string) []string {
	switch function {
	case scheduleObject.function:
		return scheduleNamesOf(v.schedules)
	case extensionObject.function:
		return extensionNumbers(v.extensions)
	}
	return slices.Sorted(maps.Keys(v.lists))
}

func extensionNumbers(extensions map[string]*Extension) []string {
	numbers := make([]string, 0, len(extensions))
	for key, e := range extensions {
		if key == e.Extension {
			numbers = append(numbers, key)
		}
	}
	slices.Sort(numbers)
	return numbers
}
