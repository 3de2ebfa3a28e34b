package routing

import "github.com/google/cel-go/common/ast"

// operandsOf gives what an expression is made of. A loop is one: inside of it
// only the last element is remembered.
func operandsOf(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.CallKind:
		if e.AsCall().IsMemberFunction() {
			return append([]ast.Expr{e.AsCall().Target()}, e.AsCall().Args()...)
		}
		return e.AsCall().Args()
	case ast.SelectKind:
		return []ast.Expr{e.AsSelect().Operand()}
	case ast.ListKind:
		return e.AsList().Elements()
	case ast.ComprehensionKind:
		return []ast.Expr{e.AsComprehension().IterRange()}
	case ast.MapKind, ast.StructKind, ast.LiteralKind, ast.IdentKind, ast.UnspecifiedExprKind:
	}
	return nil
}

// partsOf gives all an expression is made of, loops included.
func partsOf(e ast.Expr) []ast.Expr {
	switch e.Kind() {
	case ast.ComprehensionKind:
		l := e.AsComprehension()
		return []ast.Expr{l.IterRange(), l.AccuInit(), l.LoopCondition(), l.LoopStep(), l.Result()}
	case ast.MapKind:
		var parts []ast.Expr
		for _, entry := range e.AsMap().Entries() {
			parts = append(parts, entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
		return parts
	case ast.CallKind, ast.SelectKind, ast.ListKind, ast.StructKind, ast.LiteralKind, ast.IdentKind, ast.UnspecifiedExprKind:
	}
	return operandsOf(e)
}
