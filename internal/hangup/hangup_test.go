package hangup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"switchyard/internal/esl"
	"switchyard/internal/hangup"
	"switchyard/internal/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

const recorded = "../../testdata/captures/hangup_complete"

// Events that a real FreeSWITCH sent at the end of both legs of a call.
func TestRecordedEvents(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recorded, "*.txt"))
	if err != nil || len(files) < 12 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := reportOf(text)
			if err != nil {
				t.Fatal(err)
			}
			if r.Leg.Side != name[len(name)-1:] || !r.Ours || r.Leg.Source != record.SourceESL {
				t.Errorf("side %q, ours %v, source %q", r.Leg.Side, r.Ours, r.Leg.Source)
			}
			got, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".json"), append(got, '\n'))
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", file, got, want)
	}
}

func reportOf(text []byte) (r record.Report, err error) {
	esl.EventOf(text).Read(func(d esl.ChannelData) { r, err = hangup.Report(d, record.SourceESL) })
	return r, err
}

func TestBothLegsAreOfTheSameCall(t *testing.T) {
	for _, name := range []string{"answered", "busy", "cancelled", "forwarded", "hostile", "server-gone"} {
		var ids []string
		for _, side := range []string{"a", "b"} {
			text, err := os.ReadFile(filepath.Join(recorded, name+"-"+side+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			r, err := reportOf(text)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, string(r.Leg.CallID))
		}
		if ids[0] != ids[1] {
			t.Errorf("%s: the legs are of calls %q", name, ids)
		}
	}
}

func TestWhoseLegItIs(t *testing.T) {
	const head = "Unique-ID: leg\nvariable_hangup_cause: NORMAL_CLEARING\n"
	for name, c := range map[string]struct {
		text, call, side string
		ours             bool
	}{
		"a call no server of ours saw":            {"Call-Direction: inbound\n", "leg", "a", false},
		"the caller's, seen":                      {"Call-Direction: inbound\nvariable_switchyard_seen: true\n", "leg", "a", true},
		"called by us":                            {"Call-Direction: outbound\nvariable_switchyard_call: other\nvariable_originator: wrong\n", "other", "b", true},
		"called by an action of the customer's":   {"Call-Direction: outbound\nvariable_originator: other\n", "other", "b", false},
		"the other name of that":                  {"Call-Direction: outbound\nvariable_originating_leg_uuid: other\n", "other", "b", false},
		"called by us, then transferred to us":    {"Call-Direction: outbound\nvariable_switchyard_call: other\nvariable_switchyard_seen: true\n", "leg", "a", true},
		"called for nobody":                       {"Call-Direction: outbound\n", "", "b", false},
		"called for a call of an impossible name": {"Call-Direction: outbound\nvariable_switchyard_call: a%20b\n", "", "b", false},
	} {
		r, err := reportOf([]byte(head + c.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(r.Leg.CallID) != c.call || r.Leg.Side != c.side || r.Ours != c.ours || r.Leg.LegID != "leg" {
			t.Errorf("%s: call %q, side %q, ours %v, leg %q", name, r.Leg.CallID, r.Leg.Side, r.Ours, r.Leg.LegID)
		}
	}
}

func TestHostileEvents(t *testing.T) {
	if _, err := reportOf([]byte("Unique-ID: leg\nCall-Direction: inbound\n")); !errors.Is(err, hangup.ErrNotOver) {
		t.Errorf("an event without a cause: %v", err)
	}
	if _, err := reportOf([]byte("variable_hangup_cause: NORMAL_CLEARING\n")); err == nil {
		t.Error("an event without a channel was taken")
	}
	if _, err := reportOf([]byte("Unique-ID: a%0Ab\nvariable_hangup_cause: NORMAL_CLEARING\n")); err == nil {
		t.Error("a channel id with a line end was taken")
	}
	r, err := reportOf([]byte("Unique-ID: leg\nCall-Direction: inbound\nvariable_hangup_cause: X%0A%E2%80%AEY\n" +
		"Caller-Caller-ID-Number: %00%1B[31m1\nvariable_sip_call_id: " + strings.Repeat("x", 5000) + "\n" +
		"variable_start_uepoch: 9223372036854775807\nvariable_end_uepoch: 99999999999999999999999\n" +
		"Caller-Channel-Created-Time: 9223372036854775807\nvariable_hangup_cause_q850: -7\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l := r.Leg; l.Cause != "XY" || l.Number != "[31m1" || len(l.SIPCallID) != 256 || !l.StartedAt.IsZero() || !l.EndedAt.IsZero() ||
		l.DurationSec != 0 || l.Q850 < 0 || !r.Call.CreatedAt.IsZero() {
		t.Errorf("%+v", r)
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte("Unique-ID: leg\nCall-Direction: inbound\nvariable_hangup_cause: USER_BUSY\nCaller-Caller-ID-Number: %22%0A\nvariable_sip_h_X: 1\n"))
	f.Add([]byte("Unique-ID: leg\nvariable_switchyard_call: call\nvariable_hangup_cause: X\nvariable_end_uepoch: 1795257222638517\n" +
		"variable_sip_invite_failure_status: 486\nvariable_dialed_user: %E2%80%AE1001\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := reportOf(text)
		if err != nil {
			return
		}
		l := r.Leg
		if l.LegID == "" || l.Side == "a" != (string(l.CallID) == l.LegID) || l.DurationSec < 0 || l.BillSec < 0 {
			t.Fatalf("%+v", l)
		}
		for _, s := range []string{l.LegID, string(l.CallID), l.Number, l.SIPCallID, l.Cause, l.ReadCodec, l.WriteCodec, r.Switch} {
			if record.SafeText(s) != s {
				t.Fatalf("unsafe text %q", s)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}
