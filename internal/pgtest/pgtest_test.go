package pgtest

import (
	"context"
	"database/sql"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		db, err := sql.Open("pgx", Start(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(context.Background(), `CREATE TABLE mine (n int)`); err != nil {
			t.Fatalf("a fresh database has no table yet: %v", err)
		}
	}
}

func TestCopiesOfATemplate(t *testing.T) {
	filled := 0
	template := NewTemplate(func(ctx context.Context, url string) error {
		filled++
		db, err := sql.Open("pgx", url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.ExecContext(ctx, `CREATE TABLE ours (n int)`)
		return err
	})
	for range 2 {
		db, err := sql.Open("pgx", template.Start(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var rows int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM ours`).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("a copy begins with %d rows: %v", rows, err)
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO ours VALUES (1)`); err != nil {
			t.Fatal(err)
		}
	}
	if filled != 1 {
		t.Errorf("filled %d times", filled)
	}
	original, err := sql.Open("pgx", shared.server.url(template.name))
	if err != nil {
		t.Fatal(err)
	}
	defer original.Close()
	if err := original.PingContext(t.Context()); err == nil {
		t.Error("a test can connect to what all tests begin with")
	}
}

func TestMortalKeepsWhatItCommitted(t *testing.T) {
	m := StartMortal(t)
	db, err := sql.Open("pgx", m.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE kept (n int)`); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 2; n++ {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO kept VALUES ($1)`, n); err != nil {
			t.Fatal(err)
		}
		if err := m.Halt(); err != nil {
			t.Fatal(err)
		}
		if err := db.PingContext(t.Context()); err == nil {
			t.Error("a server that was stopped answers")
		}
		if err := m.Restart(); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM kept`).Scan(&rows); err != nil || rows != n {
			t.Errorf("%d rows after stop %d: %v", rows, n, err)
		}
	}
}
