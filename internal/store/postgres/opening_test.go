package postgres_test

import (
	"errors"
	"testing"

	"switchyard/internal/pgtest"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
)

// A store that was made before its database answers takes nothing until it is
// open, and everything then.
func TestPreparedBeforeTheDatabaseAnswers(t *testing.T) {
	m := pgtest.StartMortal(t)
	if err := m.Halt(); err != nil {
		t.Fatal(err)
	}
	s, opening, err := postgres.Prepare(m.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	uses := map[string]func() error{
		"ping":     func() error { return s.Ping(t.Context()) },
		"read":     func() error { _, err := s.Calls(t.Context(), record.Filter{}); return err },
		"write":    func() error { return s.SaveCalls(t.Context(), []record.Change{{Call: record.Call{ID: "c1"}}}) },
		"snapshot": func() error { _, _, err := s.LoadConfig(t.Context()); return err },
	}
	refuses := func(when string) {
		t.Helper()
		for name, use := range uses {
			if err := use(); !errors.Is(err, store.ErrAway) {
				t.Errorf("%s, %s gave %v", when, name, err)
			}
		}
	}
	refuses("before it was tried")
	if err := opening.Try(t.Context()); !errors.Is(err, store.ErrAway) {
		t.Errorf("opening what is not there: %v", err)
	}
	refuses("after it was tried in vain")
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	refuses("while nobody tries") // the tables are not there
	if err := opening.Try(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, use := range uses {
		if err := use(); err != nil {
			t.Errorf("open, %s gave %v", name, err)
		}
	}
}

// A key that does not fit, and tables that cannot be made, are no reason to wait.
func TestWhatWaitingDoesNotHelp(t *testing.T) {
	url := pgtest.Start(t)
	open := func(key string) error {
		s, err := postgres.Open(t.Context(), url, store.WithKey([]byte(key)))
		if err == nil {
			err = s.Close()
		}
		return err
	}
	if err := open("0123456789abcdef0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	if err := open("another-89abcdef0123456789abcdef"); !errors.Is(err, store.ErrWrongKey) || errors.Is(err, store.ErrAway) {
		t.Errorf("another key: %v", err)
	}
	if err := database(pgtest.Start(t)).readOnly(t); err == nil || errors.Is(err, store.ErrAway) {
		t.Errorf("a database that takes no tables: %v", err)
	}
}

// readOnly opens a database whose transactions may change nothing.
func (d database) readOnly(t *testing.T) error {
	d.Exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	s, err := postgres.Open(t.Context(), string(d))
	if err == nil {
		err = s.Close()
	}
	return err
}
