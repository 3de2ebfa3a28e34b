package routing

import (
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// costModel tells CEL how large the things it cannot see are: facts by their
// bounds, lists by the tenant's longest one, a schedule by the longest name of a
// holiday.
type costModel struct{ longestList uint64 }

// EstimateSize bounds a value by where it comes from; nil: not bounded.
func (m costModel) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	from := element.Path()
	if len(from) == 0 {
		return nil
	}
	if from[0] == listsVariable {
		if element.Type().Kind() == types.ListKind {
			return &checker.SizeEstimate{Max: m.longestList}
		}
		return &checker.SizeEstimate{Max: maxNumberLength}
	}
	if from[0] == schedulesVariable {
		return &checker.SizeEstimate{Max: maxHolidayName}
	}
	id, ok := factByName(from[0])
	if !ok || factNames[id].limit == 0 {
		return nil
	}
	return &checker.SizeEstimate{Max: factNames[id].limit}
}

// EstimateCallCost makes `in list("…")` as cheap as it is.
func (m costModel) EstimateCallCost(_, overload string, _ *checker.AstNode, args []checker.AstNode) *checker.CallEstimate {
	if overload != overloads.InList || len(args) != 2 {
		return nil
	}
	if from := args[1].Path(); len(from) == 0 || from[0] != listsVariable {
		return nil
	}
	return &checker.CallEstimate{CostEstimate: checker.FixedCostEstimate(1)}
}

// runCost is the same while an expression runs.
type runCost struct{}

// CallCost gives the cost of a call; nil: CEL's own.
func (runCost) CallCost(_, overload string, args []ref.Val, _ ref.Val) *uint64 {
	if overload != overloads.InList || len(args) != 2 {
		return nil
	}
	if _, ours := args[1].(*numberSet); !ours {
		return nil
	}
	one := uint64(1)
	return &one
}
