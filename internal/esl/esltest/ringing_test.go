package esltest

import (
	"slices"
	"testing"
	"time"
)

const (
	prompt = "group_confirm_file=file_string://a.wav!b.wav,group_confirm_key=1,group_confirm_timeout=4"
	tone   = "%(1000,4000,425)"
)

// How legs that must be accepted, delayed or limited end.
func TestLegLimitsAndConfirming(t *testing.T) {
	sw := &Switch{
		Files: map[string]time.Duration{"a.wav": time.Second},
		Phones: map[string][]Phone{
			"accepts@a.test": {{Registered: true, AnswerAfter: time.Second, Presses: []Key{{500 * time.Millisecond, '5'}, {2 * time.Second, '1'}}}},
			"ignores@a.test": {{Registered: true, AnswerAfter: time.Second, Presses: []Key{{time.Second, '2'}}}},
			"refuses@a.test": {{Registered: true, AnswerAfter: time.Second, HangupAfter: time.Second}},
			"never@a.test":   {{Registered: true, NeverAnswers: true}},
			"answers@a.test": {{Registered: true, AnswerAfter: 3 * time.Second}},
			"busy@a.test":    {{Registered: true, AnswerAfter: 100 * time.Millisecond, Busy: true}},
			"dead@a.test":    {{Registered: true, AnswerAfter: 100 * time.Millisecond, SIPCode: 503}},
			"away@a.test":    {},
			"gateway/silent": {{NeverAnswers: true, RingAfter: time.Hour}},
		},
	}
	const fussy = "{originate_timeout=3,fail_on_single_reject=USER_BUSY|CALL_REJECTED}"
	for name, c := range map[string]struct {
		dial, disposition string
		legs              []string // causes
		took              time.Duration
	}{
		"accepted":                          {"[" + prompt + "]user/accepts@a.test", "SUCCESS", []string{"NORMAL_CLEARING"}, 3 * time.Second},
		"accepted, another rings":           {"[" + prompt + "]user/accepts@a.test,user/never@a.test", "SUCCESS", []string{"NORMAL_CLEARING", "LOSE_RACE"}, 3 * time.Second},
		"not accepted, another answers":     {"[" + prompt + "]user/ignores@a.test,user/answers@a.test", "SUCCESS", []string{"LOSE_RACE", "NORMAL_CLEARING"}, 3 * time.Second},
		"not accepted":                      {"[" + prompt + "]user/ignores@a.test", "ALLOTTED_TIMEOUT", []string{"ALLOTTED_TIMEOUT"}, 6 * time.Second},
		"no time to accept":                 {"[" + prompt + ",group_confirm_timeout=0]user/ignores@a.test,[leg_timeout=2]user/never@a.test", "NO_ANSWER", []string{"NO_ANSWER", "ALLOTTED_TIMEOUT"}, 60 * time.Second},
		"refused":                           {"[" + prompt + "]user/refuses@a.test", "NORMAL_CLEARING", []string{"NORMAL_CLEARING"}, 2 * time.Second},
		"no prompt":                         {"[group_confirm_file=none.wav,group_confirm_key=1]user/accepts@a.test", "DESTINATION_OUT_OF_ORDER", []string{"DESTINATION_OUT_OF_ORDER"}, time.Second},
		"no sign of life":                   {"[leg_progress_timeout=2]sofia/gateway/silent/+1", "PROGRESS_TIMEOUT", []string{"PROGRESS_TIMEOUT"}, 3 * time.Second},
		"rings, so progress counts no more": {"[leg_progress_timeout=2,leg_timeout=5]user/never@a.test", "ALLOTTED_TIMEOUT", []string{"ALLOTTED_TIMEOUT"}, 6 * time.Second},
		"later":                             {"[leg_timeout=5]user/never@a.test,[leg_delay_start=2,leg_timeout=1]user/never@a.test", "ALLOTTED_TIMEOUT", []string{"ALLOTTED_TIMEOUT", "ALLOTTED_TIMEOUT"}, 6 * time.Second},
		"brought forward":                   {"user/busy@a.test,[leg_delay_start=30,leg_timeout=2]user/never@a.test", "USER_BUSY", []string{"USER_BUSY", "ALLOTTED_TIMEOUT"}, 3 * time.Second},
		"a reject ends it":                  {fussy + "user/busy@a.test,user/never@a.test", "NO_ANSWER", []string{"USER_BUSY", "NO_ANSWER"}, 140 * time.Millisecond},
		"a dead phone does not":             {fussy + "user/dead@a.test,user/away@a.test,[leg_timeout=5]user/never@a.test", "NORMAL_TEMPORARY_FAILURE", []string{"NORMAL_TEMPORARY_FAILURE", "ALLOTTED_TIMEOUT"}, 6 * time.Second},
		"nobody there ends it":              {"{fail_on_single_reject=true}user/away@a.test,user/never@a.test", "USER_NOT_REGISTERED", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			res := place(t, sw, alice, func(s *server) {
				s.begin()
				s.api("uuid_setvar " + id + " continue_on_fail true")
				began := time.Now()
				bridge := s.send("bridge", c.dial)
				f := s.await("the bridge", func(f Frame) bool {
					return f.Header("Event-Name") == "CHANNEL_BRIDGE" || f.Header("Application-UUID") == bridge && f.Header("Event-Name") == "CHANNEL_EXECUTE_COMPLETE"
				})
				if got := f.Header("variable_originate_disposition"); got != c.disposition {
					t.Errorf("disposition %s, want %s", got, c.disposition)
				}
				if took := time.Since(began); took < c.took-100*time.Millisecond || took > c.took+100*time.Millisecond {
					t.Errorf("took %v, want %v", took, c.took)
				}
				s.hangup(id)
			})
			var causes []string
			for _, l := range res.Legs {
				causes = append(causes, l.Cause)
			}
			if !slices.Equal(causes, c.legs) {
				t.Errorf("legs %q, want %q", causes, c.legs)
			}
		})
	}
}

// The caller's key ends the ringing only while the caller hears something.
func TestExitKey(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, NeverAnswers: true}}, agents2: {{Registered: true, NeverAnswers: true}}}}
	const two = "user/" + agents + ",user/" + agents2
	for name, c := range map[string]struct {
		variables         map[string]string
		dial, disposition string
		heard             []string
	}{
		"one":           {map[string]string{"origination_cancel_key": "*", "ringback": tone}, "[leg_timeout=5]user/" + agents, "NO_ANSWER", []string{tone}},
		"a group":       {map[string]string{"origination_cancel_key": "*", "ringback": tone, "instant_ringback": "true"}, two, "LOSE_RACE", []string{tone}},
		"another key":   {map[string]string{"origination_cancel_key": "#", "ringback": tone}, "[leg_timeout=5]user/" + agents, "ALLOTTED_TIMEOUT", []string{tone}},
		"no key":        {map[string]string{"ringback": tone}, "[leg_timeout=5]user/" + agents, "ALLOTTED_TIMEOUT", []string{tone}},
		"nothing heard": {map[string]string{"origination_cancel_key": "*"}, "[leg_timeout=5]user/" + agents, "ALLOTTED_TIMEOUT", nil},
	} {
		t.Run(name, func(t *testing.T) {
			call := alice
			call.Variables, call.Presses = c.variables, []Key{{time.Second, '5'}, {2 * time.Second, '*'}}
			call.Variables["continue_on_fail"] = "true"
			res := place(t, sw, call, func(s *server) {
				s.begin()
				if got := s.exec("bridge", c.dial).Header("variable_originate_disposition"); got != c.disposition {
					t.Errorf("disposition %s, want %s", got, c.disposition)
				}
				s.hangup(id)
			})
			if !slices.Equal(res.Heard, c.heard) || res.Ringing == (c.heard != nil) || res.EarlyMedia != (c.heard != nil) {
				t.Errorf("heard %q, 180 %v, 183 %v", res.Heard, res.Ringing, res.EarlyMedia)
			}
		})
	}
}

func TestRingbackOfAnAnsweredCaller(t *testing.T) {
	call := alice
	call.Variables = map[string]string{"ringback": tone, "transfer_ringback": "local_stream://moh", "continue_on_fail": "true"}
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, NeverAnswers: true}}}}
	res := place(t, sw, call, func(s *server) {
		s.begin()
		s.exec("answer", "")
		s.exec("bridge", "[leg_timeout=2]user/"+agents)
		s.exec("bridge", "[leg_timeout=2]user/"+agents)
		s.hangup(id)
	})
	if want := []string{"local_stream://moh", "local_stream://moh"}; !slices.Equal(res.Heard, want) {
		t.Errorf("heard %q, want %q", res.Heard, want)
	}
}

// What a called phone is shown, and the number by which events name it.
func TestWhatALegShows(t *testing.T) {
	call := alice
	call.Headers = map[string]string{"X-Foo": "evil", "Diversion": "<sip:1@evil>", "History-Info": "<sip:2@evil>"}
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, HangupAfter: time.Second}}}}
	for name, c := range map[string]struct {
		set, dial, name, number, callee string
		headers                         map[string]string
	}{
		"as it came": {"", "user/" + agents, "Alice", "+15550001111", "1001", map[string]string{"X-Foo": "evil", "Diversion": "<sip:1@evil>"}},
		"ours":       {"sip_copy_custom_headers=false;effective_caller_id_name=VIP", "{sip_h_Alert-Info=<http://a>}[sip_h_Diversion=<sip:3@ours>]user/" + agents, "VIP", "+15550001111", "1001", map[string]string{"Alert-Info": "<http://a>", "Diversion": "<sip:3@ours>"}},
		"its own":    {"sip_copy_custom_headers=false;effective_caller_id_number=1", "[origination_caller_id_number=2,origination_caller_id_name=B,origination_callee_id_number=77]user/" + agents, "B", "2", "77", map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			res := place(t, sw, call, func(s *server) {
				s.begin()
				s.api("uuid_setvar_multi " + id + " a=b;" + c.set)
				s.send("bridge", c.dial)
				if got := s.event("CHANNEL_BRIDGE").Header("Other-Leg-Callee-ID-Number"); got != c.callee {
					t.Errorf("callee %s, want %s", got, c.callee)
				}
				s.hangup(id)
			})
			l := res.Legs[0]
			if l.CallerName != c.name || l.CallerNumber != c.number || len(l.Headers) != len(c.headers) {
				t.Errorf("%+v", l)
			}
			for header, want := range c.headers {
				if l.Headers[header] != want {
					t.Errorf("%s: %q, want %q", header, l.Headers[header], want)
				}
			}
		})
	}
}

// A user's phones can be called one by one, at their addresses.
func TestContactsAreCalledByAddress(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, NeverAnswers: true}, {Registered: true, AnswerAfter: time.Second, HangupAfter: time.Second}}}}
	res := place(t, sw, alice, func(s *server) {
		s.begin()
		if got, want := s.api("sofia_contact */"+agents), "sofia/internal/sip:1001@127.0.0.1:6200,sofia/internal/sip:1001@127.0.0.1:6201"; got != want {
			t.Errorf("contacts %s, want %s", got, want)
		}
		s.exec("bridge", "[presence_id="+agents+"]sofia/internal/sip:1001@127.0.0.1:6200,[presence_id="+agents+"]sofia/internal/sip:1001@127.0.0.1:6201")
		s.hangup(id)
	})
	if len(res.Legs) != 2 || res.Legs[0].Answered || !res.Legs[1].Answered {
		t.Errorf("%+v", res.Legs)
	}
}
