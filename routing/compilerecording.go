package routing

import "fmt"

var recordingPolicies = []RecordingPolicy{RecordNever, RecordAlways, RecordInbound, RecordOutbound, RecordByRule}

// recording reads which calls are recorded; without the section, none.
func (t *tenantCompiler) recording() {
	r := Recording{Policy: RecordNever}
	if t.config.Recording != nil {
		r = *t.config.Recording
	}
	at := path{"recording"}
	stereo := enabled(r.Stereo)
	r.Stereo = &stereo
	r.Announcement = t.promptBeside(r.Announcement, "announcement", at.with("announcement"))
	t.plan.recording = r
	switch r.Policy {
	case "":
		t.add(at.with("policy"), "no policy", anyOf(recordingPolicies))
	case RecordNever:
		if r.Announcement != nil {
			t.warn(at.with("announcement"), "is never heard: policy never records nothing", "")
		}
	case RecordAlways, RecordOutbound, RecordByRule:
		if r.Announcement != nil && r.Announcement.Tone != "" {
			t.add(at.with("announcement", "tone"), "a tone cannot be heard by whom an outbound call reaches", "a file, or a text with speech.command")
		}
	case RecordInbound:
	default:
		t.add(at.with("policy"), fmt.Sprintf("unknown policy %q", r.Policy), oneOf(r.Policy, recordingPolicies))
	}
}

// setsRecording warns where a rule decides what its tenant's policy does not
// let it decide.
func (t *tenantCompiler) setsRecording(set RuleSet, at path) {
	if set.Recording != nil && t.plan.recording.Policy == RecordNever {
		t.warn(at.with("recording"), "does nothing: the tenant's calls are never recorded", "set recording.policy to rule")
	}
}
