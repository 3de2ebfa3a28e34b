package routing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// quoted makes text that came with a call safe to show.
func quoted(text string) string { return strconv.Quote(shorten(text, maxCallerName)) }

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// showValue writes a value as an expression would.
func showValue(value any) string {
	switch v := value.(type) {
	case types.String:
		return quoted(string(v))
	case types.Timestamp:
		return v.Format("2006-01-02T15:04:05Z07:00")
	case traits.Mapper:
		return showHeaders(v)
	case ref.Val:
		return fmt.Sprint(v.Value())
	default:
		return ""
	}
}

const maxShownHeaders = 20

func showHeaders(headers traits.Mapper) string {
	var shown []string
	for it := headers.Iterator(); it.HasNext() == types.True; {
		name := it.Next()
		shown = append(shown, quoted(fmt.Sprint(name.Value()))+": "+quoted(fmt.Sprint(headers.Get(name).Value())))
	}
	slices.Sort(shown)
	if len(shown) > maxShownHeaders {
		shown = append(shown[:maxShownHeaders], "…")
	}
	return "{" + strings.Join(shown, ", ") + "}"
}
