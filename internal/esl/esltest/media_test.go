package esltest

import (
	"slices"
	"testing"
	"time"
)

func TestPlayback(t *testing.T) {
	sw := &Switch{Files: map[string]time.Duration{"hello.wav": 1500 * time.Millisecond}}
	for _, c := range []struct {
		arg, response string
		lasts         time.Duration
	}{
		{"hello.wav", "FILE PLAYED", 1500 * time.Millisecond},
		{"nothere.wav", "FILE NOT FOUND", 0},
		{"file_string://nothere.wav!hello.wav", "FILE PLAYED", 1500 * time.Millisecond},
		{"tone_stream://%(200,100,440)", "FILE PLAYED", 300 * time.Millisecond},
		{"tone_stream://%(200,100,440);loops=3", "FILE PLAYED", 900 * time.Millisecond},
		{"silence_stream://250", "FILE PLAYED", 250 * time.Millisecond},
	} {
		t.Run(c.arg, func(t *testing.T) {
			place(t, sw, alice, func(s *server) {
				s.begin()
				s.exec("answer", "")
				began := time.Now()
				f := s.exec("playback", c.arg)
				if got := f.Header("Application-Response"); got != c.response {
					t.Errorf("response %s", got)
				}
				if d := time.Since(began); !near(d, c.lasts+20*time.Millisecond) {
					t.Errorf("played %v", d)
				}
				s.hangup(id)
			})
		})
	}
}

func TestPlaybackIsEndedByKeys(t *testing.T) {
	for _, c := range []struct {
		terminators, used string
	}{{"", "*"}, {"none", ""}, {"#", "#"}, {"any", "5"}} {
		call := alice
		call.Presses = []Key{{time.Second, '5'}, {2 * time.Second, '#'}, {3 * time.Second, '*'}}
		call.Variables = map[string]string{"playback_terminators": c.terminators}
		res := place(t, &Switch{}, call, func(s *server) {
			s.begin()
			f := s.exec("playback", "silence_stream://10000")
			if got := f.Header("variable_playback_terminator_used"); got != c.used {
				t.Errorf("terminators %q: ended by %q", c.terminators, got)
			}
			s.hangup(id)
		})
		if !slices.Equal(res.Heard, []string{"silence_stream://10000"}) || !slices.Contains(res.Events, "DTMF") {
			t.Errorf("heard %q, events %q", res.Heard, res.Events)
		}
	}
}

func TestBreakEndsEndlessMusic(t *testing.T) {
	place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		music := s.send("playback", "local_stream://moh")
		s.send("playback", "never.wav") // thrown away by "all"
		s.event("CHANNEL_EXECUTE")
		s.wait(9 * time.Minute)
		s.api("uuid_break " + id + " all")
		broken := time.Now()
		f := s.completed(music)
		if d := time.Since(broken); d > 25*time.Millisecond || f.Header("Application-Response") != "FILE PLAYED" {
			t.Errorf("%v, %s", d, f.Header("Application-Response"))
		}
		s.wait(time.Second)
		s.hangup(id)
	})
}

// The behaviour table of play_and_get_digits as measured.
func TestPlayAndGetDigits(t *testing.T) {
	sw := &Switch{Files: map[string]time.Duration{"ask.wav": time.Second, "bad.wav": time.Second}}
	at := time.Second / 2
	for _, c := range []struct {
		name, args                 string
		keys                       string
		digit, invalid, read, term string
	}{
		{"valid", "1 1 1 3000 # ask.wav bad.wav d [0-9]", "5", "5", "", "success", ""},
		{"nothing", "1 1 1 3000 # ask.wav bad.wav d [0-9]", "", "", "", "failure", ""},
		{"nothing, two tries", "1 1 2 3000 # ask.wav bad.wav d [0-9]", "", "", "", "failure", ""},
		{"wrong", "1 1 1 3000 # ask.wav bad.wav d [1-3]", "9", "", "9", "success", ""},
		{"several, terminated", "1 4 1 3000 # ask.wav bad.wav d \\d+", "12#", "12", "", "success", "#"},
		{"several, then silence", "1 4 1 3000 # ask.wav bad.wav d \\d+ 1000", "12", "12", "", "timeout", ""},
		{"too few", "3 4 1 3000 # ask.wav bad.wav d \\d+ 1000", "12", "12", "", "failure", ""},
		{"only the terminator", "1 4 1 3000 # ask.wav bad.wav d \\d+", "#", "", "", "failure", "#"},
		{"only the terminator, none needed", "0 4 1 3000 # ask.wav bad.wav d \\d+", "#", "", "", "success", "#"},
		{"terminator none", "1 1 1 3000 none ask.wav bad.wav d [0-9*#]", "#", "#", "", "success", ""},
		{"prompt missing", "1 1 3 3000 # nothere.wav bad.wav d [0-9]", "5", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := alice
			for i, k := range c.keys {
				call.Presses = append(call.Presses, Key{at + time.Duration(i)*200*time.Millisecond, byte(k)})
			}
			place(t, sw, call, func(s *server) {
				s.begin()
				began := time.Now()
				f := s.exec("play_and_get_digits", c.args)
				for name, want := range map[string]string{"d": c.digit, "d_invalid": c.invalid, "read_result": c.read, "read_terminator_used": c.term} {
					if got := f.Header("variable_" + name); got != want {
						t.Errorf("%s = %q, want %q", name, got, want)
					}
				}
				if d := time.Since(began); c.name == "prompt missing" && d > 100*time.Millisecond {
					t.Errorf("took %v", d)
				}
				s.hangup(id)
			})
		})
	}
}

func TestVoicemail(t *testing.T) {
	for _, c := range []struct {
		name   string
		box    string
		set    map[string]string
		hangup time.Duration
		keys   []Key
		length time.Duration // 0: no message
		heard  []string
	}{
		{"ends with hang-up", "1001", nil, 10 * time.Second, nil, 5 * time.Second, []string{"greeting 1001", "beep"}},
		{"ends with #", "1001", nil, time.Minute, []Key{{12 * time.Second, '#'}}, 7 * time.Second, []string{"greeting 1001", "beep"}},
		{"too short", "1001", nil, 6 * time.Second, nil, 0, []string{"greeting 1001", "beep"}},
		{"gone before the beep", "1001", nil, 2 * time.Second, nil, 0, []string{"greeting 1001"}},
		{"without greeting", "1001", map[string]string{"skip_greeting": "true"}, 10 * time.Second, nil, 8 * time.Second, []string{"beep"}},
		{"no such box", "1999", nil, 10 * time.Second, nil, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := alice
			call.HangupAfter, call.Presses, call.Variables = c.hangup, c.keys, c.set
			sw := &Switch{Mailboxes: []string{"1001@a.test"}}
			var end Frame
			res := place(t, sw, call, func(s *server) {
				s.begin()
				s.do("event plain CUSTOM vm::maintenance")
				s.exec("answer", "")
				end = s.exec("voicemail", "default a.test "+c.box)
			})
			if !slices.Equal(res.Heard, c.heard) {
				t.Errorf("heard %q, want %q", res.Heard, c.heard)
			}
			if c.length == 0 {
				if len(res.Messages) != 0 || end.Header("variable_voicemail_message_len") != "" {
					t.Errorf("messages %v", res.Messages)
				}
				return
			}
			want := Message{Mailbox: "1001", Domain: "a.test", From: call.From, Length: c.length}
			if len(res.Messages) != 1 || res.Messages[0] != want {
				t.Errorf("messages %v, want %v", res.Messages, want)
			}
			if end.Header("variable_voicemail_account") != "1001" || end.Header("variable_voicemail_message_len") == "" {
				t.Error("the message's variables are missing")
			}
			if !slices.Contains(res.Events, "CUSTOM") {
				t.Error("no vm::maintenance event")
			}
		})
	}
}
