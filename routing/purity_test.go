package routing

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// impure are the packages this one must not import: with any of them a decision
// could depend on more than its arguments, or take longer than arithmetic.
var impure = []string{
	"net", "net/http", "os", "os/exec", "io/fs", "log", "log/slog", "context", "math/rand", "math/rand/v2", "crypto/rand",
	"database/sql", "github.com/rs/zerolog", "github.com/rs/zerolog/log",
}

// clock are the functions that read or wait for the time.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

func TestPurity(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		checked++
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range impurities(t, name, source) {
			t.Errorf("%s: %s", name, found)
		}
	}
	if checked < 10 {
		t.Errorf("only %d files were looked at", checked)
	}
}

func TestPurityIsNoticedWhenItIsBroken(t *testing.T) {
	source := `package routing
import ("context"; clock "time"; "net/url")
var _ = url.Parse
func f(context.Context) { clock.Now(); clock.Date(1, 1, 1, 1, 1, 1, 1, nil) }`
	got := impurities(t, "bad.go", []byte(source))
	if !slices.Equal(got, []string{"imports context", "calls time.Now"}) {
		t.Errorf("found %q", got)
	}
}

func impurities(t *testing.T, name string, source []byte) []string {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	timeName := ""
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(impure, imported) {
			found = append(found, "imports "+imported)
		}
		if imported == "time" {
			timeName = "time"
			if spec.Name != nil {
				timeName = spec.Name.Name
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && timeName != "" {
			if x, isName := s.X.(*ast.Ident); isName && x.Name == timeName && slices.Contains(clock, s.Sel.Name) {
				found = append(found, "calls time."+s.Sel.Name)
			}
		}
		return true
	})
	return found
}

func TestNothingOfTheServerIsImported(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dep := range strings.Lines(string(out)) {
		dep = strings.TrimSpace(dep)
		if strings.HasPrefix(dep, "switchyard/") && dep != "switchyard/routing" {
			t.Errorf("depends on %s", dep)
		}
	}
}
