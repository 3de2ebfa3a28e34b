package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/internal/store/sqlite"
	"switchyard/internal/store/storetest"
)

// file is a database file of one test.
type file string

func (f file) Open(ctx context.Context, opts ...store.Option) (*store.Store, error) {
	return sqlite.Open(ctx, string(f), opts...)
}

// Holds looks into the file and its log, which has what was just written.
func (f file) Holds(t testing.TB, text string) bool {
	t.Helper()
	for _, name := range []string{string(f), string(f) + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}

// Rows reads the file beside the store that has it open.
func (f file) Rows(t testing.TB, table string) int {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: string(f)}).EscapedPath())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (f file) Exec(t testing.TB, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: string(f)}).EscapedPath()+"?_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// migrated is a file with the tables and no row; every test gets a copy.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqlitetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "migrated.db")
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which brings its log into the file
		return nil, err
	}
	return os.ReadFile(path)
})

func fresh(t testing.TB) storetest.Database {
	tables, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a #1.db")
	if err := os.WriteFile(path, tables, 0o600); err != nil {
		t.Fatal(err)
	}
	return file(path)
}

func TestFirstStartMakesTheFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "a #1.db")
	for range 2 { // the second one finds it
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Calls(t.Context(), record.Filter{}); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestStore(t *testing.T) { storetest.Run(t, fresh) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, fresh) }

func BenchmarkClaim(b *testing.B) { storetest.BenchmarkClaim(b, fresh) }

func TestSecondServerIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "switchyard.db")
	first, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); !errors.Is(err, sqlite.ErrInUse) {
		t.Errorf("the second server got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("after the first has stopped: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestFailedOpenGivesTheLockBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "switchyard.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil {
		t.Fatal("opened a file that is no database")
	}
	if _, err := sqlite.Open(t.Context(), path); errors.Is(err, sqlite.ErrInUse) {
		t.Error("the failed open kept the lock")
	}
}
