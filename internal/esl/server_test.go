package esl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchyard/dialplan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// channelData is a reply to connect as short as callOf accepts it.
const channelData = "Unique-ID: call-1\nCaller-Destination-Number: 1001\nContent-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n\n"

const replies = "Content-Type: command/reply\nReply-Text: +OK will linger 10 seconds\n\nContent-Type: command/reply\nReply-Text: +OK Events Enabled\n\nContent-Type: command/reply\nReply-Text: +OK events nixed\n\n"

func event(lines ...string) string {
	body := strings.Join(lines, "\n") + "\n\n"
	return "Content-Length: " + itoa(len(body)) + "\nContent-Type: text/event-plain\n\n" + body
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// serve starts s on loopback and gives its address; everything has ended when
// the test has.
func serve(t *testing.T, s *Server) string {
	t.Helper()
	s.EventBytes = 1 // these events are shorter than a switch's
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, 0) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func closedByPeer(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("not closed: %v", err)
	}
}

func TestBadPeersAreClosedCountedAndDisturbNobody(t *testing.T) {
	for name, c := range map[string]struct {
		send string
		hang bool // keep the connection open after sending
		want Refusal
	}{
		"garbage":           {send: "\x16\x03\x01\x02\n\n", hang: true, want: RefusedGarbage},
		"http":              {send: "GET / HTTP/1.1\r\n\r\n", hang: true, want: RefusedGarbage},
		"negative length":   {send: "Content-Length: -5\n\n", hang: true, want: RefusedGarbage},
		"huge length":       {send: "Content-Length: 999999999\n\n", hang: true, want: RefusedGarbage},
		"no call":           {send: "Content-Type: command/reply\n\n", hang: true, want: RefusedGarbage},
		"sync socket":       {send: strings.Replace(channelData, "async", "static", 1), hang: true, want: RefusedOptions},
		"limited socket":    {send: strings.Replace(channelData, "full", "limited", 1), hang: true, want: RefusedOptions},
		"half a frame":      {send: "Unique-ID: call", want: RefusedSilent},
		"nothing, closing":  {want: RefusedSilent},
		"nothing, hanging":  {hang: true, want: RefusedSilent},
		"one byte, hanging": {send: "U", hang: true, want: RefusedSilent},
	} {
		t.Run(name, func(t *testing.T) {
			refused := make(chan Refusal, 1)
			good, finish := make(chan string), make(chan struct{})
			address := serve(t, &Server{
				Greeting:  300 * time.Millisecond,
				OnRefusal: func(r Refusal) { refused <- r },
				Handle:    func(_ context.Context, s *Session) { good <- string(s.Call().ID); <-finish },
			})
			other := dial(t, address)
			send(t, other, channelData+replies)
			if id := <-good; id != "call-1" {
				t.Fatal(id)
			}
			bad := dial(t, address)
			send(t, bad, c.send)
			if c.hang {
				closedByPeer(t, bad)
			} else {
				bad.Close()
			}
			if got := <-refused; got != c.want {
				t.Errorf("refused as %s, want %s", got, c.want)
			}
			close(finish) // the good call was there all the time
			closedByPeer(t, other)
		})
	}
}

func TestPeersOutsideTheAllowListAreRefused(t *testing.T) {
	refused := make(chan Refusal, 1)
	address := serve(t, &Server{
		Allow:     []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		OnRefusal: func(r Refusal) { refused <- r },
		Handle:    func(context.Context, *Session) { t.Error("a call was taken") },
	})
	closedByPeer(t, dial(t, address))
	if got := <-refused; got != RefusedPeer {
		t.Error(got)
	}
}

func TestConnectionsAreCapped(t *testing.T) {
	refused, started, finish := make(chan Refusal, 1), make(chan struct{}), make(chan struct{})
	address := serve(t, &Server{
		MaxSessions: 1,
		OnRefusal:   func(r Refusal) { refused <- r },
		Handle:      func(context.Context, *Session) { started <- struct{}{}; <-finish },
	})
	first := dial(t, address)
	send(t, first, channelData+replies)
	<-started
	closedByPeer(t, dial(t, address))
	if got := <-refused; got != RefusedBusy {
		t.Error(got)
	}
	close(finish)
}

func TestAPanicEndsItsOwnCallOnly(t *testing.T) {
	calls := make(chan struct{}, 2)
	address := serve(t, &Server{Handle: func(context.Context, *Session) { calls <- struct{}{}; panic("a mistake") }})
	for range 2 {
		c := dial(t, address)
		send(t, c, channelData+replies)
		<-calls
		closedByPeer(t, c)
	}
}

// flaky is a listener whose first accepts fail.
type flaky struct {
	net.Listener
	mu    sync.Mutex
	fails int
}

func (f *flaky) Accept() (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fails > 0 {
		f.fails--
		return nil, errors.New("too many open files")
	}
	return f.Listener.Accept()
}

func TestAcceptErrorsDoNotEndTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	taken, done := make(chan struct{}), make(chan error, 1)
	s := &Server{Handle: func(context.Context, *Session) { close(taken) }}
	go func() { done <- s.Serve(ctx, &flaky{Listener: l, fails: 3}, time.Second) }()
	c := dial(t, l.Addr().String())
	send(t, c, channelData)
	<-taken
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// answer is an Action for tests of the session alone.
var answer = dialplan.Answer{}

// talk starts a session against a scripted switch: script gets the switch's
// end after the greeting, handle the session.
func talk(t *testing.T, script func(c net.Conn, r *bufio.Reader), handle func(ctx context.Context, s *Session)) {
	t.Helper()
	done := make(chan struct{})
	ids := 0
	address := serve(t, &Server{
		Linger: time.Second,
		NewID:  func() string { ids++; return "id-" + itoa(ids) },
		Handle: func(ctx context.Context, s *Session) { defer close(done); handle(ctx, s) },
	})
	c := dial(t, address)
	r := bufio.NewReader(c)
	send(t, c, channelData+replies)
	script(c, r)
	<-done
}

func readUntil(t *testing.T, r *bufio.Reader, what string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Errorf("waiting for %q: %v", what, err)
			return
		}
		if strings.Contains(line, what) {
			return
		}
	}
}

func TestExecuteWaitsForItsOwnCompletion(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "id-1")
		send(t, c, "Content-Type: command/reply\nReply-Text: +OK\n\n"+
			event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: set", "Application-UUID: other")+
			event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: answer", "Application-UUID: id-1", "variable_x: mine"))
	}, func(ctx context.Context, s *Session) {
		v, err := s.Execute(ctx, nil, answer)
		if err != nil || v.Variable("x") != "mine" {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestHangupEndsExecuteAtOnceAndFinishGetsTheLastWord(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "id-1")
		send(t, c, "Content-Type: command/reply\nReply-Text: +OK\n\n"+
			event("Event-Name: CHANNEL_HANGUP", "Hangup-Cause: ORIGINATOR_CANCEL")+
			"Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 0\n\n"+
			event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application-UUID: id-1")+
			event("Event-Name: CHANNEL_HANGUP_COMPLETE", "variable_hangup_cause: ORIGINATOR_CANCEL"))
		closedByPeer(t, c)
	}, func(ctx context.Context, s *Session) {
		if _, err := s.Execute(ctx, nil, answer); !errors.Is(err, dialplan.ErrHungUp) {
			t.Error(err)
		}
		if e := s.Finish(ctx); e.Cause != dialplan.OriginatorCancel || !e.Complete {
			t.Errorf("%+v", e)
		}
	})
}

func TestLostConnectionIsNotAHangup(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "id-1")
		c.Close()
	}, func(ctx context.Context, s *Session) {
		if _, err := s.Execute(ctx, nil, answer); !errors.Is(err, dialplan.ErrLost) || errors.Is(err, dialplan.ErrHungUp) {
			t.Error(err)
		}
		if e := s.Finish(ctx); e.Complete {
			t.Errorf("%+v", e)
		}
	})
}

func TestCallMovedAwayIsSeen(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "id-1")
		send(t, c, "Content-Type: command/reply\nReply-Text: +OK\n\n"+
			event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application: socket", "Application-UUID: x")+
			event("Event-Name: CHANNEL_HANGUP")+event("Event-Name: CHANNEL_HANGUP_COMPLETE", "variable_hangup_cause: NORMAL_CLEARING"))
	}, func(ctx context.Context, s *Session) {
		if _, err := s.Execute(ctx, nil, answer); !errors.Is(err, dialplan.ErrLeft) {
			t.Error(err)
		}
		if e := s.Watch(ctx); e.Cause != dialplan.NormalClearing {
			t.Errorf("%+v", e)
		}
	})
}

func TestRepliesAreMatchedToCommands(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "status")
		send(t, c, "Content-Type: api/response\nContent-Length: 4\n\n+OK\n"+"Content-Type: api/response\nContent-Length: 6\n\nUP 1 y")
	}, func(ctx context.Context, s *Session) {
		if err := s.Set(dialplan.ContinueOnFail(true)); err != nil {
			t.Error(err)
		}
		if text, err := s.API(ctx, "status", ""); err != nil || text != "UP 1 y" {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// A command that never gets its reply must not shift the replies of later
// ones: the wait ends, the place in the order stays.
func TestAGivenUpReplyKeepsItsPlace(t *testing.T) {
	second := make(chan struct{})
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "first")
		readUntil(t, r, "second")
		send(t, c, "Content-Type: api/response\nContent-Length: 3\n\none"+"Content-Type: api/response\nContent-Length: 3\n\ntwo")
		<-second
	}, func(ctx context.Context, s *Session) {
		short, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.API(short, "first", ""); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if text, err := s.API(ctx, "second", ""); err != nil || text != "two" {
			t.Errorf("%q, %v", text, err)
		}
		close(second)
	})
}

func TestAReplyToNoCommandEndsTheSession(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "id-1")
		ok := "Content-Type: command/reply\nReply-Text: +OK\n\n"
		send(t, c, ok+ok)
		closedByPeer(t, c)
	}, func(ctx context.Context, s *Session) {
		if _, err := s.Execute(ctx, nil, answer); !errors.Is(err, dialplan.ErrLost) {
			t.Error(err)
		}
	})
}

func TestEventsBeyondTheLimitEndTheSession(t *testing.T) {
	address := serve(t, &Server{
		Limits: Limits{HeaderBytes: 4096, BodyBytes: 4096, QueuedBytes: 100},
		Handle: func(ctx context.Context, s *Session) {
			if _, err := s.API(ctx, "status", ""); !errors.Is(err, dialplan.ErrLost) {
				t.Error(err)
			}
			if _, err := s.Execute(ctx, nil, answer); !errors.Is(err, dialplan.ErrLost) {
				t.Error(err)
			}
		},
	})
	c := dial(t, address)
	send(t, c, channelData+replies+event("A: "+strings.Repeat("x", 60))+event("B: "+strings.Repeat("x", 60)))
	closedByPeer(t, c)
}

func TestEventsBeforeAnAnswerAreKept(t *testing.T) {
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "status")
		send(t, c, event("Event-Name: CHANNEL_HANGUP")+"Content-Type: api/response\nContent-Length: 2\n\nUP"+
			event("Event-Name: CHANNEL_HANGUP_COMPLETE", "variable_hangup_cause: USER_BUSY"))
	}, func(ctx context.Context, s *Session) {
		if text, err := s.API(ctx, "status", ""); err != nil || text != "UP" {
			t.Errorf("%q, %v", text, err)
		}
		if e := s.Finish(ctx); e.Cause != dialplan.UserBusy || !e.Complete {
			t.Errorf("%+v", e)
		}
	})
}

// A wait that is given up in the middle of a frame loses nothing of it.
func TestAWaitEndsWithItsContextAndTheNextGoesOn(t *testing.T) {
	half, rest := make(chan struct{}), make(chan struct{})
	talk(t, func(c net.Conn, r *bufio.Reader) {
		readUntil(t, r, "id-1")
		text := event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application-UUID: id-1") +
			event("Event-Name: CHANNEL_EXECUTE_COMPLETE", "Application-UUID: id-2", "variable_x: mine")
		reply := "Content-Type: command/reply\nReply-Text: +OK\n\n"
		send(t, c, reply+text[:20])
		close(half)
		<-rest
		send(t, c, text[20:60])
		send(t, c, text[60:]+reply)
	}, func(ctx context.Context, s *Session) {
		short, cancel := context.WithCancel(ctx)
		go func() { <-half; cancel() }()
		if _, err := s.Execute(short, nil, answer); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(rest)
		v, err := s.Execute(ctx, nil, answer)
		if err != nil || v.Variable("x") != "mine" {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestControlBytesNeverLeave(t *testing.T) {
	for _, bad := range []string{"a\nb", "a\r\n\r\napi system x", "a\x00", "${x}", "\x7f"} {
		if m, err := apiMessage("uuid_setvar_multi", bad); err == nil {
			t.Errorf("%q became %q", bad, m)
		}
	}
	m, err := executeMessage(answer, "id-1")
	if err != nil || strings.Count(m, "\n\n") != 1 || !strings.HasSuffix(m, "\n\n") || !strings.Contains(m, "event-lock: true") {
		t.Errorf("%q, %v", m, err)
	}
	if got := greeting(10); got != "connect\n\nlinger 10\n\nmyevents\n\nnixevent "+strings.Join(unreadEvents, " ")+"\n\n" {
		t.Errorf("%q", got)
	}
}
