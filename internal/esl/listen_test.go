package esl

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"switchyard/dialplan"
)

const okReply = "Content-Type: command/reply\nReply-Text: +OK\n\n"

func dtmf(key string) string {
	return event("Event-Name: DTMF", "DTMF-Digit: "+strings.ReplaceAll(key, "#", "%23"), "DTMF-Duration: 1280", "DTMF-Source: RTP")
}

func completion(id string) string {
	return event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: playback", "Application-UUID: "+id, "variable_of: "+id)
}

// hear is a thing to listen to.
var hear = dialplan.Play{Of: dialplan.SilenceSound(time.Second)}

// bubble plays a switch against a session over a pipe, in a bubble.
func bubble(t *testing.T, script func(s *switchEnd), handle func(ctx context.Context, s *Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		server := &Server{Handle: handle, NewID: counted()}
		over := make(chan struct{})
		go func() {
			defer close(over)
			server.serve(ctx, ours)
		}()
		s := &switchEnd{t: t, conn: theirs, said: make(chan string, 1000)}
		go s.listen()
		s.write(channelData + replies)
		script(s)
		<-over
		theirs.Close()
		for range s.said {
		}
	})
}

func counted() func() string {
	n := 0
	return func() string { n++; return "id-" + itoa(n) }
}

// switchEnd is the switch's side of a conversation.
type switchEnd struct {
	t    *testing.T
	conn net.Conn
	said chan string // the server's commands
}

func (s *switchEnd) listen() {
	defer close(s.said)
	r := bufio.NewReader(s.conn)
	var command strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if command.WriteString(line); line == "\n" {
			if text := command.String(); strings.HasPrefix(text, "sendmsg") || strings.HasPrefix(text, "api") {
				s.said <- text
			}
			command.Reset()
		}
	}
}

func (s *switchEnd) write(text string) {
	if _, err := io.WriteString(s.conn, text); err != nil {
		s.t.Errorf("write: %v", err)
	}
}

// hears waits for a command.
func (s *switchEnd) hears(what string) {
	if text := <-s.said; !strings.Contains(text, what) {
		s.t.Errorf("the server said %q, not %q", text, what)
	}
}

func (s *switchEnd) silent() {
	synctest.Wait()
	select {
	case text, ok := <-s.said:
		if ok {
			s.t.Errorf("the server said %q", text)
		}
	default:
	}
}

func TestListenGivesTheKeyThatEndsIt(t *testing.T) {
	bubble(t, func(s *switchEnd) {
		s.hears("id-1")
		s.write(okReply + dtmf("5") + completion("id-1") + dtmf("#"))
		s.hears("id-2")
		s.write(okReply + completion("id-2"))
	}, func(ctx context.Context, s *Session) {
		keys, v, err := s.Listen(ctx, true, hear)
		if keys != "5" || err != nil || v.Variable("of") != "id-1" {
			t.Errorf("%q %v %v", keys, v, err)
		}
		// The key behind it was read with it: nothing is played.
		keys, v, err = s.Listen(ctx, true, hear)
		if keys != "#" || err != nil || v != nil {
			t.Errorf("%q %v %v", keys, v, err)
		}
		keys, v, err = s.Listen(ctx, true, hear)
		if keys != "" || err != nil || v.Variable("of") != "id-2" {
			t.Errorf("%q %v %v", keys, v, err)
		}
	})
}

func TestAKeyBetweenListensLeavesOutWhatFollows(t *testing.T) {
	bubble(t, func(s *switchEnd) {
		s.hears("file_exists /sounds/a.wav")
		s.write(dtmf("1") + "Content-Type: api/response\nContent-Length: 4\n\ntrue")
		s.hears("id-1")
		s.write(okReply + dtmf("2") + completion("id-1"))
		s.silent()
	}, func(ctx context.Context, s *Session) {
		p, err := dialplan.ParsePrompt("/sounds/a.wav")
		if err != nil {
			t.Error(err)
		}
		if there, err := s.HasFile(ctx, p); !there || err != nil {
			t.Error(there, err)
		}
		if keys, v, err := s.Listen(ctx, true, hear, hear); keys != "1" || v != nil || err != nil {
			t.Errorf("%q %v %v", keys, v, err)
		}
		// The second of two is left out when a key ended the first.
		if keys, v, err := s.Listen(ctx, true, hear, hear); keys != "2" || v != nil || err != nil {
			t.Errorf("%q %v %v", keys, v, err)
		}
	})
}

func TestWithoutCutEverythingIsPlayedTogether(t *testing.T) {
	bubble(t, func(s *switchEnd) {
		s.hears("id-1")
		s.hears("id-2")
		s.write(okReply + okReply + dtmf("1") + completion("id-1") + dtmf("2"))
		time.Sleep(time.Second)
		s.silent()
		s.write(completion("id-2"))
	}, func(ctx context.Context, s *Session) {
		if keys, v, err := s.Listen(ctx, false, hear, hear); keys != "12" || err != nil || v.Variable("of") != "id-2" {
			t.Errorf("%q %v %v", keys, v, err)
		}
	})
}

// A key that came just before the playback began ends it all the same, once.
func TestAKeyTheSwitchDoesNotObeyBreaks(t *testing.T) {
	bubble(t, func(s *switchEnd) {
		s.hears("id-1")
		s.write(okReply + dtmf("7"))
		time.Sleep(cutWithin - time.Millisecond)
		s.silent()
		time.Sleep(time.Millisecond)
		s.hears("api uuid_break call-1")
		s.write("Content-Type: api/response\nContent-Length: 3\n\n+OK" + dtmf("8"))
		time.Sleep(time.Hour)
		s.silent()
		s.write(completion("id-1"))
		s.hears("id-2")
		s.write(okReply + completion("id-2"))
	}, func(ctx context.Context, s *Session) {
		if keys, v, err := s.Listen(ctx, true, hear); keys != "78" || err != nil || v.Variable("of") != "id-1" {
			t.Errorf("%q %v %v", keys, v, err)
		}
		if keys, _, err := s.Listen(ctx, true, hear); keys != "" || err != nil {
			t.Errorf("%q %v", keys, err)
		}
	})
}

// A flood of keys ends nothing and costs nothing, whatever is waited for.
func TestAFloodOfKeys(t *testing.T) {
	const flood = 100_000
	bubble(t, func(s *switchEnd) {
		s.hears("status")
		for range flood / 100 {
			s.write(strings.Repeat(dtmf("9")+dtmf("A")+dtmf("10"), 100))
		}
		s.write("Content-Type: api/response\nContent-Length: 2\n\nUP")
	}, func(ctx context.Context, s *Session) {
		if _, err := s.API(ctx, "status", ""); err != nil || len(s.queue) != 0 || s.queued != 0 {
			t.Errorf("%v, %d events are kept", err, len(s.queue))
		}
		if keys, v, err := s.Listen(ctx, true, hear); keys != strings.Repeat("9", mostKeys) || v != nil || err != nil || cap(s.keys) > 2*mostKeys {
			t.Errorf("%q %v %v, room for %d", keys, v, err, cap(s.keys))
		}
	})
}

func TestKeysOfABridgeAreForgotten(t *testing.T) {
	bubble(t, func(s *switchEnd) {
		s.hears("id-1")
		s.write(okReply + dtmf("1") + completion("id-1"))
		s.hears("id-2")
		s.write(okReply + dtmf("2") + completion("id-2"))
		s.hears("id-3")
		s.write(okReply + completion("id-3"))
	}, func(ctx context.Context, s *Session) {
		if _, err := s.Execute(ctx, nil, answer); err != nil {
			t.Error(err)
		}
		for _, want := range []string{"2", ""} {
			if keys, _, err := s.Listen(ctx, true, hear); keys != want || err != nil {
				t.Errorf("%q %v, want %q", keys, err, want)
			}
		}
	})
}

func TestListenEndsWithTheContextTheCallOrTheConnection(t *testing.T) {
	for name, c := range map[string]struct {
		say  string
		want error
	}{
		"hang-up":             {event("Event-Name: CHANNEL_HANGUP"), dialplan.ErrHungUp},
		"hang-up behind keys": {dtmf("1") + event("Event-Name: CHANNEL_HANGUP"), dialplan.ErrHungUp},
		"moved away":          {event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: socket"), dialplan.ErrLeft},
		"context":             {"", context.DeadlineExceeded},
		"context behind keys": {dtmf("1"), context.DeadlineExceeded},
		"lost":                {"Content-Length: -1\n\n", dialplan.ErrLost},
	} {
		for _, cut := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " cut ", cut), func(t *testing.T) {
				bubble(t, func(s *switchEnd) {
					s.hears("id-1")
					s.write(okReply + c.say)
				}, func(ctx context.Context, s *Session) {
					short, cancel := context.WithTimeout(ctx, time.Minute)
					defer cancel()
					if keys, v, err := s.Listen(short, cut, hear); keys != "" || v != nil || !errors.Is(err, c.want) {
						t.Errorf("%q %v %v", keys, v, err)
					}
				})
			})
		}
	}
}

func TestNothingToListenToIsAnError(t *testing.T) {
	if _, _, err := (&Session{}).Listen(t.Context(), true); err == nil {
		t.Error("no error")
	}
}

func TestHasFile(t *testing.T) {
	for answer, want := range map[string]struct{ there, fails bool }{
		"true": {there: true}, "false": {}, "false\n": {}, "-ERR file_exists Command not found!\n": {fails: true}, "": {fails: true},
	} {
		bubble(t, func(s *switchEnd) {
			s.hears("api file_exists /a.wav\n")
			s.write(fmt.Sprintf("Content-Type: api/response\nContent-Length: %d\n\n%s", len(answer), answer))
		}, func(ctx context.Context, s *Session) {
			p, err := dialplan.ParsePrompt("/a.wav")
			if err != nil {
				t.Error(err)
			}
			if there, err := s.HasFile(ctx, p); there != want.there || (err != nil) != want.fails {
				t.Errorf("%q: %v, %v", answer, there, err)
			}
		})
	}
}

// Whatever the switch sends in one go, cut at whatever bytes: every key is given
// out once, in its order.
func TestNoKeyIsLostOrDoubled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const rounds = 4
		var text bytes.Buffer
		var want []byte
		noise := func() {
			for range rapid.IntRange(0, 3).Draw(t, "between") {
				switch rapid.IntRange(0, 2).Draw(t, "what") {
				case 0:
					key := rapid.SampledFrom([]byte("0123456789*#AD")).Draw(t, "key")
					text.WriteString(dtmf(string(key)))
					if key < 'A' {
						want = append(want, key)
					}
				case 1:
					text.WriteString(event("Event-Name: CHANNEL_BRIDGE", "Other-Leg-Unique-ID: x"))
				default:
					text.WriteString(completion("another"))
				}
			}
		}
		for i := range rounds {
			noise()
			text.WriteString(completion("id-" + itoa(i+1)))
		}
		noise()
		text.WriteString(event("Event-Name: CHANNEL_HANGUP"))
		cuts := rapid.SliceOfN(rapid.IntRange(1, 400), 1, 20).Draw(t, "cuts")

		s := &Session{conn: deaf{}, newID: counted(), limits: DefaultLimits, sent: 1 << 20}
		s.fr = newFrameReader(&chopped{text: text.Bytes(), cuts: cuts}, DefaultLimits)
		var got []byte
		for {
			keys, v, err := s.Listen(context.Background(), rapid.Bool().Draw(t, "cut"), hear)
			got = append(got, keys...)
			if err != nil {
				break
			}
			if v == nil && keys == "" {
				t.Fatal("neither played nor a key")
			}
		}
		got = append(got, s.keys...)
		if !bytes.Equal(got, want) {
			t.Fatalf("keys %q, want %q", got, want)
		}
	})
}

// deaf is a connection on which only writing matters.
type deaf struct{ net.Conn }

func (deaf) Write(b []byte) (int, error)      { return len(b), nil }
func (deaf) SetReadDeadline(time.Time) error  { return nil }
func (deaf) SetWriteDeadline(time.Time) error { return nil }
func (deaf) Close() error                     { return nil }

// chopped gives a text in pieces, and then its end.
type chopped struct {
	text []byte
	cuts []int
	at   int
}

func (c *chopped) Read(b []byte) (int, error) {
	if len(c.text) == 0 {
		return 0, io.EOF
	}
	n := min(c.cuts[c.at%len(c.cuts)], len(c.text), len(b))
	c.at++
	copy(b, c.text[:n])
	c.text = c.text[n:]
	return n, nil
}

// One round of a menu: something is played, a key ends it.
func BenchmarkListen(b *testing.B) {
	s := &Session{conn: deaf{}, limits: DefaultLimits, newID: func() string { return "id-1" }}
	padding := strings.Repeat("variable_something_of_a_call: with a value\n", 130) // as large as a switch's
	round := okReply + dtmf("5") + event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application-UUID: id-1", "Application: playback", padding)
	s.fr = newFrameReader(&endless{text: []byte(round)}, DefaultLimits)
	b.ReportAllocs()
	for b.Loop() {
		if keys, v, err := s.Listen(context.Background(), true, hear); err != nil || keys != "5" || v == nil {
			b.Fatal(keys, v, err)
		}
	}
}

// endless gives a text again and again, one at a time.
type endless struct {
	text []byte
	at   int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}
