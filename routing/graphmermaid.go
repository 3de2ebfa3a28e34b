package routing

import (
	"strconv"
	"strings"
	"unicode"
)

// Mermaid writes the graph as a flowchart of Mermaid.
func (g Graph) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, n := range g.Nodes {
		before, after := mermaidShape(n.Kind)
		lines := make([]string, len(n.Lines))
		for i, line := range n.Lines {
			lines[i] = mermaidText(line)
		}
		b.WriteString("  " + n.ID + before + `"` + strings.Join(lines, "<br/>") + `"` + after + "\n")
	}
	for _, e := range g.Edges {
		b.WriteString("  " + e.From + " " + mermaidArrow(e.Way))
		if e.Label != "" {
			b.WriteString(`|"` + mermaidText(e.Label) + `"|`)
		}
		b.WriteString(" " + e.To + "\n")
	}
	return b.String()
}

func mermaidShape(kind GraphKind) (before, after string) {
	switch kind {
	case GraphCalls, GraphDefault:
		return "([", "])"
	case GraphNumbers:
		return "[/", "/]"
	case GraphRule:
		return "{{", "}}"
	case GraphSchedule:
		return "{", "}"
	case GraphMenu:
		return "[[", "]]"
	case GraphRingGroup:
		return "(", ")"
	case GraphForward:
		return ">", "]"
	case GraphVoicemail:
		return "[(", ")]"
	case GraphHangup:
		return "((", "))"
	case GraphExtension, GraphDial:
	}
	return "[", "]"
}

func mermaidArrow(by GraphWay) string {
	switch by {
	case GraphRings:
		return "==>"
	case GraphOtherwise:
		return "-.->"
	case GraphGoes:
	}
	return "-->"
}

// mermaidText makes a text part of a quoted label. Whatever could mean something
// to Mermaid, to the Markdown in it or to HTML is written by its number; so is
// the blank behind the word direction, as "direction TB" is a statement wherever
// on a line it stands.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"':
			b.WriteString("#quot;")
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r), strings.ContainsRune(" +-_.,=/()…", r):
			b.WriteRune(r)
		default:
			b.WriteString("#" + strconv.Itoa(int(r)) + ";")
		}
	}
	return strings.ReplaceAll(b.String(), "direction ", "direction#32;")
}
