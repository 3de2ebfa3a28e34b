//go:build acceptance

package acceptance

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// callRow is what a test looks at of a call's record.
type callRow struct {
	id                                        string // of the call: FreeSWITCH's Unique-ID
	tenant, status, cause, destination, route string
	forwardedTo, hungUpBy, rule, direction    string
	caller, callerName                        string
	sipCode, billSec                          int
	complete                                  bool
	answeredAt, endedAt                       any
}

// record waits until the call with this SIP Call-ID at the caller is over in
// the server's database.
func (w *world) record(t *testing.T, sipCallID string) callRow {
	t.Helper()
	db, place := w.server.openDatabase(t)
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		var r callRow
		err := db.QueryRowContext(ctx, `SELECT id, tenant_id, status, hangup_cause, destination, destination_route,
			forwarded_to, hung_up_by, rule, direction, caller_number, caller_name,
			sip_code, bill_sec, complete, answered_at, ended_at FROM calls WHERE sip_call_id = `+place, sipCallID).
			Scan(&r.id, &r.tenant, &r.status, &r.cause, &r.destination, &r.route, &r.forwardedTo, &r.hungUpBy, &r.rule,
				&r.direction, &r.caller, &r.callerName, &r.sipCode, &r.billSec, &r.complete, &r.answeredAt, &r.endedAt)
		if err == nil && r.status != "active" {
			return r
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no finished record of call %s: %+v %v", sipCallID, r, err)
		}
	}
}

// openDatabase opens the server's database to look at it. place is how a
// statement there writes its first argument.
func (s *server) openDatabase(t *testing.T) (db *sql.DB, place string) {
	t.Helper()
	driver, source, place := "sqlite", "", "?"
	if s.database != "" {
		driver, source, place = "pgx", s.database, "$1"
	} else {
		source = "file:" + databaseFile(t, s.dataDir) + "?mode=ro&_pragma=busy_timeout(2000)"
	}
	db, err := sql.Open(driver, source)
	must(t, err)
	return db, place
}

// databaseFile finds the SQLite file in the server's data folder.
func databaseFile(t *testing.T, dir string) string {
	t.Helper()
	var found string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		head := make([]byte, 15)
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if n, _ := f.Read(head); n == len(head) && string(head) == "SQLite format 3" {
			found = path
		}
		return nil
	})
	if err == nil && found == "" {
		err = errors.New("no SQLite file in the server's data folder")
	}
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// hook is one webhook as the receiver got it.
type hook struct {
	Event string         `json:"event"`
	Data  map[string]any `json:"data"`

	id, signature string
	body          []byte
}

// events waits for the call.ended of a call, and gives all its events in the
// order they came.
func (w *world) events(t *testing.T, callUUID string) []hook {
	t.Helper()
	return w.eventsUntil(t, callUUID, "call.ended")
}

// eventsUntil is events, waiting for another one.
func (w *world) eventsUntil(t *testing.T, callUUID, last string) []hook {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		w.mu.Lock()
		var mine []hook
		over := false
		for _, h := range w.hooks {
			if h.Data["callUuid"] == callUUID {
				mine = append(mine, h)
				over = over || h.Event == last
			}
		}
		more := w.moreHooks
		w.mu.Unlock()
		if over {
			return mine
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("no %s for %s; got %v", last, callUUID, names(mine))
		}
	}
}

func names(hooks []hook) []string {
	var out []string
	for _, h := range hooks {
		out = append(out, h.Event)
	}
	return out
}

func parseHook(body []byte) (hook, error) {
	h := hook{body: body}
	return h, json.Unmarshal(body, &h)
}

func splitAddr(addr string) (host, port string) {
	host, port, err := net.SplitHostPort(strings.TrimPrefix(addr, "http://"))
	if err != nil {
		return addr, ""
	}
	return host, port
}
