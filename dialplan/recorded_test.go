package dialplan

import (
	"maps"
	"testing"
)

// What FreeSWITCH 1.11 says at the end of a recorded call.
var recordedCall = vars{
	"switchyard_recording": "/recordings/acme/2026/11/20/c1.wav", "bridge_uepoch": "1795229745250719",
	"record_samples": "30560", "record_ms": "3820", "record_seconds": "3", "record_completion_cause": "success-silence", "record_file_size": "122284",
}

func TestEndingOfARecordedCall(t *testing.T) {
	for name, tt := range map[string]struct {
		change  vars
		file    string
		seconds int
	}{
		"recorded":                             {nil, "/recordings/acme/2026/11/20/c1.wav", 3},
		"no mark of ours":                      {vars{"switchyard_recording": "", "record_file": "/voicemail/msg_1.wav"}, "", 0},
		"never connected":                      {vars{"bridge_uepoch": "0", "record_samples": "0", "RECORD_DISCARDED": "true", "record_completion_cause": "empty-file"}, "", 0},
		"a mailbox's":                          {vars{"bridge_uepoch": "", "record_samples": "24000", "record_ms": "3000"}, "", 0},
		"nothing in it":                        {vars{"record_samples": "0"}, "", 0},
		"nothing said of it":                   {vars{"record_samples": ""}, "", 0},
		"not to be written":                    {vars{"record_samples": "", "record_completion_cause": "uri-failure"}, "", 0},
		"not written, and a mailbox's numbers": {vars{"record_completion_cause": "uri-failure"}, "", 0},
		"long":                                 {vars{"record_ms": "7200999", "record_samples": "57607992"}, "/recordings/acme/2026/11/20/c1.wav", 7200},
		"of hostile length":                    {vars{"record_ms": "99999999999999999999"}, "/recordings/acme/2026/11/20/c1.wav", 0},
		"of negative length":                   {vars{"record_ms": "-5", "record_samples": "-5"}, "", 0},
	} {
		v := maps.Clone(recordedCall)
		maps.Copy(v, tt.change)
		if e := ReadEnding(v); e.RecordingFile != tt.file || e.RecordingSeconds != tt.seconds {
			t.Errorf("%s: %q, %d s", name, e.RecordingFile, e.RecordingSeconds)
		}
	}
}
