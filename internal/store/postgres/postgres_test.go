package postgres_test

import (
	"context"
	"database/sql"
	"testing"

	"switchyard/internal/pgtest"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
	"switchyard/internal/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// database is the address of a database of one test.
type database string

func (d database) Open(ctx context.Context, opts ...store.Option) (*store.Store, error) {
	return postgres.Open(ctx, string(d), opts...)
}

// Holds looks into every text of the tables.
func (d database) Holds(t testing.TB, text string) bool {
	t.Helper()
	db, err := sql.Open("pgx", string(d))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var found bool
	err = db.QueryRowContext(t.Context(), `SELECT EXISTS (
		SELECT FROM objects o WHERE strpos(o::text, $1) > 0 UNION ALL
		SELECT FROM revisions r WHERE strpos(r::text, $1) > 0 UNION ALL
		SELECT FROM drafts d WHERE strpos(d::text, $1) > 0 UNION ALL
		SELECT FROM meta m WHERE strpos(m::text, $1) > 0)`, text).Scan(&found)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Rows reads beside the store.
func (d database) Rows(t testing.TB, table string) int {
	t.Helper()
	db, err := sql.Open("pgx", string(d))
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

func (d database) Exec(t testing.TB, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", string(d))
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

// migrated has the tables and no row. That they are made in an empty database
// as well is seen here, and by TestServersStartTogether.
var migrated = pgtest.NewTemplate(func(ctx context.Context, url string) error {
	s, err := postgres.Open(ctx, url)
	if err != nil {
		return err
	}
	return s.Close()
})

func fresh(t testing.TB) storetest.Database { return database(migrated.Start(t)) }

func TestStore(t *testing.T) { storetest.Run(t, fresh) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, fresh) }

func BenchmarkClaim(b *testing.B) { storetest.BenchmarkClaim(b, fresh) }

func TestServersStartTogether(t *testing.T) {
	url := pgtest.Start(t)
	opened := make(chan error)
	for range 4 {
		go func() {
			s, err := postgres.Open(context.Background(), url)
			if err == nil {
				err = s.Close()
			}
			opened <- err
		}()
	}
	for range 4 {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
}

func TestNoServer(t *testing.T) {
	if _, err := postgres.Open(t.Context(), "postgres:///x?host="+t.TempDir()); err == nil {
		t.Error("opened a database that is not there")
	}
}
