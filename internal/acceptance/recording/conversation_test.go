package recording

import (
	"bufio"
	"net"
	"strings"
	"testing"
)

func TestRecordingReplacesNamesAndKeepsLengthsRight(t *testing.T) {
	ours, theirs := net.Pipe()
	c := converse(ours, strings.NewReplacer("/tmp/run-1", "/var/lib/freeswitch", ": box\n", ": switch.example\n"))
	body := "Event-Name: CHANNEL_ANSWER\nHost: box\nPath: /tmp/run-1/a.wav\n\n"
	go func() {
		defer theirs.Close()
		_, _ = theirs.Write([]byte("Content-Length: 61\nContent-Type: text/event-plain\n\n" + body))
	}()
	m, ok := <-c.frames
	if !ok || m.name() != "CHANNEL_ANSWER" || m.event["Path"] != "/tmp/run-1/a.wav" {
		t.Fatalf("frame %+v", m)
	}
	<-c.over
	text := string(c.recording())
	_, frame, _ := strings.Cut(text, "<<\n")
	_, got, err := readFrame(bufio.NewReader(strings.NewReader(frame)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Event-Name: CHANNEL_ANSWER\nHost: switch.example\nPath: /var/lib/freeswitch/a.wav\n\n"; got != want {
		t.Errorf("recorded %q\nwant %q", got, want)
	}
	if !strings.HasSuffix(text, "EOF\n") {
		t.Errorf("the end is missing: %q", text)
	}
}
