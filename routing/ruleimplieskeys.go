package routing

// literalKey is a literal, or one of its members.
type literalKey struct {
	kind       keyKind
	text, with string
}

type keyKind uint8

const (
	keyTrue     keyKind = iota
	keyPlain            // the text itself
	keyNot              // not the text, or none of a list or some beginnings
	keyNotValue         // none of some values, by the first
	keyNotAny           // each of the two before
	keyValue            // one of the values
	keyPrefix           // one of the beginnings
	keyList
)

// keys gives what a literal is kept by.
func (c *condition) keys() []literalKey {
	switch m := c.members; {
	case c.not && m != nil && m.onlyValues():
		return []literalKey{{keyNotValue, c.text, m.values[0]}, {kind: keyNotAny, text: c.text}}
	case c.not:
		return []literalKey{{kind: keyNot, text: c.text}, {kind: keyNotAny, text: c.text}}
	case m == nil:
		return []literalKey{{kind: keyPlain, text: c.text}}
	case m.list != "":
		return []literalKey{{keyList, c.text, m.list}}
	default:
		keys := make([]literalKey, 0, len(m.values)+len(m.prefixes))
		for _, value := range m.values {
			keys = append(keys, literalKey{keyValue, c.text, value})
		}
		for _, prefix := range m.prefixes {
			keys = append(keys, literalKey{keyPrefix, c.text, prefix})
		}
		return keys
	}
}

func (m *members) onlyValues() bool { return m.list == "" && len(m.prefixes) == 0 }
