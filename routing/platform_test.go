package routing

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	acmeID   = TenantID("5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a10")
	globexID = TenantID("5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a11")
	frozenID = TenantID("5b0f7f0e-4a53-4d0f-8a55-1d6d5e2f7a12")
)

// noon is a Tuesday, 12:30 in New York.
var noon = time.Date(2026, time.March, 3, 17, 30, 0, 0, time.UTC)

func platformFiles(t testing.TB) []File {
	t.Helper()
	names, err := filepath.Glob("testdata/platform/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no platform files: %v", err)
	}
	var files []File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Name: filepath.Base(name), Data: data})
	}
	return files
}

func platform(t testing.TB) *Directory {
	t.Helper()
	return compiled(t, platformFiles(t)...)
}

// compiled compiles files that have no mistakes.
func compiled(t testing.TB, files ...File) *Directory {
	t.Helper()
	cfg, problems := ParseFiles(files)
	if len(problems) > 0 {
		t.Fatalf("parse: %v", problems)
	}
	cfg.Revisions[acmeID] = 7
	directory, problems := Compile(cfg)
	if Refused(problems) {
		t.Fatalf("compile: %v", problems)
	}
	return directory
}

func planOf(t testing.TB, d *Directory, name string) *Plan {
	t.Helper()
	plan, ok := d.Plan(name)
	if !ok {
		t.Fatalf("no tenant %s", name)
	}
	return plan
}
