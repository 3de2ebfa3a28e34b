package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func (d *decoder) wrongType(n ast.Node, at *node, where, wanted string) {
	hint := ""
	switch {
	case wanted == "text" && isScalar(n):
		hint = "put it in quotes"
	case wanted == "a list" && isScalar(n):
		hint = "in brackets: [first, second]"
	case wanted != "text" && n.Type() == ast.StringType && wanted != "a list" && wanted != "keys and values":
		hint = "without quotes"
	}
	d.refuse(at, where, fmt.Sprintf("must be %s, but it is %s", wanted, describe(n)), hint)
}

func isScalar(n ast.Node) bool {
	_, ok := n.(ast.ScalarNode)
	return ok
}

func describe(n ast.Node) string {
	if _, ok := asMapping(n); ok {
		return "keys and values"
	}
	switch s := n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + n.GetToken().Value
	default:
		return strings.ToLower(s.Type().String())
	}
}

func unknownKeyHint(key string, fields map[string]int, where string) string {
	known := make([]string, 0, len(fields))
	for name := range fields {
		known = append(known, name)
	}
	slices.Sort(known)
	if hint := didYouMean(key, known); hint != "" {
		return hint
	}
	if _, ofTenant := tenantKeys[key]; ofTenant && where == "" {
		return "a tenant's file begins with tenant: NAME"
	}
	return "known are " + strings.Join(known, ", ")
}
