package routing

import "strings"

// DOT writes the graph in the language of Graphviz.
func (g Graph) DOT() string {
	var b strings.Builder
	b.WriteString("digraph " + dotText(g.Tenant) + " {\n  rankdir=LR;\n  node [shape=box];\n")
	for _, n := range g.Nodes {
		b.WriteString("  " + n.ID + " [label=" + dotText(n.Lines...) + ", shape=" + dotShape(n.Kind) + "];\n")
	}
	for _, e := range g.Edges {
		b.WriteString("  " + e.From + " -> " + e.To + " [label=" + dotText(e.Label) + ", style=" + dotStyle(e.Way) + "];\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func dotShape(kind GraphKind) string {
	switch kind {
	case GraphCalls, GraphDefault:
		return "oval"
	case GraphNumbers:
		return "parallelogram"
	case GraphRule:
		return "hexagon"
	case GraphSchedule:
		return "diamond"
	case GraphMenu:
		return "component"
	case GraphRingGroup:
		return "folder"
	case GraphForward:
		return "cds"
	case GraphVoicemail:
		return "cylinder"
	case GraphHangup:
		return "circle"
	case GraphExtension, GraphDial:
	}
	return "box"
}

func dotStyle(by GraphWay) string {
	switch by {
	case GraphRings:
		return "bold"
	case GraphOtherwise:
		return "dashed"
	case GraphGoes:
	}
	return "solid"
}

var dotEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "&", "&amp;")

// dotText makes lines a quoted string.
func dotText(lines ...string) string {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = dotEscapes.Replace(line)
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
