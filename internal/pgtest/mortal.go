package pgtest

import "testing"

// Mortal is a PostgreSQL of one test's own, to be stopped in the middle of its
// work and started again. What it has committed it still has then.
type Mortal struct{ server *server }

// StartMortal starts one; it is gone when the test is over. The test fails if
// there is no PostgreSQL on the machine.
func StartMortal(t testing.TB) *Mortal {
	t.Helper()
	s, err := startServer("", "synchronous_commit=on")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return &Mortal{s}
}

// URL is the address of its one database, the same after every start.
func (m *Mortal) URL() string { return m.server.url("postgres") }

// Halt stops it at once, as pg_ctl stop -m immediate does.
func (m *Mortal) Halt() error { return m.server.halt() }

// Restart starts it again after Halt; it returns when it takes connections.
func (m *Mortal) Restart() error { return m.server.launch() }
