package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/pgtest"
	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/internal/store/postgres"
)

// reader follows a tenant's events the way a CRM does.
type reader struct {
	s    *store.Store
	at   record.EventCursor
	seen []string
}

// read goes on to the end and tells what it found; it fails if its cursor goes back.
func (r *reader) read(t *testing.T) (found []string) {
	t.Helper()
	for {
		events, next, err := r.s.EventsAfter(t.Context(), "t", r.at, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if next.XID < r.at.XID || next.XID == r.at.XID && next.ID < r.at.ID {
			t.Fatalf("the cursor went from %v back to %v", r.at, next)
		}
		if next == r.at {
			return found
		}
		r.at = next
		for _, e := range events {
			found, r.seen = append(found, e.ID), append(r.seen, e.ID)
		}
	}
}

// slow stores events in a transaction of its own that is not over yet.
func slow(t *testing.T, db *sql.DB, ids ...string) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO events (uid, tenant_id, call_id, type, once, occurred_at, body)
			VALUES ($1, 't', $1, 'test', $1, 0, '')`, id)
		if err != nil {
			t.Fatal(err)
		}
	}
	return tx
}

func fast(t *testing.T, s *store.Store, id string) {
	t.Helper()
	e := record.Event{ID: id, TenantID: "t", Type: "test", At: time.Unix(0, 0), Body: []byte("{}")}
	if err := s.SaveEvents(context.Background(), []record.Event{e}); err != nil {
		t.Fatal(err)
	}
}

// TestLateCommit has transactions that end in another order than they began:
// whoever read what was there already must still get what comes late.
func TestLateCommit(t *testing.T) {
	url := pgtest.Start(t)
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	r := &reader{s: s}
	fast(t, s, "before")
	first := slow(t, db, "first-1")
	second := slow(t, db, "second-1", "second-2")
	fast(t, s, "between")
	r.expect(t, "two run still", "before")

	if err := second.Commit(); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "one that began before runs still")
	fast(t, s, "after")
	r.expect(t, "and what is stored now waits for it too")
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "all are over", "first-1", "second-1", "second-2", "between", "after")

	undone := slow(t, db, "undone")
	fast(t, s, "last")
	r.expect(t, "one may still be stored")
	if err := undone.Rollback(); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "it was not", "last")
	if len(r.seen) != 7 {
		t.Errorf("the reader got %v", r.seen)
	}
}

func (r *reader) expect(t *testing.T, when string, want ...string) {
	t.Helper()
	if d := cmp.Diff(fmt.Sprint(want), fmt.Sprint(r.read(t))); d != "" {
		t.Fatalf("%s (-want +read):\n%s", when, d)
	}
}
