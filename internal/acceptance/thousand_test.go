//go:build acceptance

package acceptance

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

const (
	manyCalls     = 1000
	manyPerSecond = 25
)

var manyFeatures = []feature{{name: "calls", tenant: `
extensions:
  - {extension: "1001"}
  - {extension: "1002"}
  - {extension: "1003", ringSeconds: 1}
  - {extension: "1004"}
  - {extension: "1005"}
  - {extension: "1006", forward: {always: {number: asks, confirm: true}}}
  - {extension: "1007", forward: {unregistered: {number: mobile}}}
forwards:
  - {name: mobile, number: MOBILE, trunk: a-00}
  - {name: asks, number: MOBILE, trunk: b-00}
ringGroups:
  - {name: all, skipBusy: false, members: [{number: "1001"}, {number: "1003"}, {number: mobile}]}
  - {name: each, skipBusy: false, strategy: round-robin, members: [{number: "1002"}, {number: "1005"}]}
  - {name: slow, skipBusy: false, members: [{number: "1003"}]}
dids:
  - {number: DID0, inboundRoute: extension, routeTarget: "1001"}
  - {number: DID1, inboundRoute: extension, routeTarget: "1002"}
  - {number: DID2, inboundRoute: extension, routeTarget: "1003"}
  - {number: DID3, inboundRoute: extension, routeTarget: "1004"}
  - {number: DID4, inboundRoute: ringgroup, routeTarget: all}
  - {number: DID5, inboundRoute: ringgroup, routeTarget: each}
  - {number: DID6, inboundRoute: forward, routeTarget: mobile}
  - {number: DID7, inboundRoute: extension, routeTarget: "1006"}
  - {number: DID8, inboundRoute: ringgroup, routeTarget: slow}
  - {number: DID9, inboundRoute: extension, routeTarget: "1007"}
`}}

// manyKinds are what the calls are, by the number called.
var manyKinds = []struct {
	status string
	giveUp time.Duration // the caller hangs up then; 0: never
}{
	{status: "completed"},                          // an extension
	{status: "busy"},                               //
	{status: "no_answer"},                          //
	{status: "completed"},                          // its phone answers 302
	{status: "completed"},                          // a group that rings at once
	{status: "completed"},                          // one after the other, one is busy
	{status: "completed"},                          // a forward
	{status: "completed"},                          // to somebody who has to accept
	{status: "cancelled", giveUp: time.Second},     // while a group rings
	{status: "completed"},                          // of an extension without a phone
	{status: "cancelled", giveUp: time.Second / 2}, // the same group again
}

// TestThousandCalls places calls of all kinds as fast as this machine lets.
// Afterwards nothing is left on the switch and nothing in the server, and each
// call has one record.
func TestThousandCalls(t *testing.T) {
	w, scenes := stageScenes(t, manyFeatures)
	s := scenes[0]
	talks := phone.Script{Ring: 100 * time.Millisecond, HangUpAfter: time.Second, Tone: 700}
	s.register(t, "1001", talks)
	s.register(t, "1002", phone.Busy)
	s.register(t, "1003", never)
	s.register(t, "1004", phone.Script{Code: 302, Target: "sip:" + mobile + "@elsewhere.example"})
	s.register(t, "1005", talks)
	s.a.OnCall(talks)
	s.b.OnCall(phone.Script{Ring: 100 * time.Millisecond, Keys: "111", KeysAfter: 300 * time.Millisecond, HangUpAfter: 1500 * time.Millisecond, Tone: 700})

	want := make(map[string]string) // by SIP Call-ID
	s.many(t, 2*len(manyKinds), want)
	w.idle(t)
	before := w.server.goroutines(t)
	s.many(t, manyCalls, want)
	w.idle(t)
	w.recordedOnce(t, want)
	s.unexpected(t, want)
	if n := w.server.records(t); n != len(want) {
		t.Errorf("%d records of %d calls", n, len(want))
	}
	w.server.settles(t, before, len(scenes))
}

// settles waits until the server has no more to do than before the calls of so
// many tenants.
func (s *server) settles(t *testing.T, before, tenants int) {
	t.Helper()
	// Connections that are kept for the next record, and webhook of each.
	kept := 20 + 2*tenants
	after := 0
	t.Cleanup(func() {
		if after > before+kept {
			t.Logf("%d goroutines before, %d after:\n%s", before, after, s.stacks(t))
		}
	})
	until(t, "the server has no more to do than before", func() bool {
		after = s.goroutines(t)
		return after <= before+kept
	})
	t.Logf("goroutines: %d before, %d after", before, after)
}

// many places so many calls and waits for their ends.
func (s *scene) many(t *testing.T, n int, want map[string]string) {
	t.Helper()
	pace := time.NewTicker(time.Second / manyPerSecond)
	defer pace.Stop()
	var calls []*phone.Call
	for i := range n {
		kind, did := manyKinds[i%len(manyKinds)], i%len(manyKinds)
		if did > 9 {
			did = 8
		}
		call := s.from(t, outsider, s.did(did))
		if kind.giveUp > 0 {
			time.AfterFunc(kind.giveUp, func() {
				ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
				defer cancel()
				_ = call.HangUp(ctx) // a call that goes on is seen below
			})
		}
		calls, want[call.ID] = append(calls, call), kind.status
		<-pace.C
	}
	for _, call := range calls {
		must(t, call.WaitOver(soon(t)))
	}
}

// unexpected shows the records of calls that did not end as they should have.
func (s *scene) unexpected(t *testing.T, want map[string]string) {
	t.Helper()
	got, _ := s.readEnds(t, want)
	for call, status := range want {
		if got[call] == status {
			continue
		}
		var answer struct{ Call told }
		s.server.get(t, "/api/calls/"+s.record(t, call).id, &answer)
		t.Errorf("to %s: %s after %q, at %s: %+v", answer.Call.Dialled, answer.Call.Status, answer.Call.path(), answer.Call.StartedAt, answer.Call.Steps)
	}
}

// records is how many calls there are records of.
func (s *server) records(t *testing.T) int {
	t.Helper()
	db, _ := s.openDatabase(t)
	defer db.Close()
	n := 0
	must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM calls").Scan(&n))
	return n
}

// stacks tells what the server's goroutines do, for people.
func (s *server) stacks(t *testing.T) string {
	key, err := os.ReadFile(filepath.Join(s.dataDir, "operator.key"))
	if err != nil {
		return err.Error()
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+s.httpAddr+"/debug/pprof/goroutine?debug=1", nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body) // what there is of it
	return string(text)
}

// goroutines is how many goroutines the server has.
func (s *server) goroutines(t *testing.T) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.httpAddr+"/metrics", nil)
	must(t, err)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			n, err := strconv.Atoi(text)
			must(t, err)
			return n
		}
	}
	t.Fatalf("GET /metrics: %s, and no go_goroutines", res.Status)
	return 0
}
