package soak

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// truth is what the database has, read beside the server.
type truth struct {
	calls  map[string]storedCall
	events []storedEvent // in the order of their ids
}

type storedCall struct {
	tenant, status, cause, source string
	complete, ended               bool
}

type storedEvent struct {
	id, tenant, call, kind string
	stage                  string // of call.forwarded
	at                     time.Time
}

// step is what happens at most once a call.
func (e *storedEvent) step() string { return strings.TrimSpace(e.kind + " " + e.stage) }

// openDatabase opens the server's database for reading; address as the server
// has it, "" for SQLite in the data folder.
func openDatabase(t *testing.T, address, dir string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if address == "" {
		driver = "sqlite"
		file := url.URL{Path: filepath.Join(dir, "data", "switchyard.db")}
		address = "file:" + file.EscapedPath() + "?_pragma=busy_timeout(5000)&_pragma=query_only(1)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func readTruth(ctx context.Context, db *sql.DB) (*truth, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out := &truth{calls: map[string]storedCall{}}
	// Events first: a call that ends meanwhile has its record then.
	err := each(ctx, db, `SELECT uid, tenant_id, call_id, type, occurred_at, body FROM events ORDER BY id`, func(rows *sql.Rows) error {
		var e storedEvent
		var at int64
		var body []byte
		if err := rows.Scan(&e.id, &e.tenant, &e.call, &e.kind, &at, &body); err != nil {
			return err
		}
		var told struct {
			Data struct {
				Status string `json:"status"`
			} `json:"data"`
		}
		err := json.Unmarshal(body, &told)
		if e.kind == "call.forwarded" {
			e.stage = told.Data.Status
		}
		e.at = time.UnixMicro(at)
		out.events = append(out.events, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, db, `SELECT id, tenant_id, status, hangup_cause, source, complete, ended_at IS NOT NULL FROM calls`, func(rows *sql.Rows) error {
		var id string
		var c storedCall
		err := rows.Scan(&id, &c.tenant, &c.status, &c.cause, &c.source, &c.complete, &c.ended)
		if _, twice := out.calls[id]; twice {
			return fmt.Errorf("call %s has two records", id)
		}
		out.calls[id] = c
		return err
	})
	return out, err
}

func each(ctx context.Context, db *sql.DB, query string, take func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
