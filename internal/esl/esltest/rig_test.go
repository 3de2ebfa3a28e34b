package esltest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is the smallest server there is: a script writes commands and waits
// for frames.
type server struct {
	t      *testing.T
	conn   net.Conn
	frames chan Frame
	begun  time.Time
	ids    int
}

// place plays one call inside a bubble; scripts serve its connections, the
// first script the first connection. After its script a connection is read to
// its end.
func place(t *testing.T, sw *Switch, c Call, scripts ...func(s *server)) *Result {
	t.Helper()
	var res *Result
	synctest.Test(t, func(t *testing.T) { res = placeHere(t, sw, c, scripts...) })
	return res
}

// placeHere is place for a test that has its own bubble.
func placeHere(t *testing.T, sw *Switch, c Call, scripts ...func(s *server)) *Result {
	t.Helper()
	l := NewListener()
	sw.Dial = l.Dial
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(t, l, scripts)
	}()
	res, err := sw.Place(t.Context(), c)
	if err != nil {
		t.Error(err)
	}
	l.Close()
	<-done
	return res
}

func serve(t *testing.T, l net.Listener, scripts []func(s *server)) {
	var ends []chan struct{}
	for _, script := range scripts {
		conn, err := l.Accept()
		if err != nil {
			break
		}
		end := make(chan struct{})
		ends = append(ends, end)
		go func() {
			defer close(end)
			s := newServer(t, conn)
			script(s)
			s.drain()
		}()
	}
	for _, end := range ends {
		<-end
	}
}

func newServer(t *testing.T, conn net.Conn) *server {
	s := &server{t: t, conn: conn, frames: make(chan Frame, 10000), begun: time.Now()}
	go func() {
		defer close(s.frames)
		r := textproto.NewReader(bufio.NewReader(conn))
		for {
			text, err := readFrame(r)
			if err != nil {
				return
			}
			s.frames <- Frame{At: time.Since(s.begun), Text: text}
		}
	}()
	return s
}

func (s *server) drain() {
	for range s.frames {
	}
	s.conn.Close()
}

// write sends raw bytes.
func (s *server) write(raw string) {
	if _, err := io.WriteString(s.conn, raw); err != nil {
		s.t.Errorf("write: %v", err)
	}
}

// await gives the next frame that matches; others before it are dropped.
func (s *server) await(what string, match func(f Frame) bool) Frame {
	s.t.Helper()
	for f := range s.frames {
		if match(f) {
			return f
		}
	}
	s.t.Errorf("connection ended before %s", what)
	return Frame{}
}

// do sends a command and gives the text of its reply.
func (s *server) do(command string) string {
	s.t.Helper()
	s.write(command + "\n\n")
	return s.reply()
}

func (s *server) reply() string {
	s.t.Helper()
	f := s.await("a reply", func(f Frame) bool { return f.Header("Content-Type") == "command/reply" })
	return strings.TrimSpace(f.Header("Reply-Text"))
}

// api sends an API command and gives its answer.
func (s *server) api(command string) string {
	s.t.Helper()
	s.write("api " + command + "\n\n")
	f := s.await("an API answer", func(f Frame) bool { return f.Header("Content-Type") == "api/response" })
	_, body, _ := strings.Cut(f.Text, "\n\n")
	return body
}

// begin is what a server starts with.
func (s *server) begin() {
	s.t.Helper()
	for _, c := range []string{"connect", "linger 5", "myevents"} {
		if r := s.do(c); !strings.HasPrefix(r, "+OK") {
			s.t.Errorf("%s: %s", c, r)
		}
	}
}

// send queues a locked application and gives its event-uuid.
func (s *server) send(app, arg string) string {
	s.t.Helper()
	return s.message(app, arg, "event-lock: true\n")
}

func (s *server) message(app, arg, more string) string {
	s.t.Helper()
	s.ids++
	id := fmt.Sprint("id", s.ids)
	if arg != "" {
		more += "execute-app-arg: " + arg + "\n"
	}
	s.write("sendmsg\ncall-command: execute\nexecute-app-name: " + app + "\nevent-uuid: " + id + "\n" + more + "\n")
	return id
}

// exec runs a locked application and gives its CHANNEL_EXECUTE_COMPLETE.
func (s *server) exec(app, arg string) Frame {
	s.t.Helper()
	return s.completed(s.send(app, arg))
}

func (s *server) completed(id string) Frame {
	s.t.Helper()
	return s.await("the end of "+id, func(f Frame) bool {
		return f.Header("Event-Name") == "CHANNEL_EXECUTE_COMPLETE" && f.Header("Application-UUID") == id
	})
}

func (s *server) event(name string) Frame {
	s.t.Helper()
	return s.await(name, func(f Frame) bool { return f.Header("Event-Name") == name })
}

// hangup ends the call the way that always works.
func (s *server) hangup(uuid string) { s.api("uuid_kill " + uuid) }

// wait lets time pass.
func (s *server) wait(d time.Duration) { <-time.After(d) }

// near tells whether two times are within a tick and a half.
func near(a, b time.Duration) bool { return (a - b).Abs() <= 30*time.Millisecond }
