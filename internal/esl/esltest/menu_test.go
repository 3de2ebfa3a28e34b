package esltest

import (
	"slices"
	"testing"
	"time"
)

// A caller types on hearing something, in order: what is played again means the
// next time.
func TestCallersTypeOnHearing(t *testing.T) {
	call := alice
	call.Variables = map[string]string{"playback_terminators": "any"}
	call.Types = []Typing{
		{Hearing: "main", After: time.Second, Keys: "9"},
		{Hearing: "main", After: 2 * time.Second, Keys: "12"},
		{After: 500 * time.Millisecond, Keys: "3"},
		{Hearing: "silence", Keys: "4"},
	}
	sw := &Switch{Files: map[string]time.Duration{"main.wav": 10 * time.Second}}
	res := place(t, sw, call, func(s *server) {
		s.begin()
		for _, want := range []struct {
			play, key string
			lasts     time.Duration
		}{
			{"main.wav", "9", time.Second}, {"main.wav", "1", 2 * time.Second}, {"main.wav", "2", 200 * time.Millisecond},
			{"main.wav", "3", 500 * time.Millisecond}, {"silence_stream://5000", "4", 0}, {"silence_stream://100", "", 100 * time.Millisecond},
		} {
			began := time.Now()
			f := s.exec("playback", want.play)
			if got := f.Header("variable_playback_terminator_used"); got != want.key {
				t.Errorf("%s ended by %q, want %q", want.play, got, want.key)
			}
			if d := time.Since(began); !near(d, want.lasts+20*time.Millisecond) {
				t.Errorf("%s, key %s: %v, want %v", want.play, want.key, d, want.lasts)
			}
		}
		s.hangup(id)
	})
	if got := len(res.Heard); got != 6 {
		t.Errorf("heard %q", res.Heard)
	}
}

// Keys pressed while nothing is played are told and end nothing.
func TestKeysWhileNothingIsPlayedEndNothing(t *testing.T) {
	call := alice
	call.Variables = map[string]string{"playback_terminators": "any"}
	call.Types = []Typing{{After: 500 * time.Millisecond, Keys: "1"}}
	place(t, &Switch{}, call, func(s *server) {
		s.begin()
		s.exec("answer", "")
		if f := s.event("DTMF"); f.Header("DTMF-Digit") != "1" {
			t.Errorf("key %q", f.Header("DTMF-Digit"))
		}
		began := time.Now()
		if f := s.exec("playback", "silence_stream://300"); f.Header("variable_playback_terminator_used") != "" || !near(time.Since(began), 320*time.Millisecond) {
			t.Errorf("ended by %q after %v", f.Header("variable_playback_terminator_used"), time.Since(began))
		}
		s.hangup(id)
	})
}

func TestFlushForgetsKeys(t *testing.T) {
	call := alice
	call.Variables = map[string]string{"playback_terminators": "any"}
	place(t, &Switch{}, call, func(s *server) {
		s.begin()
		// The second and third are queued in one go with what forgets them.
		s.write("api uuid_recv_dtmf " + id + " 123\n\n")
		flush, play := s.send("flush_dtmf", ""), s.send("playback", "silence_stream://100")
		s.completed(flush)
		if f := s.completed(play); f.Header("variable_playback_terminator_used") != "" {
			t.Errorf("ended by %q", f.Header("variable_playback_terminator_used"))
		}
		s.hangup(id)
	})
}

func TestFilesInPieces(t *testing.T) {
	call := alice
	call.Variables = map[string]string{"playback_timeout_sec": "20"}
	sw := &Switch{Files: map[string]time.Duration{"long.wav": 45 * time.Second}}
	place(t, sw, call, func(s *server) {
		s.begin()
		for _, want := range []struct {
			play, response, ms string
			lasts              time.Duration
		}{
			{"long.wav", "PLAYBACK ERROR", "20480", 20 * time.Second},
			{"long.wav@@160000", "PLAYBACK ERROR", "20480", 20 * time.Second},
			{"long.wav@@320000", "FILE PLAYED", "5000", 5 * time.Second},
			{"long.wav@@360000", "FILE PLAYED", "0", 0},
		} {
			began := time.Now()
			f := s.exec("playback", want.play)
			if f.Header("Application-Response") != want.response || f.Header("variable_playback_ms") != want.ms {
				t.Errorf("%s: %s, %s ms", want.play, f.Header("Application-Response"), f.Header("variable_playback_ms"))
			}
			if d := time.Since(began); (d - want.lasts).Abs() > 80*time.Millisecond {
				t.Errorf("%s: %v", want.play, d)
			}
		}
		s.hangup(id)
	})
}

func TestSpokenText(t *testing.T) {
	for _, c := range []struct {
		engine, response string
		lasts            time.Duration
		heard            int
	}{
		{"flite", "FILE PLAYED", 10 * spokenByte, 1},
		{"other", "PLAYBACK ERROR", 0, 0},
		{"", "FILE PLAYED", 20 * time.Millisecond, 0}, // of all answers
	} {
		call := alice
		call.Variables = map[string]string{"tts_engine": c.engine}
		res := place(t, &Switch{Engines: []string{"flite"}}, call, func(s *server) {
			s.begin()
			s.exec("answer", "")
			began := time.Now()
			f := s.exec("playback", "say:ten letter")
			if d := time.Since(began); f.Header("Application-Response") != c.response || !near(d, c.lasts+20*time.Millisecond) {
				t.Errorf("engine %q: %s in %v", c.engine, f.Header("Application-Response"), d)
			}
			s.hangup(id)
		})
		if len(res.Heard) != c.heard {
			t.Errorf("engine %q: heard %q", c.engine, res.Heard)
		}
	}
}

func TestSwitchSaysWhichFilesItHas(t *testing.T) {
	place(t, &Switch{Files: map[string]time.Duration{"/a.wav": time.Second}}, alice, func(s *server) {
		s.begin()
		if there, missing := s.api("file_exists /a.wav"), s.api("file_exists /b.wav"); there != "true" || missing != "false" {
			t.Errorf("%q, %q", there, missing)
		}
		s.hangup(id)
	})
}

// A break while nothing is played does nothing to what is sent after it.
func TestAStaleBreakIsForgotten(t *testing.T) {
	place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		s.exec("answer", "")
		s.api("uuid_break " + id)
		began := time.Now()
		if s.exec("playback", "silence_stream://500"); !near(time.Since(began), 520*time.Millisecond) {
			t.Errorf("played %v", time.Since(began))
		}
		s.hangup(id)
	})
}

func TestAnnouncementToTheCallee(t *testing.T) {
	const user = "1001@acme.test"
	for name, c := range map[string]struct {
		options, cause string
		bridgedAfter   time.Duration // 0: never
		hangupAfter    time.Duration
		heard          []string
	}{
		"heard":         {"group_confirm_key=exec,group_confirm_file=playback a.wav,group_confirm_timeout=60", "NORMAL_CLEARING", 5 * time.Second, time.Minute, []string{"a.wav"}},
		"missing":       {"group_confirm_key=exec,group_confirm_file=playback b.wav,group_confirm_timeout=60", "NORMAL_CLEARING", time.Second, time.Minute, nil},
		"leaves":        {"group_confirm_key=exec,group_confirm_file=playback a.wav,group_confirm_timeout=60", "NORMAL_CLEARING", 0, 2 * time.Second, []string{"a.wav"}},
		"ringing limit": {"leg_timeout=3,group_confirm_key=exec,group_confirm_file=playback a.wav", "ALLOTTED_TIMEOUT", 0, time.Minute, []string{"a.wav"}},
	} {
		t.Run(name, func(t *testing.T) {
			sw := &Switch{Files: map[string]time.Duration{"a.wav": 4 * time.Second}, Phones: map[string][]Phone{user: {{Registered: true, AnswerAfter: time.Second, HangupAfter: c.hangupAfter}}}}
			call := alice
			call.Variables = map[string]string{"continue_on_fail": "true"}
			res := place(t, sw, call, func(s *server) {
				s.begin()
				began := time.Now()
				bridge := s.send("bridge", "["+c.options+"]user/"+user)
				if c.bridgedAfter > 0 {
					s.event("CHANNEL_BRIDGE")
					if d := time.Since(began); (d - c.bridgedAfter).Abs() > 100*time.Millisecond {
						t.Errorf("bridged after %v", d)
					}
				}
				s.completed(bridge)
				s.hangup(id)
			})
			if leg := res.Legs[0]; !slices.Equal(leg.Heard, c.heard) || leg.Cause != c.cause {
				t.Errorf("heard %q, %s", leg.Heard, leg.Cause)
			}
		})
	}
}
