package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"switchyard/internal/store"
)

func testWriter(t *testing.T) *writer {
	t.Helper()
	db, err := connect(filepath.Join(t.TempDir(), "test.db"), "synchronous(FULL)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	w, err := newWriter(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestCommitsSurviveAPowerCut(t *testing.T) {
	w := testWriter(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000"} {
		var got string
		if err := w.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
		}
	}
}

func TestTransactionAfterAFailedOne(t *testing.T) {
	w := testWriter(t)
	wrong := errors.New("wrong")
	create := func(name string, then error) func(store.Querier) error {
		return func(q store.Querier) error {
			if _, err := q.ExecContext(t.Context(), "CREATE TABLE "+name+" (n)"); err != nil {
				return err
			}
			return then
		}
	}
	if err := w.transaction(t.Context(), create("a", wrong)); !errors.Is(err, wrong) {
		t.Fatalf("got %v", err)
	}
	if err := w.transaction(t.Context(), create("a", nil)); err != nil {
		t.Errorf("the failed transaction left something behind: %v", err)
	}
}

func TestWaitingForATurnCanBeGivenUp(t *testing.T) {
	w := testWriter(t)
	err := w.transaction(t.Context(), func(store.Querier) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return w.transaction(ctx, func(store.Querier) error { return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNothingIsLeftOfAnInsertThatFailed(t *testing.T) {
	w := testWriter(t)
	exec := func(queries ...string) error {
		return w.transaction(t.Context(), func(q store.Querier) error {
			for _, query := range queries {
				if _, err := q.ExecContext(t.Context(), query); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := exec("CREATE TABLE a (n INTEGER NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	if err := exec("INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2), (NULL)"); err == nil {
		t.Fatal("a column took what it must not")
	}
	var n int
	if err := w.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM a").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows (%v)", n, err)
	}
}
