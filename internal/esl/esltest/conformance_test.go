package esltest

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// tolerance is three ticks of FreeSWITCH.
const tolerance = 60 * time.Millisecond

func readDescriptions(t *testing.T) []Description {
	t.Helper()
	file, err := os.Open("testdata/scenarios.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := ParseDescriptions(file)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readCapture(t *testing.T, name string) []Frame {
	t.Helper()
	file, err := os.Open(findCapture(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	frames, err := ParseCapture(file)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// findCapture looks beside the tests and among the recordings of the project.
func findCapture(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"testdata", filepath.Join("..", "..", "..", "testdata", "captures")} {
		path := filepath.Join(dir, name+".txt")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("no capture %s", name)
	return ""
}

// Every recording of a real FreeSWITCH, replayed, must come out of the
// stand-in the same.
func TestConformance(t *testing.T) {
	for _, s := range readDescriptions(t) {
		t.Run(s.Capture, func(t *testing.T) {
			recorded := readCapture(t, s.Capture)
			synctest.Test(t, func(t *testing.T) {
				sw, call := s.Setting()
				played, _, err := Replay(t.Context(), recorded, sw, call)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range Diff(Normalise(recorded), Normalise(played), tolerance) {
					t.Error(d)
				}
			})
		})
	}
}
