package routing

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The picture in docs/configuration.md is what is printed for the file above it.
func TestDocumentedGraph(t *testing.T) {
	const page = "../docs/configuration.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, section, found := strings.Cut(string(text), "\n## Checks\n")
	_, config, hasConfig := strings.Cut(section, "```yaml\n")
	config, rest, _ := strings.Cut(config, "```\n")
	_, picture, hasPicture := strings.Cut(rest, "```mermaid\n")
	picture, _, _ = strings.Cut(picture, "```\n")
	if !found || !hasConfig || !hasPicture {
		t.Fatalf("a section %v, a file %v, a picture %v", found, hasConfig, hasPicture)
	}
	operator := "defaultCountry: US\ntenants: [{name: acme, id: 5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10, numbers: [\"+13055550100\"]}]\n"
	_, directory, problems := CompileFiles([]File{{Name: "operator.yaml", Data: []byte(operator)}, {Name: "acme.yaml", Data: []byte(config)}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := planOf(t, directory, "acme").Graph().Mermaid()
	if *update {
		section = strings.Replace(section, "```mermaid\n"+picture+"```\n", "```mermaid\n"+want+"```\n", 1)
		if err := os.WriteFile(page, []byte(before+"\n## Checks\n"+section), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, picture); diff != "" {
		t.Errorf("%s (-printed +shown):\n%s", page, diff)
	}
}
