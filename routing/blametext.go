package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// String writes a reason in one line: what was looked at, what it was, and the
// values it read.
func (r Reason) String() string {
	text := r.Text
	if r.Result != r.Text { // the constant true
		text += "  " + r.Result
	}
	var parts []string
	if r.Detail != "" {
		parts = append(parts, r.Detail)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		if name != r.Text {
			parts = append(parts, readAs(name, r.Values[name]))
		}
	}
	if len(parts) == 0 {
		return text
	}
	return text + ": " + strings.Join(parts, ", ")
}

// readAs says what a name was: a list has numbers, everything else is a value.
func readAs(name, value string) string {
	if strings.HasPrefix(name, "list(") {
		return fmt.Sprintf("%s has %s", name, value)
	}
	return fmt.Sprintf("%s is %s", name, value)
}
