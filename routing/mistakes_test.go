package routing

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

const problemsFile = "problems"

// Every archive is a configuration with mistakes and, as its last file, what is
// said about it.
func TestMistakes(t *testing.T) {
	archives, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	total := 0
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			total += checkMistakes(t, name)
		})
	}
	if total < 30 {
		t.Errorf("%d mistakes, want at least 30", total)
	}
}

func checkMistakes(t *testing.T, name string) int {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, want := splitArchive(archive)
	_, directory, problems := CompileFiles(files)
	if Refused(problems) != (directory == nil) {
		t.Errorf("a directory beside problems: %v", directory != nil)
	}
	got := problemText(problems)
	if *update {
		writeProblems(t, name, archive, got)
		return len(problems)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	return len(problems)
}

func splitArchive(archive *txtar.Archive) (files []File, problems string) {
	for _, f := range archive.Files {
		if f.Name == problemsFile {
			problems = string(f.Data)
			continue
		}
		files = append(files, File{Name: f.Name, Data: f.Data})
	}
	return files, problems
}

func problemText(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

func writeProblems(t *testing.T, name string, archive *txtar.Archive, text string) {
	if n := len(archive.Files); archive.Files[n-1].Name == problemsFile {
		archive.Files = archive.Files[:n-1]
	}
	archive.Files = append(archive.Files, txtar.File{Name: problemsFile, Data: []byte(text)})
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
