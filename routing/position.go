package routing

import "fmt"

// scalarStyle says how a text was written in YAML, which decides where its
// characters are in the file.
type scalarStyle uint8

const (
	notText   scalarStyle = iota
	exactText             // on one line, character by character as read
	blockText             // after |, every line indented alike
	foldedText
)

// node is where one value of the configuration was written, with the nodes of
// what is inside it. It mirrors the configuration's own shape, so merging two
// files of a tenant is joining their lists.
type node struct {
	file         *string
	line, column int
	style        scalarStyle
	textLine     int // of the first character of the text itself
	textColumn   int
	lines        []string // of the file, for a text
	index        int      // in a list: place in its own file
	bad          bool
	keys         map[string]*node
	items        []*node
}

// path is a place in the configuration: strings for keys, ints for list items.
type path []any

func (p path) with(steps ...any) path {
	return append(append(make(path, 0, len(p)+len(steps)), p...), steps...)
}

func (p path) String() string {
	text := ""
	for _, step := range p {
		text = joinPath(text, step)
	}
	return text
}

func joinPath(text string, step any) string {
	if i, isIndex := step.(int); isIndex {
		return fmt.Sprintf("%s[%d]", text, i)
	}
	if text == "" {
		return fmt.Sprint(step)
	}
	return fmt.Sprintf("%s.%s", text, step)
}

// place is what the tree knows about a path.
type place struct {
	nearest *node  // the node itself or the innermost one around it that was written
	exact   bool   // nearest is the node of the path itself
	display string // the path, numbered as in the file it was written in
	bad     bool   // a problem was already found in reading it
}

func (n *node) find(p path) place {
	at := place{nearest: n, exact: true, bad: n.bad}
	for i, step := range p {
		next := n.child(step)
		if next == nil {
			at.exact = false
			at.display = joinRest(at.display, p[i:])
			return at
		}
		if _, isIndex := step.(int); isIndex {
			step = next.index
		}
		at.display = joinPath(at.display, step)
		at.nearest, at.bad, n = next, at.bad || next.bad, next
	}
	return at
}

func joinRest(text string, rest path) string {
	for _, step := range rest {
		text = joinPath(text, step)
	}
	return text
}

func (n *node) child(step any) *node {
	switch s := step.(type) {
	case int:
		if s < len(n.items) {
			return n.items[s]
		}
	case string:
		return n.keys[s]
	}
	return nil
}

// merge adds what another file of the same owner says.
func (n *node) merge(other *node) {
	for key, child := range other.keys {
		mine, both := n.keys[key]
		switch {
		case !both:
			n.keys[key] = child
		case child.items != nil:
			mine.items = append(mine.items, child.items...)
		}
	}
}
