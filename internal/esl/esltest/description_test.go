package esltest

import (
	"strings"
	"testing"
	"time"
)

func TestDescriptionBecomesSwitchAndCall(t *testing.T) {
	all, err := ParseDescriptions(strings.NewReader(`[{"capture": "x", "hangupAfter": "2s", "presses": [{"At": "1s", "Digit": "#"}],
		"phones": {"1001@acme.test": [{"Registered": true, "AnswerAfter": "300ms"}], "1005@acme.test": []}}]`))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d descriptions, %v", len(all), err)
	}
	sw, call := all[0].Setting()
	if call.HangupAfter != 2*time.Second || len(call.Presses) != 1 || call.Presses[0] != (Key{time.Second, '#'}) {
		t.Errorf("call: %+v", call)
	}
	if p := sw.Phones["1001@acme.test"]; len(p) != 1 || !p[0].Registered || p[0].AnswerAfter != 300*time.Millisecond {
		t.Errorf("phones: %+v", p)
	}
	if _, known := sw.Phones["1005@acme.test"]; !known {
		t.Error("a user without a phone is not known to the switch")
	}
}

func TestDescriptionWithAMistakeIsRefused(t *testing.T) {
	for _, bad := range []string{`[{"capture": "x", "hangupafterwards": "2s"}]`, `[{"capture": "x", "hangupAfter": "2"}]`, `{`} {
		if _, err := ParseDescriptions(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
