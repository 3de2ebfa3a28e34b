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
