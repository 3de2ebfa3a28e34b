package esltest

import (
	"strings"
	"testing"
	"time"
)

const tiny = `recorded somewhere
[0.0010] >>
connect
[0.0020] <<
Content-Type: command/reply
Reply-Text: +OK
[0.1000] <<
Content-Length: 40
Content-Type: text/event-plain

Event-Name: CHANNEL_ANSWER
Answer-State: answered


[0.2000] EOF
`

func TestParseCapture(t *testing.T) {
	frames, err := ParseCapture(strings.NewReader(tiny))
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) != 4 || !frames[0].Sent || frames[0].Text != "connect" || !frames[3].EOF || frames[2].At != 100*time.Millisecond {
		t.Errorf("%+v", frames)
	}
	for _, bad := range []string{"", "nothing here\n", "[1.2.3] >>\nx\n"} {
		if _, err := ParseCapture(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// A comparison that cannot fail would prove nothing.
func TestDiffFindsDifferences(t *testing.T) {
	lines := func(s string) []Line {
		frames, err := ParseCapture(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return Normalise(frames)
	}
	want := lines(tiny)
	if d := Diff(want, want, 0); len(d) != 0 {
		t.Errorf("differs from itself: %q", d)
	}
	for name, changed := range map[string]string{
		"value":   strings.Replace(tiny, "Answer-State: answered", "Answer-State: early", 1),
		"reply":   strings.Replace(tiny, "+OK", "-ERR", 1),
		"missing": strings.Replace(tiny, "[0.2000] EOF\n", "", 1),
		"more":    tiny + "[0.3000] <<\nContent-Type: command/reply\nReply-Text: +OK\n",
		"late":    strings.Replace(tiny, "[0.1000]", "[0.1900]", 1),
	} {
		if len(Diff(want, lines(changed), 60*time.Millisecond)) == 0 {
			t.Errorf("%s: no difference found", name)
		}
	}
}
