//go:build acceptance

package acceptance

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/record"
)

// call asks the server's API for a call's record; false: there is none.
func (s *server) call(ctx context.Context, t *testing.T, id string) (record.Row, bool) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(s.dataDir, "operator.key"))
	must(t, err)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.httpAddr+"/api/calls/"+id, nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(key)))
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode == http.StatusNotFound {
		return record.Row{}, false
	}
	var answer struct{ Call record.Row }
	if res.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil || answer.Call.ID == "" {
		t.Fatalf("GET /api/calls/%s: %s\n%s", id, res.Status, text)
	}
	return answer.Call, true
}

// callUntil asks until the record is as wanted.
func (s *server) callUntil(t *testing.T, within time.Duration, id, what string, is func(record.Row) bool) record.Row {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		r, ok := s.call(t.Context(), t, id)
		if ok && is(r) {
			return r
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the record of %s is not %s: %+v", id, what, r)
		}
	}
}

// uuid waits until the call with this SIP Call-ID is known, and gives its id.
func (w *world) uuid(t *testing.T, sipCallID string) string {
	t.Helper()
	db, place := w.server.openDatabase(t)
	defer db.Close()
	ctx, tick := soon(t), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		var id string
		if db.QueryRowContext(ctx, `SELECT id FROM calls WHERE sip_call_id = `+place, sipCallID).Scan(&id) == nil {
			return id
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("no record of call %s", sipCallID)
		}
	}
}

// recordAgainstPhones compares a record with what the two phones saw: times
// within a second, codes, who hung up, audio.
func (w *world) recordAgainstPhones(t *testing.T) {
	w.phones["1001"].OnCall(phone.Script{Ring: 1500 * time.Millisecond, Tone: 700})
	call := w.from(t, outsider, didPhone)
	callee := next(t, w.phones["1001"])
	talk(t, call, callee)
	passes(t, 2*time.Second)
	must(t, callee.HangUp(soon(t)))
	must(t, call.WaitOver(soon(t)))

	id := w.record(t, call.ID).id
	r := w.server.callUntil(t, 15*time.Second, id, "told by mod_json_cdr of both legs", func(r record.Row) bool {
		return len(r.Legs) == 2 && r.Legs[0].Source == record.SourceJSON && r.Legs[1].Source == record.SourceJSON
	})
	invited, answered, over := call.Invite().At, saw(t, call, 200), bye(t, call)
	near(t, "startedAt", &r.StartedAt, invited)
	near(t, "ringingAt", r.RingingAt, saw(t, call, 180))
	near(t, "answeredAt", r.AnsweredAt, answered)
	near(t, "endedAt", r.EndedAt, over)
	nearly(t, "duration", r.Duration, over.Sub(invited))
	nearly(t, "billsec", r.BillSec, over.Sub(answered))
	if r.Status != "completed" || r.SIPCode != 200 || r.HangupCause != "NORMAL_CLEARING" || r.Q850 != 16 || r.HungUpBy != "callee" || !r.Complete || r.Source != record.SourceLive {
		t.Errorf("%+v", r)
	}
	if r.PDDMs == nil || *r.PDDMs <= 0 || *r.PDDMs > 1000 {
		t.Errorf("post-dial delay %v", r.PDDMs)
	}
	w.legsAgainstPhones(t, r, call, callee)
}

func (w *world) legsAgainstPhones(t *testing.T, r record.Row, call, callee *phone.Call) {
	t.Helper()
	a, b := r.Legs[0], r.Legs[1]
	if a.ID != string(r.ID) || a.Side != "a" || b.Side != "b" || a.SIPCallID != call.ID || b.SIPCallID != callee.ID {
		t.Errorf("legs %+v %+v", a, b)
	}
	near(t, "the callee's answeredAt", b.AnsweredAt, saw(t, callee, 200))
	near(t, "the callee's endedAt", b.EndedAt, bye(t, callee))
	for _, l := range r.Legs {
		if l.Codecs.Read == "" || l.Media == nil || l.Media.InPackets < 100 || l.Media.OutPackets < 100 || l.Media.RemoteIP != "127.0.0.1" {
			t.Errorf("the audio of leg %s: %+v %+v", l.Side, l.Codecs, l.Media)
		}
		if !l.Complete || l.Cause != "NORMAL_CLEARING" {
			t.Errorf("leg %+v", l)
		}
	}
}

// recordsOfRefusals compares codes and causes of calls that nobody answered.
func (w *world) recordsOfRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		script phone.Script
		caller string
		cancel bool
		sip    int
		status string
		by     string
	}{
		"busy":      {script: phone.Busy, caller: outsider, sip: 486, status: "busy"},
		"cancelled": {script: phone.Script{Ring: phone.Never}, caller: outsider, cancel: true, sip: 487, status: "cancelled", by: "caller"},
		"blocked":   {caller: blocked, sip: 603, status: "blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			w.phones["1001"].OnCall(c.script)
			call := w.from(t, c.caller, didPhone)
			if c.cancel {
				_, err := call.WaitStatus(soon(t), 180)
				must(t, err)
				must(t, call.HangUp(soon(t)))
			}
			got := status(t, call)
			r, _ := w.server.call(t.Context(), t, w.record(t, call.ID).id)
			if got != c.sip || r.SIPCode != got || string(r.Status) != c.status || c.by != "" && r.HungUpBy != c.by || r.AnsweredAt != nil || r.BillSec != 0 {
				t.Errorf("the phone got %d; record: %+v", got, r)
			}
			near(t, "endedAt", r.EndedAt, saw(t, call, got))
		})
	}
}

// downDuringTheCall: the server is killed while they talk and comes back after
// the call. mod_json_cdr tried, gave up and left its record in the folder.
func (w *world) downDuringTheCall(t *testing.T) {
	call := w.from(t, outsider, didPhone)
	callee := next(t, w.phones["1001"])
	talk(t, call, callee)
	id := w.uuid(t, call.ID)
	w.server.kill()
	must(t, call.HangUp(soon(t)))
	must(t, callee.WaitOver(soon(t)))
	left(t, w.server.cdr.Folder)
	w.server.start()
	r := w.server.callUntil(t, 90*time.Second, id, "closed", func(r record.Row) bool { return r.EndedAt != nil })
	if r.Status != "completed" || r.Source != record.SourceJSON || r.HungUpBy != "caller" || !r.Complete || r.SIPCode != 200 {
		t.Errorf("%+v", r)
	}
	near(t, "answeredAt", r.AnsweredAt, saw(t, call, 200))
	near(t, "endedAt", r.EndedAt, bye(t, call))
	w.endedOnce(t, id)
}

// downForTheWholeCall: nobody was there from beginning to end; the last resort
// of the dialplan had the call.
func (w *world) downForTheWholeCall(t *testing.T) {
	w.server.kill()
	call := w.from(t, outsider, didPhone)
	if got := status(t, call); got != 503 {
		t.Errorf("the last resort answered %d", got)
	}
	left(t, w.server.cdr.Folder)
	w.server.start()
	id := w.uuid(t, call.ID)
	r := w.server.callUntil(t, 60*time.Second, id, "closed", func(r record.Row) bool { return r.EndedAt != nil })
	if r.Source != record.SourceJSON || r.TenantID != acmeID || r.SIPCode != 503 || r.CallerNumber != outsider || r.InboundDID == nil || *r.InboundDID != didPhone {
		t.Errorf("%+v", r)
	}
	w.endedOnce(t, id)
}

// left waits until mod_json_cdr left a record of a caller's leg in its folder.
func left(t *testing.T, folder string) {
	t.Helper()
	ctx, tick := soon(t), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	for {
		if found, _ := filepath.Glob(filepath.Join(folder, "a_*.cdr.json")); len(found) > 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("mod_json_cdr left nothing in its folder")
		}
	}
}

// passes lets a conversation go on.
func passes(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

func saw(t *testing.T, c *phone.Call, code int) time.Time {
	t.Helper()
	m, err := c.WaitStatus(soon(t), code)
	must(t, err)
	return m.At
}

func bye(t *testing.T, c *phone.Call) time.Time {
	t.Helper()
	m, err := c.WaitRequest(soon(t), "BYE")
	must(t, err)
	return m.At
}

// near checks a time of a record within a second.
func near(t *testing.T, what string, got *string, want time.Time) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is null, the phone saw %v", what, want.UTC())
		return
	}
	at, err := time.Parse(time.RFC3339Nano, *got)
	must(t, err)
	if d := at.Sub(want).Abs(); d > time.Second {
		t.Errorf("%s is %v, the phone saw %v", what, at, want.UTC())
	}
}

// nearly checks whole seconds, which are cut off.
func nearly(t *testing.T, what string, got int, want time.Duration) {
	t.Helper()
	if d := time.Duration(got)*time.Second - want; d > time.Second || d < -2*time.Second {
		t.Errorf("%s is %d s, the phones saw %v", what, got, want)
	}
}
