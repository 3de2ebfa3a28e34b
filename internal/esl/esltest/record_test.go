package esltest

import (
	"testing"
	"time"
)

const wav = "/recordings/acme/a.wav"

func TestRecordings(t *testing.T) {
	const user = "1001@acme.test"
	phones := map[string][]Phone{user: {{Registered: true, AnswerAfter: time.Second, HangupAfter: 10 * time.Second}}, "busy@acme.test": {{Registered: true, Busy: true}}}
	at := map[string]string{"execute_on_answer_switchyard": "record_session " + wav, "RECORD_BRIDGE_REQ": "true", "RECORD_STEREO": "true"}
	for name, c := range map[string]struct {
		variables   map[string]string
		script      func(s *server)
		length      time.Duration
		masked      time.Duration
		none        bool // nothing was begun
		cause, size string
		early       bool
	}{
		"from the answer on": {variables: at, length: 10 * time.Second, cause: "success-silence", size: "320044", script: func(s *server) {
			s.exec("bridge", "user/"+user)
		}},
		"two conversations": {variables: at, length: 20 * time.Second, cause: "success-silence", size: "640044", script: func(s *server) {
			s.exec("bridge", "user/"+user)
			s.wait(time.Minute)
			s.exec("bridge", "user/"+user)
		}},
		"masked": {variables: at, length: 10 * time.Second, masked: 3 * time.Second, cause: "success-silence", size: "320044", script: func(s *server) {
			bridge := s.send("bridge", "user/"+user)
			s.event("CHANNEL_BRIDGE")
			s.wait(time.Second)
			if r := s.api("uuid_record " + id + " mask " + wav); r != "+OK Success" {
				t.Error(r)
			}
			s.wait(3 * time.Second)
			s.api("uuid_record " + id + " unmask " + wav)
			if r := s.api("uuid_record " + id + " mask /other.wav"); r[:4] != "-ERR" {
				t.Error(r)
			}
			s.completed(bridge)
		}},
		"nobody answers": {variables: at, none: true, script: func(s *server) { s.exec("bridge", "user/busy@acme.test") }},
		"answered before, nobody answers": {variables: map[string]string{"RECORD_BRIDGE_REQ": "true"}, cause: "empty-file", size: "44", script: func(s *server) {
			s.exec("answer", "")
			s.exec("record_session", wav)
			s.exec("bridge", "user/busy@acme.test")
		}},
		"all of it": {cause: "success-silence", size: "80044", length: 5 * time.Second, script: func(s *server) {
			s.exec("answer", "")
			s.exec("record_session", wav)
			s.wait(5 * time.Second)
			s.exec("stop_record_session", wav)
			s.wait(time.Minute)
		}},
		"not answered": {cause: "success-silence", size: "16044", length: time.Second, early: true, script: func(s *server) {
			s.exec("record_session", wav)
			s.wait(time.Second)
			s.api("uuid_record " + id + " stop " + wav)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			call := alice
			call.Variables = map[string]string{"continue_on_fail": "true", "hangup_after_bridge": "false"}
			for k, v := range c.variables {
				call.Variables[k] = v
			}
			res := place(t, &Switch{Phones: phones}, call, func(s *server) {
				s.begin()
				c.script(s)
				s.hangup(id)
			})
			if res.EarlyMedia != c.early {
				t.Errorf("early media: %v", res.EarlyMedia)
			}
			if c.none {
				if len(res.Recordings) != 0 || res.Variables["record_samples"] != "" {
					t.Errorf("%+v", res.Recordings)
				}
				return
			}
			r := res.Recordings[0]
			if !near(r.Length, c.length) || !near(r.Masked, c.masked) || r.Path != wav || r.Failed {
				t.Errorf("%+v", r)
			}
			if v := res.Variables; v["record_completion_cause"] != c.cause || c.length == 0 && v["RECORD_DISCARDED"] != "true" || r.Length == c.length && v["record_file_size"] != c.size {
				t.Errorf("%s, %s bytes, discarded %q", v["record_completion_cause"], v["record_file_size"], v["RECORD_DISCARDED"])
			}
		})
	}
}

func TestRecordingWhereNothingCanBeWritten(t *testing.T) {
	res := place(t, &Switch{ReadOnly: []string{"/recordings/"}}, alice, func(s *server) {
		s.begin()
		s.exec("answer", "")
		f := s.exec("record_session", wav)
		if got := f.Header("variable_record_completion_cause"); got != "uri-failure" {
			t.Errorf("cause %q", got)
		}
		s.hangup(id)
	})
	if r := res.Recordings[0]; !r.Failed || r.Length != 0 || res.Variables["record_samples"] != "" {
		t.Errorf("%+v", r)
	}
}
