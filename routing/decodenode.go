package routing

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// parse reads the text of a file up to its top-level mapping; nil if the file
// is empty or a problem was found.
func (d *decoder) parse(data []byte) mapping {
	start := &node{line: 1, column: 1}
	if len(data) > maxFileSize {
		d.add(start, "", fmt.Sprintf("the file is larger than %d MB", maxFileSize>>20), "")
		return nil
	}
	file := d.syntax(data, start)
	if file == nil {
		return nil
	}
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		m, ok := asMapping(document.Body)
		if !ok {
			d.add(start, "", "must be keys and values, but it is "+describe(document.Body), "")
		}
		return m
	}
	return nil
}

// syntax runs the YAML parser. A parser that gives up by panicking has found
// its text unreadable like any other.
func (d *decoder) syntax(data []byte, start *node) (file *ast.File) {
	defer func() {
		if recover() != nil {
			d.add(start, "", "not readable as YAML", "")
			file = nil
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if !d.allowed(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntaxError(err, start)
		return nil
	}
	return file
}

func (d *decoder) allowed(tokens token.Tokens) bool {
	g := guard{keys: map[int]int{}}
	for _, t := range tokens {
		if message, hint := g.check(t); message != "" {
			d.add(d.tokenNode(t), "", message, hint)
			return false
		}
	}
	return true
}

func (d *decoder) syntaxError(err error, start *node) {
	at, message := *start, err.Error()
	if located, ok := errors.AsType[yaml.Error](err); ok {
		message = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			at.line, at.column = d.within(t.Position)
		}
	}
	first, _, _ := strings.Cut(message, "\n")
	d.add(&at, "", "not readable as YAML: "+first, "")
}

// within keeps a position inside the file: the parser counts a carriage return
// as a line, and its idea of the end may be one line too far.
func (d *decoder) within(p *token.Position) (line, column int) {
	return min(max(p.Line, 1), len(d.lines)), max(p.Column, 1)
}

func lineIndex(data []byte) []string {
	lines := strings.Split(string(data), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines
}

func (d *decoder) keyNode(entry *ast.MappingValueNode) *node {
	return d.tokenNode(entry.Key.GetToken())
}

func (d *decoder) tokenNode(t *token.Token) *node {
	line, column := d.within(t.Position)
	return &node{file: d.file, line: line, column: column}
}

// valueNode is the position of a value: of its first character for scalars and
// lists in brackets, of the key before it (or the first key in it) otherwise.
func (d *decoder) valueNode(n ast.Node, key *node) *node {
	switch v := n.(type) {
	case *ast.StringNode:
		at := d.tokenNode(v.Token)
		d.locateText(at, v.Value)
		return at
	case *ast.LiteralNode:
		at := d.tokenNode(v.Start)
		d.locateBlock(at, v)
		return at
	case *ast.NullNode:
		return &node{file: d.file, line: key.line, column: key.column}
	case *ast.SequenceNode:
		return d.tokenNode(v.Start)
	case *ast.MappingNode:
		if v.IsFlowStyle || len(v.Values) == 0 {
			return d.tokenNode(v.Start)
		}
		return d.keyNode(v.Values[0])
	case *ast.MappingValueNode:
		return d.keyNode(v)
	default:
		return d.tokenNode(n.GetToken())
	}
}

// locateText finds the characters of a text of one line in the file, so that a
// problem inside an expression can be shown where it is. Text with escapes or
// line breaks is looked for when there is a problem in it: see unfolded.
func (d *decoder) locateText(at *node, text string) {
	at.style, at.lines = foldedText, d.lines
	for skip := range 2 { // before and after an opening quote
		if d.hasTextAt(at.line, at.column+skip, text) {
			at.style, at.textLine, at.textColumn = exactText, at.line, at.column+skip
			return
		}
	}
}

func (d *decoder) locateBlock(at *node, literal *ast.LiteralNode) {
	at.style, at.lines = foldedText, d.lines
	first, _, _ := strings.Cut(literal.Value.Value, "\n")
	if literal.Start.Value[0] != '|' || first == "" || at.line >= len(d.lines) {
		return
	}
	line := d.lines[at.line]
	column := 1 + len(line) - len(strings.TrimLeft(line, " "))
	if d.hasTextAt(at.line+1, column, first) {
		at.style, at.textLine, at.textColumn = blockText, at.line+1, column
	}
}

// hasTextAt tells whether text stands at a line and column, both from 1.
func (d *decoder) hasTextAt(line, column int, text string) bool {
	if line < 1 || line > len(d.lines) || column < 1 {
		return false
	}
	rest, ok := d.cursor.from(d.lines[line-1], line, column)
	return ok && strings.HasPrefix(rest, text)
}

// lineCursor is a place in a line. Values are read in their order, so the next one
// is found from the last: a file may be one line of megabytes.
type lineCursor struct {
	line, column int // from 1; 0: nowhere yet
	offset       int // in bytes
}

// from gives what is in a line from a column on; false: the line ends before.
func (c *lineCursor) from(text string, line, column int) (string, bool) {
	if c.line != line || column < c.column {
		*c = lineCursor{line: line, column: 1}
	}
	for c.column < column && c.offset < len(text) {
		_, size := utf8.DecodeRuneInString(text[c.offset:])
		c.offset += size
		c.column++
	}
	return text[c.offset:], c.column == column && c.offset < len(text)
}
