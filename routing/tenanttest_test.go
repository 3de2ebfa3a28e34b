package routing

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// Every archive is a configuration with tests and, as its last file, what is said
// of those that fail.
func TestTenantTests(t *testing.T) {
	const name = "testdata/tenanttests/tests.txtar"
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files, want := splitArchive(archive)
	cfg, directory, problems := CompileFiles(files)
	if directory == nil {
		t.Fatal(problems)
	}
	var b strings.Builder
	for _, r := range RunTests(directory, cfg, "acme") {
		if r.Passed != (r.Problem == nil) {
			t.Errorf("%+v", r)
		}
		if r.Passed {
			b.WriteString("passed: " + r.Name + "\n")
			continue
		}
		b.WriteString(r.Problem.String() + "\n")
	}
	if *update {
		archive.Files[len(archive.Files)-1].Data = []byte(b.String())
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSuspendedTenantsRunNoTests(t *testing.T) {
	cfg, directory, problems := CompileFiles([]File{
		{Name: "o.yaml", Data: []byte("tenants: [{name: acme, id: 6a097cb2-504f-43be-819a-b76209976818, suspended: true, numbers: [\"+13055550100\"], country: US}]\n")},
		{Name: "a.yaml", Data: []byte("tenant: acme\nextensions: [{extension: \"1001\"}]\ntests: [{name: a, call: {to: \"+13055550100\", at: \"2026-11-20 10:00\"}, expect: {route: extension}}]\n")},
	})
	if directory == nil {
		t.Fatal(problems)
	}
	if results := RunTests(directory, cfg, "acme"); results != nil {
		t.Error(results)
	}
	if results := RunTests(directory, cfg, "nobody"); results != nil {
		t.Error(results)
	}
}

func TestFilesSayTheirRevision(t *testing.T) {
	parse := func(texts ...string) (Config, []Problem) {
		var files []File
		for i, text := range texts {
			files = append(files, File{Name: string(rune('a'+i)) + ".yaml", Data: []byte(text)})
		}
		return ParseFiles(files)
	}
	cfg, problems := parse("tenant: acme\nrevision: 12\n", "tenant: acme\nrules: []\n", "revision: 3\n")
	if len(problems) > 0 || *cfg.Tenants[0].Revision != 12 || *cfg.Operator.Revision != 3 {
		t.Error(problems, cfg)
	}
	cfg, problems = parse("tenant: acme\nrules: []\n", "tenant: acme\nrevision: 0\n", "trunks: []\n", "revision: 0\n")
	if len(problems) > 0 || *cfg.Tenants[0].Revision != 0 || *cfg.Operator.Revision != 0 {
		t.Error(problems, cfg)
	}
	for _, c := range []struct {
		name string
		text []string
		want string
	}{
		{"negative", []string{"tenant: acme\nrevision: -1\n"}, "a.yaml:2:11: revision: -1 is no revision (0 is one that nothing was published before)"},
		{"huge", []string{"tenant: acme\nrevision: 99999999999\n"}, "a.yaml:2:11: revision: the number is too large"},
		{"no number", []string{"tenant: acme\nrevision: twelve\n"}, "a.yaml:2:11: revision: must be a whole number, but it is text (without quotes)"},
		{"different", []string{"tenant: acme\nrevision: 12\n", "tenant: acme\nrevision: 13\n"}, "b.yaml:2:11: revision: made from revision 13, the file before from 12 (see a.yaml:2: take all files from one revision)"},
		{"different, of the operator", []string{"revision: 12\n", "revision: 13\n"}, "b.yaml:1:11: revision: made from revision 13, the file before from 12 (see a.yaml:1: take all files from one revision)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, problems := parse(c.text...); len(problems) != 1 || problems[0].String() != c.want {
				t.Errorf("%v", problems)
			}
		})
	}
}
