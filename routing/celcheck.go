package routing

import (
	"fmt"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// nameReader walks a parsed expression for what it reads. It finds wrong names
// before the type checker does, which only knows that "call" is undeclared. What
// depends on the tenant, as the names of its lists, is only noted: the same
// expression of another tenant is not read again.
type nameReader struct {
	text     string
	info     *ast.SourceInfo
	local    map[string]int // loop variables in scope
	found    map[string]struct{}
	refers   []reference
	headers  map[string]struct{} // names of SIP headers in literals
	all      bool                // it goes through the SIP headers
	patterns map[string]uint64   // steps of regular expressions
	sized    bool                // its cost depends on how long a list is
	mistakes []mistake
}

func readNames(text string, parsed *ast.AST) *nameReader {
	r := &nameReader{text: text, info: parsed.SourceInfo(), local: map[string]int{}, found: map[string]struct{}{}, headers: map[string]struct{}{}}
	r.walk(parsed.Expr())
	return r
}

func (r *nameReader) walk(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		r.name(e)
	case ast.CallKind:
		r.call(e)
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
		r.add(e, "a rule makes no objects", "names are written without {}: call.from")
	case ast.LiteralKind, ast.UnspecifiedExprKind:
	}
}

func (r *nameReader) call(e ast.Expr) {
	if o, arg := objectRead(e); o != nil {
		r.object(o, arg, nil)
		return
	}
	call := e.AsCall()
	if r.listRead(e) {
		r.sized = true // by `in` it does not come here
		return
	}
	if r.headerCall(call) || r.memberOfList(call) {
		return
	}
	if hint := notForRules[call.FunctionName()]; hint != "" {
		r.add(e, call.FunctionName()+" is not for rules", hint)
		return
	}
	r.numberCall(call)
	r.patternCall(call)
	r.compared(call)
	if call.IsMemberFunction() {
		r.walk(call.Target())
	}
	for _, arg := range call.Args() {
		r.walk(arg)
	}
}

// notForRules are functions of CEL that would turn off the check of types, and
// those that read a time in UTC, or in a zone of their own.
var notForRules = map[string]string{
	"dyn": "write what is in its brackets alone", "type": "every name has one type: see the table of names",
	"getHours": "now.hour is by the tenant's clock", "getMinutes": "now.minute is by the tenant's clock", "getDayOfWeek": `now.weekday is by the tenant's clock, "monday" to "sunday"`,
	"getDate": "now.date is by the tenant's clock", "getDayOfMonth": "now.date is by the tenant's clock", "getDayOfYear": "now.date is by the tenant's clock",
	"getMonth": "now.date is by the tenant's clock", "getFullYear": "now.date is by the tenant's clock",
}

// memberOfList reads `call.from in list("vip")`, which costs the same however
// long the list.
func (r *nameReader) memberOfList(call ast.CallExpr) bool {
	if call.FunctionName() != operators.In || !r.listRead(call.Args()[1]) {
		return false
	}
	r.walk(call.Args()[0])
	return true
}

// listRead tells whether e is list("vip") and notes it.
func (r *nameReader) listRead(e ast.Expr) bool {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Index || !isIdent(e.AsCall().Args()[0], listsVariable) {
		return false
	}
	arg := e.AsCall().Args()[1]
	name, _ := literalString(arg)
	r.refer(listFunction, name, arg)
	r.found[fmt.Sprintf("list(%q)", name)] = struct{}{}
	return true
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

// add adds a mistake at what begins where an expression does.
func (r *nameReader) add(at ast.Expr, message, hint string) {
	r.mistakes = append(r.mistakes, r.at(at, message, hint))
}

// addNamed adds a mistake at a name that comes somewhere behind an expression.
func (r *nameReader) addNamed(at ast.Expr, name, message, hint string) {
	m := r.at(at, message, hint)
	m.moveTo(r.text, name)
	r.mistakes = append(r.mistakes, m)
}

func (r *nameReader) at(e ast.Expr, message, hint string) mistake {
	start := r.info.GetStartLocation(e.ID())
	return newMistake(r.text, start.Line(), start.Column(), message, hint)
}
