package dialplan

import (
	"testing"
	"time"
)

// A transferred channel has forgotten when it was bridged (measured): what was
// recorded before is there all the same.
func TestRecordingOfATransferredCall(t *testing.T) {
	v := vars{recordingMark: "/rec/a.wav", "record_samples": "16000", "record_ms": "2000"}
	if file, _ := recorded(v, time.Time{}); file != "" {
		t.Errorf("a call that was connected to nobody is recorded in %q", file)
	}
	v["last_bridge_to"] = "b2b"
	if file, length := recorded(v, time.Time{}); file != "/rec/a.wav" || length != 2*time.Second {
		t.Errorf("recorded in %q for %v", file, length)
	}
}

// Undoing what was set keeps the name of the recording, which is read when the
// call is over.
func TestUnsetKeepsTheRecording(t *testing.T) {
	left := Unset([]Variable{{"ringback", "x"}, {recordingMark, "/rec/a.wav"}, {"RECORD_STEREO", "true"}})
	if want := []Variable{{"ringback", ""}, {"RECORD_STEREO", ""}}; len(left) != 2 || left[0] != want[0] || left[1] != want[1] {
		t.Errorf("%v", left)
	}
}
