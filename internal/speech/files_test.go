package speech

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFilesNobodyUsesGo(t *testing.T) {
	g := newRig(t, "fake-say", "{file}")
	day := 24 * time.Hour
	for name, age := range map[string]time.Duration{
		"used.wav": 89 * day, "unused.wav": 91 * day, "notes.txt": 91 * day, "part-1.wav": 2 * time.Hour, "part-2.wav": time.Second,
	} {
		path := filepath.Join(g.opts.Folder, name)
		if err := os.WriteFile(path, wave(800), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, g.clock.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(g.opts.Folder, "folder.wav"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := g.prune(); err != nil {
		t.Fatal(err)
	}
	if names := g.files(); !slices.Equal(names, []string{"folder.wav", "notes.txt", "part-2.wav", "used.wav"}) {
		t.Errorf("%q", names)
	}
}

// Whoever hears a file keeps it.
func TestAFileThatIsUsedStays(t *testing.T) {
	g := newRig(t, "fake-say", "{file}")
	for range 3 {
		if _, err := g.Render(t.Context(), "Welcome", "", ""); err != nil {
			t.Fatal(err)
		}
		g.later(unusedFor - time.Hour)
		if err := g.prune(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(g.ran()); n != 1 {
		t.Errorf("rendered %d times", n)
	}
	g.later(2 * time.Hour)
	if err := g.prune(); err != nil || len(g.files()) != 0 {
		t.Errorf("%v, %q", err, g.files())
	}
	if _, err := g.Render(t.Context(), "Welcome", "", ""); err != nil || len(g.ran()) != 2 {
		t.Errorf("%v after %d runs", err, len(g.ran()))
	}
}

// What a power cut emptied is rendered anew.
func TestAnEmptyFileIsNone(t *testing.T) {
	g := newRig(t, "fake-say", "{file}")
	file, err := g.Render(t.Context(), "Welcome", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(g.opts.Folder, filepath.Base(file)), 0); err != nil {
		t.Fatal(err)
	}
	if again, err := g.Render(t.Context(), "Welcome", "", ""); err != nil || again != file || len(g.ran()) != 2 {
		t.Errorf("%s %v after %d runs", again, err, len(g.ran()))
	}
}

func TestAFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{
		{Command: []string{"x"}, Folder: filepath.Join(file, "speech"), SwitchFolder: "/x"},
		{Folder: t.TempDir(), SwitchFolder: "/x"}, {Command: []string{"x"}, SwitchFolder: "/x"}, {Command: []string{"x"}, Folder: t.TempDir()},
	} {
		if _, err := Open(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// The folder has a bound: what was not used for longest goes, but nothing that is
// being written and nothing that is not ours.
func TestTheFolderIsBounded(t *testing.T) {
	g := newRig(t, "fake-say", "{file}")
	for name, age := range map[string]time.Duration{"a.wav": 4, "b.wav": 3, "c.wav": 2, "part-1.wav": 9, "notes.txt": 9} {
		path := filepath.Join(g.opts.Folder, name)
		if err := os.WriteFile(path, wave(800), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, g.clock.Add(-age*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	g.most = 3 * int64(len(wave(800)))
	left := func() string {
		names := slices.DeleteFunc(g.files(), func(name string) bool { return len(name) > len("part-1.wav") })
		return strings.Join(names, " ")
	}
	for _, step := range []struct {
		later time.Duration
		text  string
		left  string
	}{
		{boundedEvery - time.Second, "one", "a.wav b.wav c.wav notes.txt part-1.wav"}, // looked at when it was opened
		{time.Second, "two", "notes.txt part-1.wav"},
	} {
		g.later(step.later)
		if _, err := g.Render(t.Context(), step.text, "", ""); err != nil || left() != step.left {
			t.Errorf("%s: %v, left %s", step.text, err, left())
		}
	}
	if n := len(g.files()); n != 4 {
		t.Errorf("%q", g.files())
	}
}
