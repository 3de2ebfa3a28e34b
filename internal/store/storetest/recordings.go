package storetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"switchyard/internal/record"
)

// recordingBehindTheEnd: that a call was recorded may be told behind its end, by
// whoever learns of it, once.
func recordingBehindTheEnd(t *testing.T, db Database) {
	s := open(t, db)
	ready := func(id string) record.Change {
		c := change("c1", record.RecordingReady, "e1")
		c.Call, c.Events[0].ID = fullCall("c1"), id
		return c
	}
	save(t, s, change("c1", record.CallEnded, "e1"))
	save(t, s, ready("m1"), ready("m2"))
	save(t, s, ready("m3"))
	events, err := s.Events(t.Context(), "c1")
	if err != nil || len(events) != 2 || events[1].ID != "m1" || !slices.Equal(events[1].Endpoints, []string{"e1"}) {
		t.Fatalf("%v, events %+v", err, events)
	}
	for want := 1; want <= 2; want++ {
		ds := claim(t, s, t0, 10, 10)
		if len(ds) != 1 || ds[0].Seq != want {
			t.Fatalf("claimed %+v, want #%d alone", ds, want)
		}
		settle(t, s, ds, done)
	}
}

// tagsFollowTheCall: menus set them while it goes on.
func tagsFollowTheCall(t *testing.T, db Database) {
	s := open(t, db)
	for _, tags := range [][]string{nil, {"vip"}, {"vip", "a,b|\"c\""}} {
		c := activeCall("c1")
		c.Tags = tags
		save(t, s, record.Change{Call: c})
		if got, _, err := s.Call(t.Context(), "c1"); err != nil || !slices.Equal(got.Tags, tags) {
			t.Errorf("%v, tags %q, want %q", err, got.Tags, tags)
		}
	}
}

// What a server of the version before stores, which knows nothing of the columns
// that came with recordings.
const (
	callsBefore = `tenant_id, switch, sip_call_id, direction, source, owner, left_at,
		caller_number, caller_name, caller_raw, dialled, dialled_raw, inbound_did,
		destination, destination_route, original_dest, forwarded_to, forward_type, revision, rule, tags,
		started_at, ringing_at, answered_at, bridged_at, ended_at, duration_sec, bill_sec, pdd_ms,
		status, hangup_cause, q850, sip_code, hung_up_by, recording_file, read_codec, write_codec, complete, steps, facts`
	legsBefore = `leg_id, place, told & 2251799813685247, cause, side, source, complete, number, sip_call_id,
		started_at, ringing_at, answered_at, ended_at, duration_sec, bill_sec, q850, sip_code, hung_up_by, read_codec, write_codec, media`
	legColumnsBefore = `leg_id, place, told, cause, side, source, complete, number, sip_call_id,
		started_at, ringing_at, answered_at, ended_at, duration_sec, bill_sec, q850, sip_code, hung_up_by, read_codec, write_codec, media`
)

func theVersionBefore(t *testing.T, db Database) {
	s, err := db.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, record.Change{Call: fullCall("c1"), Legs: []record.Leg{fullLeg("c1", "z")}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db.Exec(t, `INSERT INTO calls (id, `+callsBefore+`) SELECT 'c2', `+callsBefore+` FROM calls WHERE id = 'c1'`,
		`INSERT INTO call_legs (call_id, `+legColumnsBefore+`) SELECT 'c2', `+legsBefore+` FROM call_legs WHERE call_id = 'c1'`)
	s = open(t, db)
	want, leg := fullCall("c2"), fullLeg("c2", "z")
	want.RecordingSec = 0
	whole := leg
	leg.BridgedAt, leg.RecordingFile, leg.RecordingSec = record.Leg{}.BridgedAt, "", 0
	got, legs, err := s.Call(t.Context(), "c2")
	if d := cmp.Diff(want, got) + cmp.Diff([]record.Leg{leg}, legs); err != nil || d != "" {
		t.Errorf("%v (-want +read):\n%s", err, d)
	}
	whole.Source = record.SourceESL // counts less, and is the only one that says it
	saveLegs(t, s, whole)
	whole.Source = record.SourceJSON
	if d := cmp.Diff([]record.Leg{whole}, legsOf(t, s, "c2")); d != "" {
		t.Errorf("behind what this version adds (-want +read):\n%s", d)
	}
}
