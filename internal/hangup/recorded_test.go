package hangup_test

import (
	"testing"
	"time"
)

// The recording of a call is in the report of the caller's leg, with the time it
// was connected, without which there is none.
func TestARecordedCall(t *testing.T) {
	const text = "Unique-ID: leg\nCall-Direction: inbound\nvariable_hangup_cause: NORMAL_CLEARING\nvariable_switchyard_seen: true\n" +
		"variable_switchyard_recording: /recordings/acme/leg.wav\nvariable_record_samples: 30560\nvariable_record_ms: 3820\n" +
		"variable_record_completion_cause: success-silence\n"
	r, err := reportOf([]byte(text + "variable_bridge_uepoch: 1795229745250719\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l := r.Leg; l.RecordingFile != "/recordings/acme/leg.wav" || l.RecordingSec != 3 || !l.BridgedAt.Equal(time.UnixMicro(1795229745250719)) {
		t.Errorf("%+v", l)
	}
	r, err = reportOf([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if l := r.Leg; l.RecordingFile != "" || l.RecordingSec != 0 || !l.BridgedAt.IsZero() {
		t.Errorf("never connected: %+v", l)
	}
}
