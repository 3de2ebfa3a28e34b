package routing

import (
	"slices"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// numberSet is a tenant's list as expressions see it: a CEL list of strings
// whose `in` is one look into a hash table, however long the list. Immutable.
type numberSet struct {
	traits.Lister
	members map[string]struct{}
}

func newNumberSet(numbers []Number) *numberSet {
	members := make(map[string]struct{}, len(numbers))
	for _, n := range numbers {
		members[n.String()] = struct{}{}
	}
	sorted := make([]string, 0, len(members))
	for number := range members {
		sorted = append(sorted, number)
	}
	slices.Sort(sorted)
	return &numberSet{
		Lister:  types.NewStringList(types.DefaultTypeAdapter, sorted),
		members: members,
	}
}

// Contains implements the `in` of expressions.
func (s *numberSet) Contains(value ref.Val) ref.Val {
	text, ok := value.(types.String)
	if !ok {
		return types.False
	}
	_, found := s.members[string(text)]
	return types.Bool(found)
}
