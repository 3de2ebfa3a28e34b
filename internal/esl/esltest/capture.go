package esltest

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Frame is one message of a recorded conversation between a switch and a
// server.
type Frame struct {
	At   time.Duration // since the connection was accepted
	Sent bool          // by the server; otherwise by the switch
	Text string        // without the line ends around it
	EOF  bool          // the switch closed
}

var frameRE = regexp.MustCompile(`^\[\s*([0-9.]+)\] (>>|<<|EOF)$`)

// ParseCapture reads a recording: blocks that begin with "[seconds] >>" (the
// server), "[seconds] <<" (the switch) or "[seconds] EOF". Lines before the
// first block are comment.
func ParseCapture(r io.Reader) ([]Frame, error) {
	var frames []Frame
	var text []string
	flush := func() {
		if len(frames) > 0 {
			frames[len(frames)-1].Text = strings.Trim(strings.Join(text, "\n"), "\n")
		}
		text = nil
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := frameRE.FindStringSubmatch(lines.Text())
		if m == nil {
			text = append(text, lines.Text())
			continue
		}
		flush()
		seconds, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return nil, fmt.Errorf("frame %d: time %q: %w", len(frames)+1, m[1], err)
		}
		frames = append(frames, Frame{At: time.Duration(seconds * float64(time.Second)), Sent: m[2] == ">>", EOF: m[2] == "EOF"})
	}
	flush()
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read capture: %w", err)
	}
	if len(frames) == 0 {
		return nil, fmt.Errorf("read capture: no frame in it")
	}
	return frames, nil
}

// Header gives the decoded value of the first header of that name, of the
// frame or the event in it; "" if there is none.
func (f Frame) Header(name string) string {
	for line := range strings.Lines(f.Text) {
		n, v, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		if ok && strings.EqualFold(n, name) {
			return decode(v)
		}
	}
	return ""
}

func decode(v string) string {
	if d, err := url.PathUnescape(v); err == nil {
		return d
	}
	return v
}

// Line is what is compared of a frame the switch sent.
type Line struct {
	At    time.Duration
	Event bool // an event; otherwise a reply, a notice or the end
	Text  string
}

// compared are the headers whose values must be the same; present those that
// must be there in both or in neither.
var (
	compared = []string{"Content-Type", "Content-Disposition", "Linger-Time", "Event-Name", "Event-Subclass",
		"Application", "Application-Data", "Application-Response", "Answer-State", "Channel-State", "Channel-Call-State",
		"Hangup-Cause", "DTMF-Digit", "variable_originate_disposition", "variable_DIALSTATUS",
		"variable_last_bridge_proto_specific_hangup_cause", "variable_last_bridge_hangup_cause",
		"variable_bridge_hangup_cause", "variable_sip_hangup_disposition",
		"variable_read_result", "variable_playback_terminator_used",
		"variable_voicemail_account", "variable_record_completion_cause", "variable_RECORD_DISCARDED",
		"variable_originate_causes", "variable_originated_legs"}
	present = []string{"Unique-ID", "Other-Leg-Unique-ID", "Bridge-B-Unique-ID", "variable_bridge_uuid",
		"variable_endpoint_disposition", "Channel-Read-Codec-Name",
		"variable_record_samples", "variable_record_ms", "variable_record_seconds", "variable_record_file_size",
		"variable_voicemail_message_len"} // in whole seconds: one tick decides which

	// ofPlayback is compared only where a playback says how it ended: others leave
	// more of it behind than the stand-in does.
	ofPlayback = []string{"variable_current_application_response", "variable_playback_ms", "variable_playback_samples"}
)

// Normalise keeps of a recording what does not change from one run to the
// next: of each frame of the switch its time, kind and the headers that
// matter. CHANNEL_PARK is left out: whether it comes is a race on a real
// switch too. So is whether an event comes before a reply or a notice of the
// same moment, as events wait in a queue of their own: the events stand
// behind all others.
func Normalise(frames []Frame) []Line {
	var lines, events []Line
	for _, f := range frames {
		switch {
		case f.Sent || f.Header("Event-Name") == "CHANNEL_PARK":
		case f.EOF:
			lines = append(lines, Line{At: f.At, Text: "EOF"})
		case f.Header("Content-Type") == "text/event-plain":
			events = append(events, Line{At: f.At, Event: true, Text: normalText(f)})
		default:
			lines = append(lines, Line{At: f.At, Text: normalText(f)})
		}
	}
	return append(lines, events...)
}

// longAnswer is from where an API answer is a report, not a result.
const longAnswer = 200

func normalText(f Frame) string {
	var b strings.Builder
	for _, name := range compared {
		v := f.Header(name)
		if v == "" || name == "Application-Data" && f.Header("Application") == "socket" {
			continue
		}
		fmt.Fprintf(&b, "%s=%q ", name, uuidRE.ReplaceAllString(v, "UUID"))
	}
	if f.Header("Event-Name") == "CHANNEL_EXECUTE_COMPLETE" && f.Header("Application") == "playback" {
		for _, name := range ofPlayback {
			fmt.Fprintf(&b, "%s=%q ", name, f.Header(name))
		}
	}
	for _, name := range present {
		if f.Header(name) != "" {
			b.WriteString("+" + name + " ")
		}
	}
	// Our own event-uuid comes back as it was given; others are made up.
	if id := f.Header("Application-UUID"); id != "" && !uuidRE.MatchString(id) {
		fmt.Fprintf(&b, "Application-UUID=%q ", id)
	}
	switch f.Header("Content-Type") {
	case "command/reply":
		fmt.Fprintf(&b, "Reply-Text=%q", strings.TrimSpace(uuidRE.ReplaceAllString(f.Header("Reply-Text"), "UUID")))
	case "api/response":
		_, body, _ := strings.Cut(f.Text, "\n\n")
		if len(body) > longAnswer {
			body = "long"
		}
		fmt.Fprintf(&b, "body=%q", uuidRE.ReplaceAllString(strings.TrimSpace(body), "UUID"))
	}
	return strings.TrimSpace(b.String())
}

var uuidRE = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// Diff compares two recordings line by line: texts must be equal, and each
// must come as long after the one before it, give or take tolerance: a server
// that reacts carries a switch's tick of delay on. Empty means the same.
func Diff(want, got []Line, tolerance time.Duration) []string {
	var out []string
	var late time.Duration
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			out = append(out, fmt.Sprintf("%d: not expected: [%.4f] %s", i, got[i].At.Seconds(), got[i].Text))
			continue
		case i >= len(got):
			out = append(out, fmt.Sprintf("%d: missing: [%.4f] %s", i, want[i].At.Seconds(), want[i].Text))
			continue
		case want[i].Text != got[i].Text:
			out = append(out, fmt.Sprintf("%d: want [%.4f] %s\n     got  [%.4f] %s",
				i, want[i].At.Seconds(), want[i].Text, got[i].At.Seconds(), got[i].Text))
		}
		if i > 0 && want[i].Event != want[i-1].Event {
			late = 0
		}
		lateNow := got[i].At - want[i].At
		if (lateNow - late).Abs() > tolerance {
			out = append(out, fmt.Sprintf("%d: want at %.4f, got at %.4f: %s",
				i, want[i].At.Seconds(), got[i].At.Seconds(), want[i].Text))
		}
		late = lateNow
	}
	return out
}
