//go:build acceptance

package acceptance

import (
	"context"
	"maps"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// manyCalls places calls of many kinds at a steady pace. Afterwards nothing is
// left on the switch, and each call has one finished record and one end.
func (w *world) manyCalls(t *testing.T) {
	brief := phone.Script{Ring: 100 * time.Millisecond, HangUpAfter: 700 * time.Millisecond, Tone: 700}
	for _, p := range w.phones {
		p.OnCall(brief)
	}
	w.phones["1003"].OnCall(phone.Busy)
	w.carrier.OnCall(brief)
	kinds := []struct{ caller, did, status string }{
		{outsider, didPhone, "completed"}, {outsider, didBusy, "completed"}, {outsider, didForward, "completed"},
		{vip, didPhone, "completed"}, {blocked, didPhone, "blocked"}, {outsider, didNoRoute, "no_route"},
		{outsider, didGone, "suspended"}, {outsider, didPhone, "completed"},
	}
	want := make(map[string]string) // by SIP Call-ID
	calls := make([]*phone.Call, 0, 100)
	pace := time.NewTicker(time.Second / 20)
	defer pace.Stop()
	for i := range 100 {
		kind := kinds[i%len(kinds)]
		call := w.from(t, kind.caller, kind.did)
		calls, want[call.ID] = append(calls, call), kind.status
		<-pace.C
	}
	for _, call := range calls {
		must(t, call.WaitOver(soon(t)))
	}
	w.idle(t)
	w.recordedOnce(t, want)
}

// recordedOnce waits until the calls, by SIP Call-ID, have the status given
// in one record each and one call.ended.
func (w *world) recordedOnce(t *testing.T, want map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		records, ends := w.readEnds(t, want)
		if maps.Equal(records, want) && len(ends) == len(want) {
			for id, n := range ends {
				if n != 1 {
					t.Errorf("call %s has %d ends", id, n)
				}
			}
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			for id, status := range want {
				if records[id] != status || ends[id] != 1 {
					t.Errorf("call %s: status %q and %d ends, want %q and one", id, records[id], ends[id], status)
				}
			}
			return
		}
	}
}

// readEnds gives the status and the number of call.ended events of the calls
// in want. A call with several records has all their statuses as one.
func (w *world) readEnds(t *testing.T, want map[string]string) (records map[string]string, ends map[string]int) {
	t.Helper()
	db, _ := w.server.openDatabase(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT c.sip_call_id, c.status,
		(SELECT count(*) FROM events e WHERE e.call_id = c.id AND e.type = 'call.ended') FROM calls c`)
	must(t, err)
	defer rows.Close()
	records, ends = make(map[string]string), make(map[string]int)
	for rows.Next() {
		var id, status string
		var n int
		must(t, rows.Scan(&id, &status, &n))
		if _, asked := want[id]; asked {
			records[id] += status
			if n > 0 {
				ends[id] += n
			}
		}
	}
	must(t, rows.Err())
	return records, ends
}
