package routing

import (
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// membersOf reads what tests a value against fixed ones: x in ["a", "b"], x in
// list("vip"), x.startsWith("a"), x.hasPrefix(["a", "b"]) and x.inCountry("US").
func membersOf(e ast.Expr) (text string, found *members) {
	if e.Kind() != ast.CallKind {
		return "", nil
	}
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.In, operators.OldIn:
		if list, known := listName(args[1]); known {
			found = &members{list: list}
		} else if values, known := literalTexts(args[1]); known {
			found = &members{values: values}
		}
	case "startsWith", hasPrefixFunction:
		prefixes, known := literalStrings(args[0])
		if !known || !call.IsMemberFunction() {
			break
		}
		if call.FunctionName() == "startsWith" || !slices.Contains(prefixes, "") { // which hasPrefix never finds
			return canonical(call.Target()), &members{prefixes: prefixes}
		}
	case inCountryFunction:
		if codes, known := literalStrings(args[1]); known && !slices.Contains(codes, "") {
			return "country of " + canonical(args[0]), &members{values: codes}
		}
	}
	if found == nil {
		return "", nil
	}
	return canonical(args[0]), found
}

// listName reads list("name"), which is @lists["name"] once it is parsed.
func listName(e ast.Expr) (string, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Index {
		return "", false
	}
	args := e.AsCall().Args()
	if args[0].Kind() != ast.IdentKind || args[0].AsIdent() != listsVariable {
		return "", false
	}
	return literalString(args[1])
}

func literalBool(e ast.Expr) (value, isBool bool) {
	if e.Kind() != ast.LiteralKind {
		return false, false
	}
	b, isBool := e.AsLiteral().(types.Bool)
	return bool(b), isBool
}

// literalText gives a constant as a text, different for each value of a type.
func literalText(e ast.Expr) (string, bool) {
	if text, isText := literalString(e); isText {
		return text, true
	}
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	if _, isInt := e.AsLiteral().(types.Int); isInt {
		return canonical(e), true
	}
	return "", false
}

// literalTexts reads a list of constants, which is not empty.
func literalTexts(e ast.Expr) ([]string, bool) { return elements(e, literalText) }

// literalStrings reads a text or a list of texts.
func literalStrings(e ast.Expr) ([]string, bool) {
	if text, isText := literalString(e); isText {
		return []string{text}, true
	}
	return elements(e, literalString)
}

func elements(e ast.Expr, read func(ast.Expr) (string, bool)) ([]string, bool) {
	if e.Kind() != ast.ListKind || len(e.AsList().OptionalIndices()) > 0 {
		return nil, false
	}
	var all []string
	for _, element := range e.AsList().Elements() {
		text, known := read(element)
		if !known {
			return nil, false
		}
		all = append(all, text)
	}
	return all, len(all) > 0
}
