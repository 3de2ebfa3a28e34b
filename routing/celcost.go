package routing

import (
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

const (
	// Finding the country of a number takes some ten microseconds; those of the
	// call's own numbers are found once a call.
	countryCost    = 500
	ownCountryCost = 10
	// unboundedCost is from where on an estimate means that something in it has no
	// bound: CEL takes that for 2^64, and then perhaps a hundredth of it.
	unboundedCost = 1 << 50
)

// costModel tells CEL how large the things it cannot see are: facts by their
// bounds, lists by the tenant's longest one, a schedule by the longest name of a
// holiday.
type costModel struct {
	longestList uint64
	patterns    map[string]uint64 // steps of the regular expressions, as written
}

// EstimateSize bounds a value by where it comes from; nil: not bounded.
func (m costModel) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	from := element.Path()
	if len(from) == 0 {
		return nil
	}
	switch from[0] {
	case listsVariable:
		if element.Type().Kind() == types.ListKind {
			return &checker.SizeEstimate{Max: m.longestList}
		}
		return &checker.SizeEstimate{Max: maxNumberLength}
	case schedulesVariable:
		return &checker.SizeEstimate{Max: maxHolidayName}
	case extensionsVariable, countriesVariable:
		return &checker.SizeEstimate{Max: 1}
	}
	id, ok := factByName(from[0])
	if !ok {
		return nil
	}
	if id == factHeaders && element.Type().Kind() == types.StringKind {
		return &checker.SizeEstimate{Max: maxHeaderValue} // names are shorter
	}
	return &checker.SizeEstimate{Max: factNames[id].limit}
}

// EstimateCallCost makes `in list("…")` as cheap as it is, and knows our own
// functions.
func (m costModel) EstimateCallCost(_, overload string, target *checker.AstNode, args []checker.AstNode) *checker.CallEstimate {
	switch overload {
	case overloads.InList:
		if from := args[1].Path(); len(from) == 0 || from[0] != listsVariable {
			return nil
		}
		return fixedCost(1)
	case overloads.Matches, overloads.MatchesString:
		return m.pattern(target, args)
	case inCountryText, inCountryTexts:
		cost := checker.FixedCostEstimate(countryCost)
		if from := args[0].Path(); len(from) == 1 && isNumberFact(from[0]) {
			cost = checker.FixedCostEstimate(ownCountryCost)
		}
		return &checker.CallEstimate{CostEstimate: cost.Add(m.perText(args[1], overload == inCountryTexts))}
	case hasPrefixText, hasPrefixTexts:
		return &checker.CallEstimate{CostEstimate: m.perText(args[0], overload == hasPrefixTexts)}
	}
	return nil
}

// pattern is the cost of a regular expression: its steps at each character.
func (m costModel) pattern(target *checker.AstNode, args []checker.AstNode) *checker.CallEstimate {
	text, pattern := args[0], args[len(args)-1]
	if target != nil {
		text = *target
	}
	literal, _ := literalString(pattern.Expr())
	size := text.ComputedSize()
	if size == nil {
		size = m.EstimateSize(text)
	}
	if size == nil {
		return &checker.CallEstimate{CostEstimate: checker.UnknownCostEstimate()}
	}
	characters := size.Add(checker.FixedSizeEstimate(1))
	return &checker.CallEstimate{CostEstimate: characters.MultiplyByCostFactor(stepCost * float64(m.patterns[literal]))}
}

func fixedCost(cost uint64) *checker.CallEstimate {
	return &checker.CallEstimate{CostEstimate: checker.FixedCostEstimate(cost)}
}

// perText is the cost of comparing with a text, or with each of a list of them.
func (m costModel) perText(texts checker.AstNode, many bool) checker.CostEstimate {
	one := checker.FixedCostEstimate(1)
	if !many {
		return one
	}
	size := texts.ComputedSize()
	if size == nil {
		size = m.EstimateSize(texts)
	}
	if size == nil {
		return checker.UnknownCostEstimate()
	}
	return one.Add(size.MultiplyByCostFactor(1))
}

func isNumberFact(name string) bool {
	id, ok := factByName(name)
	return ok && (id == factFrom || id == factTo || id == factDID)
}

// runCost is the same while an expression runs. Steps of patterns that it is not
// given it counts itself, which takes longer than the patterns do.
type runCost struct{ patterns map[string]uint64 }

// CallCost gives the cost of a call; nil: CEL's own.
func (c runCost) CallCost(_, overload string, args []ref.Val, _ ref.Val) *uint64 {
	cost := uint64(1)
	switch overload {
	case overloads.InList:
		if _, ours := args[1].(*numberSet); !ours {
			return nil
		}
	case overloads.Matches, overloads.MatchesString:
		cost = c.pattern(textOf(args[0]), textOf(args[len(args)-1]))
	case inCountryText, inCountryTexts:
		cost = countryCost + textCount(args[1])
		if countries, ok := args[2].(*countriesValue); ok && countries.own(textOf(args[0])) {
			cost = ownCountryCost + textCount(args[1])
		}
	case hasPrefixText, hasPrefixTexts:
		cost = textCount(args[1])
	default:
		return nil
	}
	return &cost
}

func (c runCost) pattern(text, pattern string) uint64 {
	steps, known := c.patterns[pattern]
	if !known {
		steps, _, _ = readPattern(pattern)
	}
	return uint64(stepCost * float64(steps) * float64(len(text)+1))
}

func textOf(value ref.Val) string {
	text, _ := value.(types.String)
	return string(text)
}

// textCount is how many texts there are: in a list, or one.
func textCount(value ref.Val) uint64 {
	list, ok := value.(traits.Lister)
	if !ok {
		return 1
	}
	n, _ := list.Size().(types.Int)
	return 1 + uint64(n)
}
