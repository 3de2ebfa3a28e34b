package routing

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
)

// name looks at a chain like call.headers.subject from its first part.
func (r *nameReader) name(e ast.Expr) {
	steps, root := chain(e)
	if r.uselessHas(e, steps, root) {
		return
	}
	if o, arg := objectRead(root); o != nil {
		r.object(o, arg, steps)
		return
	}
	if root.Kind() != ast.IdentKind {
		r.walk(root)
		return
	}
	first := steps[0]
	if r.local[first] > 0 || first != "call" && first != "now" {
		return // a loop variable, or for the type checker to judge
	}
	for length := min(2, len(steps)); length > 0; length-- {
		if name := strings.Join(steps[:length], "."); r.declared(name, len(steps)) {
			r.found[name] = struct{}{}
			r.headersBehind(root, name, steps[length:])
			return
		}
	}
	r.undeclared(root, steps)
}

// uselessHas finds has(call.from): has is for headers.
func (r *nameReader) uselessHas(e ast.Expr, steps []string, root ast.Expr) bool {
	if e.Kind() != ast.SelectKind || !e.AsSelect().IsTestOnly() || root.Kind() != ast.IdentKind || r.local[steps[0]] > 0 {
		return false
	}
	name := strings.Join(steps, ".")
	if _, known := factByName(name); !known {
		return false
	}
	r.add(root, name+" is always there", `has is for a header, as in has(call.headers.subject)`)
	return true
}

// declared tells whether name begins the chain in a way that has a meaning; a
// timestamp has no fields, so now.x is not now with something behind it.
func (r *nameReader) declared(name string, length int) bool {
	_, ok := factByName(name)
	return ok && (name != "now" || length == 1)
}

func (r *nameReader) undeclared(root ast.Expr, steps []string) {
	if len(steps) == 1 {
		r.add(root, "call is not a value by itself", "use call.from, call.to and so on")
		return
	}
	name := steps[0] + "." + steps[1]
	hint := didYouMean(name, declaredNames())
	if hint == "" {
		hint = "known are " + strings.Join(declaredUnder(steps[0]), ", ")
	}
	r.add(root, "unknown name "+name, hint)
	r.mistakes[len(r.mistakes)-1].shortenTo(name)
}

func declaredUnder(root string) []string {
	return slices.DeleteFunc(declaredNames(), func(name string) bool { return !strings.HasPrefix(name, root) })
}

// chain gives the parts of a.b.c and the expression it begins with.
func chain(e ast.Expr) ([]string, ast.Expr) {
	var steps []string
	for e.Kind() == ast.SelectKind {
		steps = append(steps, e.AsSelect().FieldName())
		e = e.AsSelect().Operand()
	}
	if e.Kind() == ast.IdentKind {
		steps = append(steps, e.AsIdent())
	}
	slices.Reverse(steps)
	return steps, e
}

func isIdent(e ast.Expr, name string) bool {
	return e.Kind() == ast.IdentKind && e.AsIdent() == name
}
