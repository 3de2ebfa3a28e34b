package routing

import (
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// headerCall reads call.headers["x-name"] and "x-name" in call.headers, which
// name the header they are about.
func (r *nameReader) headerCall(call ast.CallExpr) bool {
	args := call.Args()
	if len(args) != 2 {
		return false
	}
	name, headers := args[1], args[0]
	switch call.FunctionName() {
	case operators.Index:
	case operators.In:
		name, headers = headers, name
	default:
		return false
	}
	text, literal := literalString(name)
	if !literal || !r.isHeaders(headers) {
		return false
	}
	r.header(name, text)
	return true
}

func (r *nameReader) isHeaders(e ast.Expr) bool {
	if e.Kind() != ast.SelectKind {
		return false
	}
	steps, root := chain(e)
	return root.Kind() == ast.IdentKind && r.local[steps[0]] == 0 && strings.Join(steps, ".") == factNames[factHeaders].name
}

// headersBehind reads call.headers.subject, or all headers if no name follows.
func (r *nameReader) headersBehind(root ast.Expr, name string, rest []string) {
	if name != factNames[factHeaders].name {
		return
	}
	if len(rest) == 0 {
		r.all = true
		return
	}
	r.header(root, rest[0])
}

func (r *nameReader) header(at ast.Expr, name string) {
	r.found[factNames[factHeaders].name] = struct{}{}
	r.headers[name] = struct{}{}
	if lower := strings.ToLower(name); lower != name {
		r.addNamed(at, name, "the names of headers are in lower case here", "write "+quoted(lower))
	}
}
