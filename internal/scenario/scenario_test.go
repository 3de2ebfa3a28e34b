package scenario

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what came of each scenario into its file; read the difference before you keep it")

// Every file in testdata/scenarios is played, whole server against the
// stand-in, and each section it expects is compared.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../testdata/scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if !*update && len(s.Expected) == 0 {
				t.Fatal("the scenario expects nothing")
			}
			var got map[string]string
			synctest.Test(t, func(t *testing.T) {
				got, err = s.Play(context.Background())
			})
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(file, s.With(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for name, want := range s.Expected {
				if diff := cmp.Diff(want, got[name]); diff != "" {
					t.Errorf("%s (- expected, + came):\n%s", name, diff)
				}
			}
		})
	}
}
