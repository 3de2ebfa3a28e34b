package routing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

// Each archive is a configuration and, as its last files, how it is drawn.
func TestGraphs(t *testing.T) {
	archives, err := filepath.Glob("testdata/graph/drawn/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { checkGraph(t, name) })
	}
}

func checkGraph(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	drawn := map[string]string{}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".yaml") {
			files = append(files, File{Name: f.Name, Data: f.Data})
		} else {
			drawn[f.Name] = string(f.Data)
		}
	}
	graph := planOf(t, compiled(t, files...), "acme").Graph()
	if diff := cmp.Diff(graph, planOf(t, compiled(t, files...), "acme").Graph()); diff != "" {
		t.Errorf("drawn again it is another one:\n%s", diff)
	}
	got := map[string]string{"mermaid": graph.Mermaid(), "dot": graph.DOT()}
	if *update {
		archive.Files = archive.Files[:len(files)]
		for _, language := range []string{"mermaid", "dot"} {
			archive.Files = append(archive.Files, txtar.File{Name: language, Data: []byte(got[language])})
		}
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(drawn, got); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

// Whatever stands in a name, a picture has its own nodes and edges and no others:
// a text is one quoted text, and is shown as it was written.
func TestGraphTextIsOneText(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		`"]`, `\`, `\"`, "`md`", "%%{init: {}}%%", "a direction TB", "#quot;", "&amp;", "<script>", "end", `"; n0 -> n1`, "style a:#b;", "1. list",
	}))
	rapid.Check(t, func(t *rapid.T) {
		line := texts.Draw(t, "line")
		g := Graph{Tenant: line, Nodes: []GraphNode{{ID: "n0", Kind: GraphExtension, Lines: []string{"x " + line, "last"}}}}
		mermaid := strings.Split(g.Mermaid(), "\n")
		if len(mermaid) != 3 || !strings.HasPrefix(mermaid[1], `  n0["x `) || !strings.HasSuffix(mermaid[1], `<br/>last"]`) {
			t.Fatalf("Mermaid: %q", mermaid)
		}
		inside := strings.TrimSuffix(strings.TrimPrefix(mermaid[1], `  n0["x `), `<br/>last"]`)
		if strings.ContainsAny(inside, "\"`%{}<>[]:&\\|@") || strings.Contains(inside, "direction T") {
			t.Fatalf("Mermaid would read %q", inside)
		}
		dot := g.DOT()
		_, label, _ := strings.Cut(dot, "n0 [label=")
		if got, rest := readDOT(t, label); got != "x "+strings.ReplaceAll(line, "&", "&amp;")+"\nlast" || !strings.HasPrefix(rest, ", shape=box];\n}") {
			t.Fatalf("Graphviz would read %q and then %q", got, rest)
		}
	})
}

// readDOT reads a quoted text as Graphviz does, its escapes of labels included.
func readDOT(t *rapid.T, text string) (read, rest string) {
	if !strings.HasPrefix(text, `"`) {
		t.Fatalf("no quote: %q", text)
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:]
		case text[i] != '\\':
			b.WriteByte(text[i])
		default:
			i++
			switch text[i] {
			case 'n':
				b.WriteByte('\n')
			case '"', '\\':
				b.WriteByte(text[i])
			default:
				t.Fatalf("escape \\%c", text[i])
			}
		}
	}
	t.Fatalf("no end: %q", text)
	return "", ""
}
