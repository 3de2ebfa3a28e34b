package jsoncdr

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/record"
)

// noon is when files of these tests are read.
var noon = time.Date(2026, 4, 7, 12, 0, 0, 0, time.UTC)

// spool writes a file that is some time old.
func spool(t *testing.T, dir, name, text string, age time.Duration) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, noon.Add(-age), noon.Add(-age)); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func newTestFolder(dir string, s *sink) *Folder {
	return NewFolder(FolderOptions{Path: dir, Sink: s, Log: zerolog.Nop(), Now: func() time.Time { return noon }})
}

func once(t *testing.T, f *Folder) (more bool) {
	t.Helper()
	more, err := f.pass(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return more
}

func TestFolderImportsOldestFirst(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	spool(t, dir, "b.cdr.json", leg("b"), time.Minute)
	spool(t, dir, "a_c.cdr.json", leg("c"), time.Second)
	spool(t, dir, "a.cdr.json", leg("a"), time.Hour)
	f := newTestFolder(dir, s)
	once(t, f)
	if got := s.legs(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("imported %q", got)
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if got := f.Stats(); got.Imported != 3 || got.Waiting != 0 {
		t.Errorf("%+v", got)
	}
}

// What FreeSWITCH itself left while nobody answered.
func TestFolderReadsWhatFreeSWITCHLeft(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	spool(t, dir, "a_x.cdr.json", string(read1(t, "server-gone-a.json")), time.Minute)
	spool(t, dir, "y.cdr.json", strings.TrimPrefix(string(read1(t, "base64-a.txt")), "cdr=")+"\n", time.Second)
	once(t, newTestFolder(dir, s))
	if len(s.taken) != 2 || s.taken[0].Leg.LegID != told(t, "server-gone-a").Leg.LegID || s.taken[1].Call.CallerName != "AA +" {
		t.Errorf("%+v", s.taken)
	}
}

func TestHalfFilesStayUntilTheyAreOld(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	half := leg("h")[:40]
	spool(t, dir, "young.cdr.json", half, 9*time.Minute)
	spool(t, dir, "old.cdr.json", half, 11*time.Minute)
	spool(t, dir, "empty.cdr.json", "", 11*time.Minute)
	spool(t, dir, "large.cdr.json", strings.Repeat(" ", MaxBytes)+leg("l"), 11*time.Minute)
	f := newTestFolder(dir, s)
	once(t, f)
	once(t, f)
	want := []string{"empty.cdr.json.bad", "large.cdr.json.bad", "old.cdr.json.bad", "young.cdr.json"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("left: %q", got)
	}
	if got := f.Stats(); got.Bad != 3 || got.Waiting != 1 || s.asked != 0 {
		t.Errorf("%+v, asked to store %d times", got, s.asked)
	}
	spool(t, dir, "young.cdr.json", leg("h"), 0) // now it is whole
	once(t, f)
	if got := s.legs(); !slices.Equal(got, []string{"h"}) {
		t.Errorf("imported %q", got)
	}
}

func TestFolderFollowsNoLinksAndOddNames(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	elsewhere := filepath.Join(t.TempDir(), "secret.cdr.json")
	if err := os.WriteFile(elsewhere, []byte(leg("secret")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "link.cdr.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "dir.cdr.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"a b.cdr.json", "a\n.cdr.json", ".cdr.json", "a_.cdr.json", "..cdr.json", "a.json", "a.cdr.json.bad", "\u00e4.cdr.json",
		strings.Repeat("x", 65) + ".cdr.json", ".hidden.cdr.json",
	} {
		spool(t, dir, name, leg("odd"), time.Hour)
	}
	before := names(t, dir)
	f := newTestFolder(dir, s)
	once(t, f)
	if got := names(t, dir); !slices.Equal(got, before) || s.asked != 0 {
		t.Errorf("left: %q, asked to store %d times", got, s.asked)
	}
	if _, err := os.Stat(elsewhere); err != nil {
		t.Error(err)
	}
}

func TestFileStaysUntilItIsStored(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	for i := range 10 {
		spool(t, dir, fmt.Sprintf("%d.cdr.json", i), leg(fmt.Sprint(i)), time.Hour)
	}
	away := errors.New("the store is away")
	s.refuse(away)
	f := newTestFolder(dir, s)
	if _, err := f.pass(t.Context()); !errors.Is(err, away) {
		t.Fatal(err)
	}
	if len(names(t, dir)) != 10 || s.asked != hopeless {
		t.Errorf("%d files are left, asked to store %d times", len(names(t, dir)), s.asked)
	}
	s.refuse(nil)
	once(t, f)
	if len(names(t, dir)) != 0 || len(s.taken) != 10 {
		t.Errorf("%d files are left, %d stored", len(names(t, dir)), len(s.taken))
	}
}

// Records that the store never takes must not keep the others away.
func TestRefusedFilesGoLast(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	s.fail = func(r record.Report) error {
		if strings.HasPrefix(r.Leg.LegID, "bad") {
			return errors.New("never")
		}
		return nil
	}
	for i := range hopeless + 1 {
		spool(t, dir, fmt.Sprintf("bad%d.cdr.json", i), leg(fmt.Sprintf("bad%d", i)), 2*time.Hour)
	}
	spool(t, dir, "good.cdr.json", leg("good"), time.Hour)
	f := newTestFolder(dir, s)
	for range 2 {
		if _, err := f.pass(t.Context()); err == nil {
			t.Error("no error")
		}
	}
	if got := s.legs(); !slices.Equal(got, []string{"good"}) {
		t.Errorf("imported %q", got)
	}
}

func TestPassIsBounded(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	for i := range mostFiles + 3 {
		spool(t, dir, fmt.Sprintf("%04d.cdr.json", i), leg(fmt.Sprint(i)), time.Hour-time.Duration(i)*time.Second)
	}
	f := newTestFolder(dir, s)
	if more := once(t, f); !more || len(s.taken) != mostFiles {
		t.Errorf("more %v after %d", more, len(s.taken))
	}
	if more := once(t, f); more || len(s.taken) != mostFiles+3 {
		t.Errorf("more %v after %d", more, len(s.taken))
	}
}

// Another server may read the same folder.
func TestFileGoneMeanwhile(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	spool(t, dir, "a.cdr.json", leg("a"), time.Minute)
	spool(t, dir, "b.cdr.json", leg("b"), time.Second)
	s.fail = func(record.Report) error {
		_ = os.Remove(filepath.Join(dir, "a.cdr.json")) // while a is stored
		_ = os.Remove(filepath.Join(dir, "b.cdr.json")) // before b is read
		return nil
	}
	f := newTestFolder(dir, s)
	once(t, f)
	if got := s.legs(); !slices.Equal(got, []string{"a"}) || f.Stats().Waiting != 0 {
		t.Errorf("imported %q, %+v", got, f.Stats())
	}
}

func TestRunReadsEveryTenSeconds(t *testing.T) {
	dir, s := t.TempDir(), &sink{}
	parent := filepath.Join(dir, "later")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := newTestFolder(parent, s)
		over := make(chan struct{})
		go func() { defer close(over); f.Run(ctx) }()
		synctest.Wait()
		if f.Stats().Err == nil {
			t.Error("a folder that is not there is no error")
		}
		if err := os.Mkdir(parent, 0o700); err != nil {
			t.Fatal(err)
		}
		spool(t, parent, "a.cdr.json", leg("a"), time.Minute)
		<-time.After(11 * time.Second)
		synctest.Wait()
		if got := s.legs(); !slices.Equal(got, []string{"a"}) || f.Stats().Err != nil {
			t.Errorf("imported %q, %+v", got, f.Stats())
		}
		cancel()
		<-over
	})
}
