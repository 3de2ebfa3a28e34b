package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// nameReader walks a parsed expression for the names it reads. It finds wrong
// ones before the type checker does, which only knows that "call" is undeclared.
type nameReader struct {
	vocabulary
	info     *ast.SourceInfo
	local    map[string]int // loop variables in scope
	found    map[string]struct{}
	mistakes []mistake
}

func readNames(parsed *ast.AST, in vocabulary) ([]string, []mistake) {
	r := nameReader{info: parsed.SourceInfo(), vocabulary: in, local: map[string]int{}, found: map[string]struct{}{}}
	r.walk(parsed.Expr())
	return sortedSet(r.found), r.mistakes
}

func (r *nameReader) walk(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		r.name(e)
	case ast.CallKind:
		r.call(e.AsCall())
	case ast.ComprehensionKind:
		r.comprehension(e.AsComprehension())
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			r.walk(element)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.walk(entry.AsMapEntry().Key())
			r.walk(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			r.walk(field.AsStructField().Value())
		}
	case ast.LiteralKind, ast.UnspecifiedExprKind:
	}
}

func (r *nameReader) call(call ast.CallExpr) {
	if call.FunctionName() == operators.Index && isIdent(call.Args()[0], listsVariable) {
		r.list(call.Args()[1])
		return
	}
	if call.FunctionName() == operators.Index && isIdent(call.Args()[0], schedulesVariable) {
		r.schedule(call.Args()[1], nil)
		return
	}
	if call.IsMemberFunction() {
		r.walk(call.Target())
	}
	for _, arg := range call.Args() {
		r.walk(arg)
	}
}

func (r *nameReader) list(arg ast.Expr) {
	name, _ := literalString(arg)
	if _, known := r.lists[name]; known {
		r.found[fmt.Sprintf("list(%q)", name)] = struct{}{}
		return
	}
	hint := didYouMean(name, slices.Sorted(maps.Keys(r.lists)))
	if len(r.lists) == 0 {
		hint = "the tenant has no lists"
	}
	r.add(arg, fmt.Sprintf("no list %q", name), hint)
}

func (r *nameReader) comprehension(c ast.ComprehensionExpr) {
	r.walk(c.IterRange())
	r.walk(c.AccuInit())
	variables := []string{c.IterVar(), c.IterVar2(), c.AccuVar()}
	for _, v := range variables {
		r.local[v]++
	}
	r.walk(c.LoopCondition())
	r.walk(c.LoopStep())
	r.walk(c.Result())
	for _, v := range variables {
		r.local[v]--
	}
}

// name looks at a chain like call.headers.subject from its first part.
func (r *nameReader) name(e ast.Expr) {
	steps, root := chain(e)
	if arg := scheduleArg(root); arg != nil {
		r.schedule(arg, steps)
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
			return
		}
	}
	r.undeclared(root, steps)
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
	r.add(root, "undeclared "+name, hint)
}

func (r *nameReader) add(at ast.Expr, message, hint string) {
	start := r.info.GetStartLocation(at.ID())
	r.mistakes = append(r.mistakes, mistake{line: start.Line(), column: start.Column(), message: message, hint: hint})
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

func declaredUnder(root string) []string {
	return slices.DeleteFunc(declaredNames(), func(name string) bool { return !strings.HasPrefix(name, root) })
}
