package esltest

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// While a locked application runs every message waits, hang-up included;
// uuid_kill does not.
func TestLockedApplicationHoldsMessagesBack(t *testing.T) {
	place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		s.exec("answer", "")
		s.send("playback", "silence_stream://-1")
		s.event("CHANNEL_EXECUTE")
		if r := s.do("sendmsg\ncall-command: hangup"); r != "+OK" {
			t.Error(r)
		}
		began := time.Now()
		s.wait(10 * time.Second)
		if r := s.api("uuid_kill " + id + " USER_BUSY"); r != "+OK" {
			t.Error(r)
		}
		f := s.event("CHANNEL_HANGUP")
		if f.Header("Hangup-Cause") != "USER_BUSY" || time.Since(began) < 10*time.Second {
			t.Errorf("hung up with %s after %v", f.Header("Hangup-Cause"), time.Since(began))
		}
	})
}

func TestUnlockedMessageRunsInsideTheRunningApplication(t *testing.T) {
	sw := &Switch{Phones: map[string][]Phone{"1001@a.test": {{Registered: true, HangupAfter: time.Second}}}}
	res := place(t, sw, alice, func(s *server) {
		s.begin()
		s.exec("answer", "")
		s.message("playback", "silence_stream://5000", "")
		s.message("bridge", "user/1001@a.test", "")
		s.event("CHANNEL_UNBRIDGE")
		s.event("CHANNEL_EXECUTE_COMPLETE")
		f := s.event("CHANNEL_EXECUTE_COMPLETE")
		if f.Header("Application") != "playback" || !near(f.At, 5060*time.Millisecond) {
			t.Errorf("%s ended at %v", f.Header("Application"), f.At)
		}
		s.write("sendmsg\ncall-command: hangup\n\n")
	})
	i := slices.Index(res.Events, "CHANNEL_EXECUTE_COMPLETE bridge")
	j := slices.Index(res.Events, "CHANNEL_EXECUTE_COMPLETE playback")
	if i < 0 || j < i {
		t.Errorf("bridge ended at %d, playback at %d of %q", i, j, res.Events)
	}
}

func TestUnknownApplicationEndsTheCall(t *testing.T) {
	res := place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		s.send("nosuchapp", "")
	})
	if res.FinalCause != "DESTINATION_OUT_OF_ORDER" || res.SIPStatus != 502 || slices.Contains(res.Events, "CHANNEL_EXECUTE nosuchapp") {
		t.Errorf("%s %d %q", res.FinalCause, res.SIPStatus, res.Events)
	}
}

func TestEndingBeforeAnswer(t *testing.T) {
	for cause, status := range map[string]int{
		"NORMAL_CLEARING": 480, "USER_BUSY": 486, "CALL_REJECTED": 603, "UNALLOCATED_NUMBER": 404,
		"NO_ANSWER": 480, "OUTGOING_CALL_BARRED": 403, "EXCHANGE_ROUTING_ERROR": 483, "SERVICE_UNAVAILABLE": 480,
	} {
		res := place(t, &Switch{}, alice, func(s *server) {
			s.begin()
			s.send("hangup", cause)
		})
		if res.SIPStatus != status || res.FinalCause != cause || res.Answered {
			t.Errorf("%s: status %d cause %s", cause, res.SIPStatus, res.FinalCause)
		}
	}
}

func TestRespondSendsExactlyThat(t *testing.T) {
	res := place(t, &Switch{}, alice, func(s *server) {
		s.begin()
		s.exec("respond", "302 Moved") // no final answer, as measured
		s.send("respond", "403 Not you")
	})
	if res.SIPStatus != 403 {
		t.Errorf("status %d", res.SIPStatus)
	}
}

func TestCallerGoesBeforeAnswer(t *testing.T) {
	c := alice
	c.HangupAfter = 300 * time.Millisecond
	res := place(t, &Switch{}, c, func(s *server) {
		s.begin()
		if f := s.event("CHANNEL_HANGUP"); !near(f.At, c.HangupAfter) || f.Header("variable_sip_hangup_disposition") != "recv_cancel" {
			t.Errorf("at %v, %s", f.At, f.Header("variable_sip_hangup_disposition"))
		}
	})
	if res.FinalCause != "ORIGINATOR_CANCEL" || res.SIPStatus != 487 || res.Duration != c.HangupAfter {
		t.Errorf("%s %d %v", res.FinalCause, res.SIPStatus, res.Duration)
	}
}

func TestTenMinutesOfConversation(t *testing.T) {
	c := alice
	c.HangupAfterAnswer = 10 * time.Minute
	sw := &Switch{Phones: map[string][]Phone{"gateway/carrier-a": {{RingAfter: time.Second, AnswerAfter: 5 * time.Second}}}}
	var billed string
	res := place(t, sw, c, func(s *server) {
		s.begin()
		s.send("bridge", "sofia/gateway/carrier-a/+13055550100")
		f := s.event("CHANNEL_HANGUP_COMPLETE")
		billed = f.Header("variable_billsec")
	})
	if billed != "600" || !res.Answered || !res.Ringing || res.SIPStatus != 200 || res.FinalCause != "NORMAL_CLEARING" {
		t.Errorf("billsec %s, %+v", billed, res)
	}
	if l := res.Legs; len(l) != 1 || !l[0].Answered || !l[0].Rang || l[0].Target != "sofia/gateway/carrier-a/+13055550100" {
		t.Errorf("legs %+v", l)
	}
}

func TestLinger(t *testing.T) {
	for _, c := range []struct {
		name, command string
		disposition   string
		closes        time.Duration // after the hang-up, if the server does nothing
	}{
		{"linger 5", "linger 5", "linger", 6 * time.Second},
		{"no linger", "nolinger", "disconnect", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			place(t, &Switch{}, alice, func(s *server) {
				for _, cmd := range []string{"connect", c.command, "myevents"} {
					s.do(cmd)
				}
				s.exec("answer", "")
				s.wait(500 * time.Millisecond)
				s.hangup(id)
				down := time.Now()
				f := s.await("notice", func(f Frame) bool { return f.Header("Content-Type") == "text/disconnect-notice" })
				if d := f.Header("Content-Disposition"); d != c.disposition {
					t.Errorf("disposition %s", d)
				}
				for range s.frames {
				}
				if after := time.Since(down); after > c.closes || after < c.closes-time.Second {
					t.Errorf("closed after %v, want up to %v", after, c.closes)
				}
			})
		})
	}
}

// A server that never says connect loses its connection after 25 s; the
// caller stays parked until he gives up.
func TestServerThatNeverConnects(t *testing.T) {
	c := alice
	c.HangupAfter = time.Minute
	res := place(t, &Switch{}, c, func(s *server) {
		for range s.frames {
		}
		if !near(time.Since(s.begun), 25*time.Second) {
			t.Errorf("closed after %v", time.Since(s.begun))
		}
	})
	if res.FinalCause != "ORIGINATOR_CANCEL" || !near(res.Duration, time.Minute) {
		t.Errorf("%s after %v", res.FinalCause, res.Duration)
	}
}

// A server that dies during a bridge cuts nobody off: the conversation goes
// on, and the next socket action gets the call with its variables.
func TestServerDiesAndAnotherTakesOver(t *testing.T) {
	sw := &Switch{SocketActions: 2, Phones: map[string][]Phone{"1001@a.test": {{Registered: true, HangupAfter: 20 * time.Second}}}}
	res := place(t, sw, alice,
		func(s *server) {
			s.begin()
			s.exec("set", "switchyard_step=3")
			s.send("bridge", "user/1001@a.test")
			s.event("CHANNEL_BRIDGE")
			s.conn.Close()
		},
		func(s *server) {
			if at := time.Since(s.begun); at != 0 {
				t.Error(at)
			}
			s.write("connect\n\n")
			f := s.await("reply", func(Frame) bool { return true })
			if f.Header("Unique-ID") != id || f.Header("variable_switchyard_step") != "3" || f.Header("Answer-State") != "answered" {
				t.Errorf("second connection: %s", f.Text)
			}
			s.hangup(id)
		})
	if res.Connections != 2 || res.Duration < 20*time.Second {
		t.Errorf("%d connections, %v", res.Connections, res.Duration)
	}
}

// uuid_transfer ends the session by EXECUTE_COMPLETE socket; the same call
// comes again on a second connection while the first goes on hearing it.
func TestTransferOpensASecondConnection(t *testing.T) {
	res := place(t, &Switch{}, alice,
		func(s *server) {
			s.begin()
			s.exec("answer", "")
			s.send("playback", "silence_stream://-1")
			s.event("CHANNEL_EXECUTE")
			if r := s.api("uuid_transfer " + id + " 5557 XML xfer"); r != "+OK" {
				t.Error(r)
			}
			f := s.event("CHANNEL_EXECUTE_COMPLETE")
			if f.Header("Application-Response") != "PLAYBACK ERROR" {
				t.Errorf("playback ended %s", f.Header("Application-Response"))
			}
			s.await("end of socket", func(f Frame) bool {
				return f.Header("Event-Name") == "CHANNEL_EXECUTE_COMPLETE" && f.Header("Application") == "socket"
			})
			s.event("CHANNEL_HANGUP_COMPLETE")
		},
		func(s *server) {
			s.write("connect\n\n")
			f := s.await("reply", func(Frame) bool { return true })
			for name, want := range map[string]string{"Caller-Destination-Number": "5557", "Caller-RDNIS": alice.To,
				"Caller-Context": "xfer", "Answer-State": "answered", "Unique-ID": id} {
				if got := f.Header(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			if !strings.Contains(f.Header("variable_transfer_history"), ":bl_xfer:5557/xfer/XML") {
				t.Errorf("history %q", f.Header("variable_transfer_history"))
			}
			s.hangup(id)
		})
	if res.Connections != 2 {
		t.Errorf("%d connections", res.Connections)
	}
}

// Closing the first connection ends the socket application of the second.
func TestClosingTheOldConnectionEndsTheNewSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connected := make(chan struct{})
		res := placeHere(t, &Switch{}, alice,
			func(s *server) {
				s.begin()
				s.exec("answer", "")
				s.api("uuid_transfer " + id + " 5557 XML xfer")
				<-connected
				s.wait(time.Second)
				s.conn.Close()
			},
			func(s *server) {
				s.begin()
				close(connected)
				s.event("CHANNEL_HANGUP_COMPLETE")
			})
		if !near(res.Duration, 1080*time.Millisecond) {
			t.Errorf("call ended after %v", res.Duration)
		}
	})
}

func TestServerThatCannotBeReached(t *testing.T) {
	refused := errors.New("refused")
	sw := &Switch{Dial: func(context.Context) (net.Conn, error) { return nil, refused }}
	res, err := sw.Place(t.Context(), alice)
	if !errors.Is(err, refused) || res.FinalCause != "NORMAL_CLEARING" {
		t.Errorf("%v, %+v", err, res)
	}
}

func TestContextEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		go func() {
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, "connect\n\nlinger\n\n")
			io.Copy(io.Discard, conn)
		}()
		_, err := (&Switch{Dial: l.Dial}).Place(ctx, alice)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestForgottenCallIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener()
		defer l.Close()
		go func() {
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, "connect\n\n")
			io.Copy(io.Discard, conn)
		}()
		_, err := (&Switch{Dial: l.Dial}).Place(t.Context(), alice)
		if !errors.Is(err, ErrStillUp) {
			t.Error(err)
		}
	})
}

// The same over a real socket and the real clock.
func TestOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	sw := &Switch{Dial: func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", l.Addr().String()) }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(t, l, []func(*server){func(s *server) {
			s.begin()
			if f := s.exec("playback", "tone_stream://%(100,0,440)"); f.Header("Application-Response") != "FILE PLAYED" {
				t.Errorf("playback: %s", f.Header("Application-Response"))
			}
			s.hangup(id)
			s.event("CHANNEL_HANGUP_COMPLETE")
			s.do("exit")
		}})
	}()
	res, err := sw.Place(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	<-done
	if res.FinalCause != "NORMAL_CLEARING" || !res.EarlyMedia || res.Answered {
		t.Errorf("%+v", res)
	}
}
