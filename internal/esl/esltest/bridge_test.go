package esltest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const agents = "1001@a.test"

// One failing target: what the bridge completes with, and what the caller
// gets when nothing says to go on.
func TestBridgeFailures(t *testing.T) {
	phones := map[string][]Phone{
		"busy@a.test":      {{Registered: true, Busy: true}},
		"declines@a.test":  {{Registered: true, Decline: true}},
		"away@a.test":      {{Registered: false}},
		"never@a.test":     {{Registered: true, NeverAnswers: true}},
		"gone@a.test":      {{Registered: true, SIPCode: 480}},
		"redirect@a.test":  {{Registered: true, RedirectTo: "1"}},
		"gateway/a":        {{SIPCode: 503}},
		"gateway/a/+1":     {{SIPCode: 404}},
		"gateway/down":     {{Down: true}},
		"9@10.0.0.5:5060":  {{SIPCode: 500, AnswerAfter: time.Second}},
		"two@a.test":       {{Registered: true, Busy: true, AnswerAfter: time.Second}, {Registered: true, SIPCode: 404}},
		"confirmed@a.test": {{Registered: true, Presses: []Key{{time.Second, '2'}}}},
	}
	for _, c := range []struct {
		dial, disposition, proto string
		goesOn                   bool // without continue_on_fail
	}{
		{"user/busy@a.test", "USER_BUSY", "sip:486", false},
		{"user/declines@a.test", "CALL_REJECTED", "sip:603", false},
		{"user/away@a.test", "USER_NOT_REGISTERED", "", false},
		{"user/nobody@a.test", "SUBSCRIBER_ABSENT", "", false},
		{"{originate_timeout=5}user/never@a.test", "NO_ANSWER", "", true},
		{"[leg_timeout=5]user/never@a.test", "ALLOTTED_TIMEOUT", "", false},
		{"user/gone@a.test", "NO_USER_RESPONSE", "sip:480", true},
		{"{outbound_redirect_fatal=true}user/redirect@a.test", "REQUESTED_CHAN_UNAVAIL", "sip:302", false},
		{"sofia/gateway/a/+2", "NORMAL_TEMPORARY_FAILURE", "sip:503", false},
		{"sofia/gateway/a/+1", "UNALLOCATED_NUMBER", "sip:404", false},
		{"sofia/gateway/down/+1", "GATEWAY_DOWN", "", false},
		{"sofia/gateway/none/+1", "INVALID_GATEWAY", "", false},
		{"sofia/external/9@10.0.0.5:5060", "NORMAL_TEMPORARY_FAILURE", "sip:500", false},
		{"sofia/external/9@10.0.0.6", "NORMAL_TEMPORARY_FAILURE", "sip:503", false},
		{"{fail_on_single_reject=true}user/busy@a.test,user/never@a.test", "NO_ANSWER", "sip:486", true},
		{"error/call_rejected", "CALL_REJECTED", "", false},
		{"{group_confirm_key=1,group_confirm_file=f.wav,originate_timeout=5}user/confirmed@a.test", "NO_ANSWER", "", true},
	} {
		t.Run(c.dial, func(t *testing.T) {
			for _, goOn := range []bool{true, false} {
				res := place(t, &Switch{Phones: phones, Files: map[string]time.Duration{"f.wav": 2 * time.Second}}, alice, func(s *server) {
					s.begin()
					if goOn {
						s.api("uuid_setvar " + id + " continue_on_fail true")
					}
					f := s.exec("bridge", c.dial)
					if got := f.Header("variable_originate_disposition"); got != c.disposition {
						t.Errorf("disposition %s, want %s", got, c.disposition)
					}
					if got := f.Header("variable_originate_failed_cause"); got != c.disposition {
						t.Errorf("failed cause %s", got)
					}
					if got := f.Header("variable_last_bridge_proto_specific_hangup_cause"); got != c.proto {
						t.Errorf("proto cause %q, want %q", got, c.proto)
					}
					if up := f.Header("Answer-State") != "hangup"; up != (goOn || c.goesOn) {
						t.Errorf("caller up: %v, continue_on_fail: %v", up, goOn)
					}
					s.hangup(id)
				})
				if res.Answered {
					t.Error("the caller was answered")
				}
			}
		})
	}
}

func TestContinueOnFailLists(t *testing.T) {
	for list, up := range map[string]bool{"USER_BUSY,NO_ANSWER": true, "17": true, "CALL_REJECTED": false} {
		c := alice
		c.Variables = map[string]string{"continue_on_fail": list}
		sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, Busy: true}}}}
		place(t, sw, c, func(s *server) {
			s.begin()
			f := s.exec("bridge", "user/"+agents)
			if got := f.Header("Answer-State") != "hangup"; got != up {
				t.Errorf("%s: caller up: %v", list, got)
			}
			s.hangup(id)
		})
	}
}

func TestRingGroupHasOneWinner(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{
		"1001@a.test": {{Registered: true, AnswerAfter: 3 * time.Second}, {Registered: false}, {Registered: true, AnswerAfter: 2 * time.Second}},
		"1002@a.test": {{Registered: true, Busy: true}},
		"1003@a.test": {{Registered: true, NeverAnswers: true}},
	}}
	for _, c := range []struct {
		dial           string
		causes, legs   int // entries of originate_causes and originated_legs
		at             time.Duration
		won, lost      int // in Result.Legs
		none, loseRace int // entries
	}{
		// Alone, a user's phones all ring; together with others only the first does.
		{"user/1001@a.test", 3, 3, 2080 * time.Millisecond, 1, 0, 2, 1},
		{"user/1001@a.test,user/1002@a.test,user/1003@a.test", 3, 6, 3040 * time.Millisecond, 0, 2, 1, 1},
	} {
		res := place(t, sw, alice, func(s *server) {
			s.begin()
			s.send("bridge", c.dial)
			f := s.event("CHANNEL_BRIDGE")
			causes, won := f.Header("variable_originate_causes"), f.Header("Other-Leg-Unique-ID")
			if strings.Count(causes, ";") != c.causes || strings.Count(causes, won+";NONE") != c.none || strings.Count(causes, ";LOSE_RACE") != c.loseRace {
				t.Errorf("%s: causes %s", c.dial, causes)
			}
			if legs := f.Header("variable_originated_legs"); strings.Count(legs, ";Outbound Call;") != c.legs {
				t.Errorf("%s: legs %s", c.dial, legs)
			}
			if !near(f.At, c.at) {
				t.Errorf("%s: bridged at %v", c.dial, f.At)
			}
			s.hangup(id)
		})
		won, lost := res.Legs[c.won], res.Legs[c.lost]
		if !won.Answered || won.Elsewhere || lost.Cause != "LOSE_RACE" || !lost.Elsewhere {
			t.Errorf("%s: legs %+v", c.dial, res.Legs)
		}
	}
}

func TestSerialGoesOnAfterFailure(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{
		"1001@a.test": {{Registered: true, NeverAnswers: true}},
		agents2:       {{Registered: true, AnswerAfter: time.Second}},
	}}
	for dial, reached := range map[string]bool{
		"[leg_timeout=3]user/1001@a.test|user/" + agents2:       true,
		"{originate_timeout=3}user/1001@a.test|user/" + agents2: false, // one limit for the whole bridge
	} {
		res := place(t, sw, alice, func(s *server) {
			s.begin()
			s.send("bridge", dial)
			s.await("an end", func(f Frame) bool {
				n := f.Header("Event-Name")
				return n == "CHANNEL_BRIDGE" || n == "CHANNEL_EXECUTE_COMPLETE"
			})
			s.hangup(id)
		})
		if res.Answered != reached {
			t.Errorf("%s: answered %v", dial, res.Answered)
		}
	}
}

const agents2 = "1002@a.test"

// Limits are counted in the seconds of the clock: a limit of n may end up to
// a second early. The bubble's clock begins on a full second.
func TestOriginateTimeoutIsCutToTheClock(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, NeverAnswers: true}}}}
	place(t, sw, alice, func(s *server) {
		s.begin()
		s.exec("sleep", "700")
		began := time.Now()
		s.exec("bridge", "{originate_timeout=2}user/"+agents)
		if d := time.Since(began); d > 1400*time.Millisecond || d < time.Second {
			t.Errorf("rang %v", d)
		}
		s.hangup(id)
	})
}

func TestHangupAfterBridge(t *testing.T) {
	for set, ends := range map[string]bool{"true": true, "false": false, "": false} {
		c := alice
		c.Variables = map[string]string{"hangup_after_bridge": set}
		sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, HangupAfter: 2 * time.Second}}}}
		res := place(t, sw, c, func(s *server) {
			s.begin()
			f := s.exec("bridge", "user/"+agents)
			if got := f.Header("Answer-State") == "hangup"; got != ends {
				t.Errorf("hangup_after_bridge=%s: hung up %v", set, got)
			}
			for name, want := range map[string]string{"bridge_hangup_cause": "NORMAL_CLEARING",
				"last_bridge_proto_specific_hangup_cause": "sip:200", "last_bridge_to": f.Header("Other-Leg-Unique-ID")} {
				if got := f.Header("variable_" + name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			s.hangup(id)
		})
		if i := slices.Index(res.Events, "CHANNEL_UNBRIDGE"); i < 0 {
			t.Errorf("events %q", res.Events)
		}
	}
}

func TestEarlyMedia(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, EarlyMedia: true, Busy: true, AnswerAfter: 5 * time.Second}}}}
	t.Run("passed on", func(t *testing.T) {
		res := place(t, sw, alice, func(s *server) {
			s.begin()
			s.send("bridge", "user/"+agents)
			if f := s.event("CHANNEL_BRIDGE"); f.Header("Answer-State") != "early" || f.Header("variable_originate_disposition") != "SUCCESS" {
				t.Errorf("%s %s", f.Header("Answer-State"), f.Header("variable_originate_disposition"))
			}
			s.event("CHANNEL_UNBRIDGE")
		})
		if res.SIPStatus != 486 || !res.EarlyMedia || res.Answered {
			t.Errorf("%+v", res)
		}
	})
	t.Run("ignored", func(t *testing.T) {
		res := place(t, sw, alice, func(s *server) {
			s.begin()
			s.exec("bridge", "{ignore_early_media=true}user/"+agents)
			s.hangup(id)
		})
		if res.EarlyMedia || res.Ringing || res.FinalCause != "USER_BUSY" {
			t.Errorf("%+v", res)
		}
	})
}

func TestCallerCancelsWhileItRings(t *testing.T) {
	c := alice
	c.HangupAfter = 4 * time.Second
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, NeverAnswers: true}}}}
	res := place(t, sw, c, func(s *server) {
		s.begin()
		f := s.exec("bridge", "user/"+agents)
		if f.Header("variable_originate_disposition") != "ORIGINATOR_CANCEL" || f.Header("Hangup-Cause") != "ORIGINATOR_CANCEL" {
			t.Errorf("%s", f.Header("variable_originate_disposition"))
		}
	})
	if res.Legs[0].Cause != "ORIGINATOR_CANCEL" || !res.Legs[0].Rang || !res.Ringing {
		t.Errorf("%+v", res.Legs)
	}
}

func TestKillingALegWithdrawsTheOffer(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, NeverAnswers: true}}}}
	place(t, sw, alice, func(s *server) {
		s.begin()
		s.api("uuid_setvar " + id + " continue_on_fail true")
		bridge := s.send("bridge", "{origination_uuid=leg1}user/"+agents)
		s.event("CHANNEL_PROGRESS")
		s.api("uuid_break " + id + " all") // does nothing to a ringing bridge
		s.wait(time.Second)
		if r := s.api("uuid_kill leg1 PICKED_OFF"); r != "+OK" {
			t.Error(r)
		}
		if f := s.completed(bridge); f.Header("variable_originate_disposition") != "PICKED_OFF" {
			t.Error(f.Header("variable_originate_disposition"))
		}
		s.hangup(id)
	})
}

// A 302 that is not fatal sends the caller himself through the dialplan.
func TestRedirectMovesTheCaller(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, RedirectTo: "900555"}}}}
	res := place(t, sw, alice,
		func(s *server) {
			s.begin()
			f := s.exec("bridge", "user/"+agents)
			if f.Header("variable_originate_disposition") != "ORIGINATOR_CANCEL" || f.Header("Answer-State") != "ringing" {
				t.Errorf("%s %s", f.Header("variable_originate_disposition"), f.Header("Answer-State"))
			}
		},
		func(s *server) {
			s.write("connect\n\n")
			if f := s.await("reply", func(Frame) bool { return true }); f.Header("Caller-Destination-Number") != "900555" {
				t.Error(f.Header("Caller-Destination-Number"))
			}
			s.hangup(id)
		})
	if res.Connections != 2 {
		t.Error(res.Connections)
	}
}

func TestLegVariables(t *testing.T) {
	c := alice
	sw := &Switch{Phones: map[string][]Phone{agents: {{Registered: true, HangupAfter: time.Second}}}}
	res := place(t, sw, c, func(s *server) {
		s.begin()
		s.exec("export", "nolocal:tag=x")
		s.exec("bridge", `{a=1,b='two,three',c=four\,five}[a=6,^^:no]user/`+agents)
		s.hangup(id)
	})
	want := map[string]string{"tag": "x", "a": "6", "b": "two,three", "c": "four,five"}
	for k, v := range want {
		if got := res.Legs[0].Variables[k]; got != v {
			t.Errorf("%s = %q, want %q", k, got, v)
		}
	}
	if res.Variables["tag"] != "" {
		t.Error("nolocal variable is on the caller")
	}
}

func FuzzParseDialString(f *testing.F) {
	f.Add("{a=b,c='d'}[e=f]user/1@x,user/2@x|sofia/gateway/g/1")
	f.Add("{^^:a=b:c=d}x")
	f.Fuzz(func(t *testing.T, s string) {
		for _, group := range parseDialString(s).groups {
			for _, target := range group {
				if target.dest == "" {
					t.Error("empty target")
				}
			}
		}
	})
}
