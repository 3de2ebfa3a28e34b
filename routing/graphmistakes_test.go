package routing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

const correctedFolder = "corrected/"

// Every archive has one mistake in the graph of a tenant, which its first line
// names: operator.yaml and acme.yaml with the mistake, problems with what is said
// of it, and corrected/acme.yaml without it, of which nothing is said.
func TestGraphMistakes(t *testing.T) {
	archives, err := filepath.Glob("testdata/graph/*.txtar")
	if err != nil || len(archives) < 60 {
		t.Fatalf("%d archives: %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { checkGraphMistake(t, name) })
	}
}

func checkGraphMistake(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(strings.TrimSpace(string(archive.Comment))) == 0 {
		t.Error("the mistake is not named")
	}
	files, want := splitArchive(archive)
	var wrong, corrected []File
	for _, f := range files {
		as, isCorrected := strings.CutPrefix(f.Name, correctedFolder)
		switch {
		case isCorrected:
			corrected = append(corrected, File{Name: as, Data: f.Data})
		case f.Name == "operator.yaml":
			corrected = append(corrected, f)
			wrong = append(wrong, f)
		default:
			wrong = append(wrong, f)
		}
	}
	if _, _, problems := CompileFiles(corrected); len(corrected) < 2 || len(problems) > 0 {
		t.Errorf("corrected, %d files: %v", len(corrected), problems)
	}
	_, _, problems := CompileFiles(wrong)
	if len(problems) == 0 {
		t.Error("the mistake is not found")
	}
	if *update {
		writeProblems(t, name, archive, problemText(problems))
		return
	}
	if diff := cmp.Diff(want, problemText(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// A configuration reader should see what is meant: nothing of it is printed with
// what other files say.
func TestGraphMistakesAreEachFoundOnce(t *testing.T) {
	first := map[string]string{}
	archives, _ := filepath.Glob("testdata/graph/*.txtar")
	for _, name := range archives {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		what, _, _ := strings.Cut(string(text), "\n")
		if other, again := first[what]; again {
			t.Errorf("%s is the mistake of %s", name, other)
		}
		first[what] = name
	}
}
