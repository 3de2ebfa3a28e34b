package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Reason is a part of a rule's condition that made it what it was.
type Reason struct {
	Text   string `json:"text"`   // as the tenant wrote it
	Result string `json:"result"` // true, false or error
	// Detail says why it failed, or which element of a list decided.
	Detail string `json:"detail,omitempty"`
	// Values are those it read, by name, written as in expressions.
	Values map[string]string `json:"values,omitempty"`
}

const (
	resultError = "error"
	// maxReasons is how many reasons of one rule are shown; a chain of a hundred
	// alternatives that are all false tells no more than its first ones.
	maxReasons = 12
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
