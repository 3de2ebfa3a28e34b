// Package pgtest gives tests a private PostgreSQL: one server for a test
// binary, a fresh database for a test.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestX(t *testing.T) { url := pgtest.Start(t) … }
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
)

var shared struct {
	mu        sync.Mutex
	inMain    bool
	server    *server
	err       error
	databases int
}

// Main runs the tests of a package, stops the server if one of them started
// it, and ends the process. To be called from TestMain.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a TestMain with something of its own to clean up: it gives
// the code to end the process with.
func Run(m *testing.M) int {
	shared.mu.Lock()
	shared.inMain = true
	shared.mu.Unlock()
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server != nil {
		if err := shared.server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the test's PostgreSQL:", err)
			code = max(code, 1)
		}
	}
	return code
}

// Start gives the address of a fresh, empty database, which is dropped when
// the test is over. The first call starts the server. The test fails if there
// is no PostgreSQL on the machine.
func Start(t testing.TB) string {
	t.Helper()
	s, n := running(t)
	return s.database(t, fmt.Sprintf("test_%d", n), "")
}

// database makes one that is dropped when the test is over; like is empty or says
// what it is a copy of.
func (s *server) database(t testing.TB, name, like string) string {
	t.Helper()
	s.run(t, "CREATE DATABASE "+name+like)
	t.Cleanup(func() { s.run(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.url(name)
}

func running(t testing.TB) (*server, int) {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.inMain {
		t.Fatal("pgtest: the package's TestMain must call pgtest.Main or pgtest.Run, which stop the server again")
	}
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = startServer(quick(), forgetful...)
	}
	if shared.err != nil {
		t.Fatalf("pgtest: %v", shared.err)
	}
	shared.databases++
	return shared.server, shared.databases
}

// url of a database on the server's socket.
func (s *server) url(database string) string {
	q := url.Values{"host": {s.dir}, "user": {superuser}}
	return "postgres:///" + database + "?" + q.Encode()
}

func (s *server) run(t testing.TB, statement string) {
	t.Helper()
	if err := s.exec(statement); err != nil {
		t.Fatalf("pgtest: %s: %v", statement, err)
	}
}

func (s *server) exec(statement string) error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}
