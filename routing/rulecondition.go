package routing

import "strings"

// condition is an expression in the form in which two of them are compared and
// rules are looked up: && and || of literals, with ! pushed down to them. It says
// the same of every call: what is true, false or fails stays so. Immutable.
type condition struct {
	kind  conditionKind
	parts []*condition // of kindAll and kindAny, in the order they are evaluated
	not   bool         // of a literal
	// text is a literal in one spelling; of one with members, what is looked for
	// among them.
	text    string
	members *members
	quiet   bool // reads nothing but the call's own facts and lists
}

type conditionKind uint8

const (
	kindLiteral conditionKind = iota
	kindAll
	kindAny
	kindTrue
	kindFalse
)

// members are texts, all texts that begin with one of prefixes, and those of
// one of the tenant's lists.
type members struct {
	values   []string
	prefixes []string
	list     string // its name; then there are neither values nor prefixes
}

var (
	alwaysTrue  = &condition{kind: kindTrue, quiet: true}
	alwaysFalse = &condition{kind: kindFalse, quiet: true}
)

func always(value bool) *condition {
	if value {
		return alwaysTrue
	}
	return alwaysFalse
}

// String gives the condition in its one spelling, to compare and to show in tests.
func (c *condition) String() string {
	var b strings.Builder
	switch c.kind {
	case kindTrue:
		return "true"
	case kindFalse:
		return "false"
	case kindAll, kindAny:
		texts := make([]string, len(c.parts))
		for i, part := range c.parts {
			texts[i] = part.String()
		}
		word := map[conditionKind]string{kindAll: "all", kindAny: "any"}[c.kind]
		return word + "(" + strings.Join(texts, ", ") + ")"
	case kindLiteral:
	}
	if c.not {
		b.WriteByte('!')
	}
	b.WriteString(c.text)
	if m := c.members; m != nil {
		b.WriteString(" in " + strings.Join(m.values, " "))
		for _, prefix := range m.prefixes {
			b.WriteString(" " + prefix + "…")
		}
		if m.list != "" {
			b.WriteString("list " + m.list)
		}
	}
	return b.String()
}
