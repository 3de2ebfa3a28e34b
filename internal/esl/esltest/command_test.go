package esltest

import (
	"bufio"
	"slices"
	"strings"
	"testing"
	"time"
)

const id = "11111111-2222-4333-8444-555555555555"

var alice = Call{UUID: id, From: "+15550001111", FromName: "Alice", To: "+15559990000"}

func TestConnectReplyIsTheEncodedChannel(t *testing.T) {
	c := alice
	c.FromName = "Ann \"50%\"\nX: y"
	c.AuthUser, c.AuthDomain = "1001", "acme.test"
	c.Headers = map[string]string{"X-Foo": "bar baz"}
	c.Variables = map[string]string{"switchyard_trunk": "carrier-a"}
	place(t, &Switch{Name: "sw1"}, c, func(s *server) {
		s.write("connect\n\n")
		f := s.await("reply", func(Frame) bool { return true })
		if strings.Contains(f.Text, "\n\n") {
			t.Error("connect reply has a body")
		}
		for name, want := range map[string]string{
			"Event-Name": "CHANNEL_DATA", "Reply-Text": "+OK\n", "Socket-Mode": "async", "Control": "full",
			"Unique-ID": id, "FreeSWITCH-Switchname": "sw1", "Caller-Caller-ID-Name": c.FromName,
			"Channel-Destination-Number": c.To, "Answer-State": "ringing", "variable_sip_authorized": "true",
			"variable_user_name": "1001", "variable_sip_h_X-Foo": "bar baz", "variable_switchyard_trunk": "carrier-a",
		} {
			if got := f.Header(name); got != want {
				t.Errorf("%s = %q, want %q", name, got, want)
			}
		}
		if !strings.Contains(f.Text, "\nCaller-Caller-ID-Name: Ann%20%2250%25%22%0AX%3A%20y\n") {
			t.Error("the caller's name is not encoded")
		}
		s.hangup(id)
	})
}

func TestCommandsSplitAndJoined(t *testing.T) {
	res := place(t, &Switch{}, alice, func(s *server) {
		s.write("\n\r\nconnect\n\nlinger\n\nMyEvents\r\n\r\nnoSuchThing\n\n")
		var got []string
		for range 4 {
			got = append(got, s.reply())
		}
		want := []string{"+OK", "+OK will linger", "+OK Events Enabled", "-ERR command not found"}
		if !slices.Equal(got, want) {
			t.Errorf("replies %q, want %q", got, want)
		}
		for _, b := range []byte("SendMsg\r\nCall-Command: execute\r\nExecute-App-Name: set\r\nEvent-Uuid: a\r\n" +
			"Content-Type: text/plain\r\nContent-Length: 9\r\n\r\nname=a\n\nb") {
			s.write(string(b))
		}
		if f := s.completed("a"); f.Header("variable_name") != "a\n\nb" {
			t.Errorf("body form set name to %q", f.Header("variable_name"))
		}
		s.hangup(id)
		if r := s.do("exit"); r != "+OK bye" {
			t.Error(r)
		}
	})
	if len(res.Sent) != 7 || res.Sent[3] != "noSuchThing" {
		t.Errorf("Sent = %q", res.Sent)
	}
}

// A line feed in a value is a command of its own, as on a real switch: a test
// sees it in Sent.
func TestInjectedCommandShows(t *testing.T) {
	res := place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		s.send("set", "x=1\n\napi uuid_kill "+id)
	})
	if !slices.Contains(res.Sent, "api uuid_kill "+id) || res.FinalCause != "NORMAL_CLEARING" {
		t.Errorf("cause %s, sent %q", res.FinalCause, res.Sent)
	}
}

func TestAPI(t *testing.T) {
	place(t, &Switch{Phones: map[string][]Phone{"1001@a.test": {{Registered: true}}}}, alice, func(s *server) {
		s.begin()
		for _, c := range [][2]string{
			{"uuid_exists " + id, "true"},
			{"uuid_exists 1", "false"},
			{"uuid_setvar " + id + " a some ${b} text", "+OK"},
			{"uuid_getvar " + id + " a", "some ${b} text"},
			{"uuid_setvar_multi " + id + " k=v;l=w", "+OK"},
			{"uuid_getvar " + id + " l", "w"},
			{"uuid_setvar " + id + " l", "+OK"},
			{"uuid_getvar " + id + " l", "_undef_"},
			{"uuid_kill 1", "-ERR No such channel!"},
			{"uuid_break 1 all", "-ERR No such channel!"},
			{"sofia_contact */1001@a.test", "sofia/internal/sip:1001@127.0.0.1:6200"},
			{"sofia_contact */1002@a.test", "error/user_not_registered"},
			{"frobnicate", "-ERR frobnicate Command not found!"},
		} {
			if got := strings.TrimSpace(s.api(c[0])); got != c[1] {
				t.Errorf("api %s: %q, want %q", c[0], got, c[1])
			}
		}
		if got := s.api("status"); !strings.Contains(got, "1 session(s)") {
			t.Error(got)
		}
		s.do("event plain BACKGROUND_JOB")
		s.write("bgapi uuid_getvar " + id + " k\nJob-UUID: job1\n\n")
		if r := s.reply(); r != "+OK Job-UUID: job1" {
			t.Error(r)
		}
		if f := s.event("BACKGROUND_JOB"); !strings.HasSuffix(f.Text, "\n\nv") || f.Header("Job-UUID") != "job1" {
			t.Errorf("job: %s", f.Text)
		}
		s.hangup(id)
	})
}

func TestSubscriptions(t *testing.T) {
	res := place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		for _, c := range [][2]string{
			{"myevents", "-ERR aready enabled."},
			{"nixevent CHANNEL_STATE CHANNEL_UNPARK", "+OK events nixed"},
			{"nixevent rubbish", "-ERR no keywords supplied"},
			{"event plain", "-ERR no keywords supplied"},
			{"event plain CUSTOM vm::maintenance", "+OK event listener enabled plain"},
			{"filter Unique-ID " + id, "+OK filter added. [Unique-ID]=[" + id + "]"},
			{"filter delete Unique-ID", "+OK filter deleted. [Unique-ID][]"},
			{"filter x", "-ERR invalid syntax"},
			{"sendmsg 1\ncall-command: hangup", "-ERR invalid session id [1]"},
		} {
			if got := s.do(c[0]); got != c[1] {
				t.Errorf("%s: %q, want %q", c[0], got, c[1])
			}
		}
		s.exec("answer", "")
		s.do("filter Application playback")
		s.exec("playback", "silence_stream://40")
		s.hangup(id)
	})
	for _, e := range res.Events {
		if e == "CHANNEL_STATE" || e == "CHANNEL_UNPARK" || e == "CHANNEL_HANGUP" {
			t.Errorf("got %s in spite of nixevent and filter", e)
		}
	}
	if !slices.Contains(res.Events, "CHANNEL_EXECUTE_COMPLETE playback") {
		t.Errorf("events %q", res.Events)
	}
}

func TestMessagesOfOneMomentStartInOneTick(t *testing.T) {
	place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		a, b := s.send("set", "a=1"), s.send("set", "b=2")
		first, second := s.completed(a), s.completed(b)
		if first.At != second.At || !near(first.At, 40*time.Millisecond) {
			t.Errorf("at %v and %v, want both after 40 ms", first.At, second.At)
		}
		s.hangup(id)
	})
}

func TestSendmsgByUUIDAndLoops(t *testing.T) {
	res := place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		s.exec("answer", "")
		s.write("sendmsg " + id + "\ncall-command: execute\nexecute-app-name: playback\n" +
			"execute-app-arg: tone_stream://%(600,0,440)\nloops: 3\nevent-uuid: l\n\n")
		s.completed("l")
		s.event("CHANNEL_EXECUTE")
		s.event("CHANNEL_EXECUTE_COMPLETE")
		s.event("CHANNEL_EXECUTE_COMPLETE")
		s.hangup(id)
	})
	if len(res.Heard) != 3 {
		t.Errorf("heard %q, want the tone three times", res.Heard)
	}
}

func FuzzReadCommand(f *testing.F) {
	f.Add("sendmsg\ncall-command: execute\ncontent-length: 3\n\nabc")
	f.Add("\r\n\r\nexit\r\n\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		cmd, err := readCommand(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		if cmd.line == "" || strings.ContainsAny(cmd.line, "\r\n") {
			t.Errorf("command line %q", cmd.line)
		}
		for _, h := range cmd.headers.list {
			if strings.ContainsAny(h.name+h.value, "\r\n") {
				t.Errorf("header %q: %q", h.name, h.value)
			}
		}
	})
}
