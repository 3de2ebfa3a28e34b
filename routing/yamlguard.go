package routing

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

const (
	maxFileSize  = 64 << 20
	maxFlowDepth = 16
	maxIndent    = 200 // columns; block nesting costs at least one each
	maxDashes    = 8   // of lists in lists on one line
	maxKeys      = 200 // of one block mapping: the parser goes one call deeper for each
)

// unsupported are the parts of YAML that a configuration has no use for. What
// they can do (one line standing for millions, types chosen by the text) is not
// wanted from text that strangers upload.
var unsupported = map[token.Type][2]string{
	token.TagType:        {"tags (!) are not supported", "text that begins with ! goes in quotes"},
	token.AnchorType:     {"anchors (&) are not supported", "write the value where it is needed"},
	token.AliasType:      {"aliases (*) are not supported", "text that begins with * goes in quotes"},
	token.MergeKeyType:   {"merge keys (<<) are not supported", "write the value where it is needed"},
	token.MappingKeyType: {"keys of the form `? key` are not supported", "write key: value"},
	token.DirectiveType:  {"directives (%) are not supported", ""},
}

// guard looks at tokens before they are parsed, so that the parser never sees
// nesting deep enough to cost it its stack.
type guard struct {
	flowDepth, dashes, line int
	content                 bool
	keys                    map[int]int // so far in the open block mapping of each column
}

// check gives what is wrong with the next token: a message and a hint, or "".
func (g *guard) check(t *token.Token) (message, hint string) {
	if refused, ok := unsupported[t.Type]; ok {
		return refused[0], refused[1]
	}
	switch t.Type {
	case token.CommentType:
		return "", ""
	case token.DocumentHeaderType:
		if g.content {
			return "a second document in the same file", "one file for each owner"
		}
		return "", ""
	default:
	}
	g.content = true
	if t.Position.Line != g.line {
		g.line, g.dashes = t.Position.Line, 0
		if t.Position.Column > maxIndent {
			return fmt.Sprintf("indented by more than %d columns", maxIndent), ""
		}
		g.closeMappings(t.Position.Column)
	}
	return g.depth(t), ""
}

// closeMappings forgets the mappings that a line beginning further left ends.
func (g *guard) closeMappings(column int) {
	if g.flowDepth > 0 {
		return
	}
	for open := range g.keys {
		if open > column {
			delete(g.keys, open)
		}
	}
}

func (g *guard) depth(t *token.Token) string {
	switch t.Type {
	case token.MappingStartType, token.SequenceStartType:
		g.flowDepth++
	case token.MappingEndType, token.SequenceEndType:
		g.flowDepth = max(0, g.flowDepth-1)
	case token.SequenceEntryType:
		g.dashes++
		g.closeMappings(t.Position.Column)
	case token.MappingValueType:
		if g.flowDepth == 0 && t.Prev != nil {
			g.keys[t.Prev.Position.Column]++
		}
		if t.Prev != nil && g.keys[t.Prev.Position.Column] > maxKeys {
			return fmt.Sprintf("more than %d keys in one place", maxKeys)
		}
	default:
	}
	if g.flowDepth > maxFlowDepth || g.dashes > maxDashes {
		return "nested too deeply"
	}
	return ""
}
