package routing

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/parser"
)

const (
	// countriesVariable is what remembers the countries of one call's numbers:
	// finding one takes some ten microseconds, which a hundred rules must not each
	// pay. number.inCountry("US") becomes @inCountry(number, "US", @countries).
	countriesVariable = "@countries"
	inCountryFunction = "@inCountry"
	hasPrefixFunction = "hasPrefix"

	inCountryText  = "in_country_text"
	inCountryTexts = "in_country_texts"
	hasPrefixText  = "has_prefix_text"
	hasPrefixTexts = "has_prefix_texts"
)

var countriesType = cel.ObjectType(countriesVariable)

// numberOptions are the functions for numbers.
func numberOptions() []cel.EnvOption {
	texts := cel.ListType(cel.StringType)
	return []cel.EnvOption{
		cel.Variable(countriesVariable, countriesType),
		cel.Macros(parser.NewReceiverMacro("inCountry", 1, expandInCountry)),
		cel.Function(inCountryFunction,
			cel.Overload(inCountryText, []*cel.Type{cel.StringType, cel.StringType, countriesType}, cel.BoolType, cel.FunctionBinding(inCountry)),
			cel.Overload(inCountryTexts, []*cel.Type{cel.StringType, texts, countriesType}, cel.BoolType, cel.FunctionBinding(inCountry))),
		cel.Function(hasPrefixFunction,
			cel.MemberOverload(hasPrefixText, []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType, cel.BinaryBinding(hasPrefix)),
			cel.MemberOverload(hasPrefixTexts, []*cel.Type{cel.StringType, texts}, cel.BoolType, cel.BinaryBinding(hasPrefix))),
	}
}

func expandInCountry(make parser.ExprHelper, target ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	return make.NewCall(inCountryFunction, target, args[0], make.NewIdent(countriesVariable)), nil
}

func inCountry(args ...ref.Val) ref.Val {
	number, isText := args[0].(types.String)
	countries, ok := args[2].(*countriesValue)
	if !isText || !ok {
		return types.MaybeNoSuchOverloadErr(args[0])
	}
	country := types.String(countries.of(string(number)))
	return anyText(args[1], func(code types.String) bool { return code == country && code != "" })
}

func hasPrefix(number, prefix ref.Val) ref.Val {
	text, ok := number.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(number)
	}
	return anyText(prefix, func(p types.String) bool { return p != "" && strings.HasPrefix(string(text), string(p)) })
}

// anyText tells whether a text, or one of a list of texts, is as is tells.
func anyText(value ref.Val, is func(types.String) bool) ref.Val {
	if text, ok := value.(types.String); ok {
		return types.Bool(is(text))
	}
	list, ok := value.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(value)
	}
	for it := list.Iterator(); it.HasNext() == types.True; {
		if text, ok := it.Next().(types.String); ok && is(text) {
			return types.True
		}
	}
	return types.False
}

// countriesValue is the facts, as what knows the countries of numbers.
type countriesValue facts

// of gives the country of a number in E.164; "" for any other text.
func (c *countriesValue) of(number string) string {
	f := (*facts)(c)
	if number == f.from.text {
		country, _ := f.ResolveName(factNames[factCountry].name)
		text, _ := country.(types.String)
		return string(text)
	}
	for _, known := range f.countries {
		if known.number == number {
			return known.country
		}
	}
	n := ParseNumber(number, "")
	country := ""
	if n.E164() == number { // and not something like it
		country = n.Country()
	}
	if c.own(number) {
		f.countries = append(f.countries, numberCountry{number, country})
	}
	return country
}

// own tells whether a number is one of the call's: their countries are
// remembered.
func (c *countriesValue) own(number string) bool {
	return number == c.from.text || number == c.to.text || number == c.did
}

type numberCountry struct{ number, country string }

// ConvertToNative implements ref.Val.
func (c *countriesValue) ConvertToNative(reflect.Type) (any, error) { return nil, errNoCountries }

// ConvertToType implements ref.Val.
func (c *countriesValue) ConvertToType(ref.Type) ref.Val { return types.WrapErr(errNoCountries) }

// Equal implements ref.Val.
func (c *countriesValue) Equal(other ref.Val) ref.Val { return types.Bool(other == ref.Val(c)) }

// Type implements ref.Val.
func (c *countriesValue) Type() ref.Type { return countriesType }

// Value implements ref.Val.
func (c *countriesValue) Value() any { return nil }

var errNoCountries = fmt.Errorf("not a value by itself")

// numberCall checks the literals of the functions for numbers.
func (r *nameReader) numberCall(call ast.CallExpr) {
	args := call.Args()
	switch {
	case call.FunctionName() == inCountryFunction && len(args) == 3:
		r.eachLiteral(args[1], r.countryCode)
	case call.FunctionName() == hasPrefixFunction && len(args) == 1:
		r.eachLiteral(args[0], r.numberPrefix)
	}
}

// eachLiteral visits a text in quotes, or those in a list.
func (r *nameReader) eachLiteral(e ast.Expr, visit func(ast.Expr, string)) {
	if e.Kind() == ast.ListKind {
		for _, element := range e.AsList().Elements() {
			r.eachLiteral(element, visit)
		}
		return
	}
	if text, ok := literalString(e); ok {
		visit(e, text)
	}
}

func (r *nameReader) countryCode(at ast.Expr, code string) {
	if !isCountry(code) {
		r.add(at, "no country "+quoted(code), countryCodeHint(code))
	}
}

// countrySlips are what people write for the codes of some countries.
var countrySlips = map[string]string{
	"UK": "GB", "EN": "GB", "GBR": "GB", "USA": "US", "CAN": "CA", "MEX": "MX", "DEU": "DE", "GER": "DE", "FRA": "FR", "ESP": "ES", "SPA": "ES",
	"ITA": "IT", "NLD": "NL", "NED": "NL", "AUT": "AT", "CHE": "CH", "SUI": "CH", "BEL": "BE", "IRL": "IE", "AUS": "AU", "BRA": "BR", "IND": "IN",
	"CHN": "CN", "JPN": "JP", "JA": "JP", "SWE": "SE", "NOR": "NO", "DNK": "DK", "DEN": "DK", "POL": "PL", "PRT": "PT", "POR": "PT", "EL": "GR",
}

func countryCodeHint(code string) string {
	if meant, known := countrySlips[strings.ToUpper(code)]; known {
		return "did you mean " + meant + "?"
	}
	return countryHint(code)
}

func (r *nameReader) numberPrefix(at ast.Expr, text string) {
	prefix, ok := parsePrefix(text)
	switch {
	case ok && prefix == text:
	case ok:
		r.add(at, quoted(text)+" is not how a number in E.164 begins", "write "+quoted(prefix))
	default:
		r.add(at, quoted(text)+" is not how a number in E.164 begins", prefixHint)
	}
}
