package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"switchyard/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	theAddress  = "10.0.0.10:8021"
	thePassword = "ClueCon"
)

// fakeSwitch answers as FreeSWITCH's inbound event socket does.
type fakeSwitch struct {
	mu       sync.Mutex
	name     string
	password string
	down     bool                // nobody listens
	greeting string              // instead of the usual
	api      func(string) string // answers other than the usual
	channels map[string]bool
	silent   chan struct{} // when not nil, answers wait for it
	asked    []asked       // commands after the login
	conns    []net.Conn    // that are subscribed to events
	joined   chan struct{} // gets an element for each of them

	phones   map[string][]fakeContact // by user@domain
	legs     map[string]string        // by id: what uuid_dump says
	unlisted map[string]bool          // legs that the list does not have yet
	gone     []string                 // ids that the list still has
}

// asked is a command, with the connection it came on.
type asked struct {
	on   net.Conn
	what string
}

type fakeContact struct{ profile, uri, callID, agent string }

func newFakeSwitch() *fakeSwitch {
	return &fakeSwitch{name: "sw1", password: thePassword, channels: map[string]bool{}, joined: make(chan struct{}, 100),
		phones: map[string][]fakeContact{}, legs: map[string]string{}, unlisted: map[string]bool{}}
}

func (f *fakeSwitch) dial(context.Context, string) (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, errors.New("connection refused")
	}
	ours, theirs := net.Pipe()
	go f.serve(theirs)
	return ours, nil
}

func (f *fakeSwitch) serve(c net.Conn) {
	defer c.Close()
	f.mu.Lock()
	greeting := f.greeting
	f.mu.Unlock()
	if greeting == "" {
		greeting = "Content-Type: auth/request\n\n"
	}
	if _, err := io.WriteString(c, greeting); err != nil {
		return
	}
	r := bufio.NewReader(c)
	for {
		command, err := readCommand(r)
		if err != nil {
			return
		}
		f.mu.Lock()
		silent := f.silent
		f.mu.Unlock()
		if silent != nil {
			<-silent
		}
		if _, err := io.WriteString(c, f.answer(c, command)); err != nil {
			return
		}
		if strings.HasPrefix(command, "event ") {
			f.joined <- struct{}{} // behind the answer: what is sent from now on is no part of it
		}
	}
}

func readCommand(r *bufio.Reader) (string, error) {
	line := ""
	for {
		more, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if more = strings.TrimSpace(more); more == "" && line != "" {
			return line, nil
		} else if more != "" {
			line = more
		}
	}
}

func (f *fakeSwitch) answer(c net.Conn, command string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	reply := func(text string) string { return "Content-Type: command/reply\nReply-Text: " + text + "\n\n" }
	verb, rest, _ := strings.Cut(command, " ")
	switch verb {
	case "auth":
		if rest != f.password {
			return reply("-ERR invalid")
		}
		return reply("+OK accepted")
	case "event":
		f.asked = append(f.asked, asked{c, command})
		f.conns = append(f.conns, c)
		return reply("+OK event listener enabled plain")
	}
	f.asked = append(f.asked, asked{c, command})
	answer := f.say(rest)
	return fmt.Sprintf("Content-Type: api/response\nContent-Length: %d\n\n%s", len(answer), answer)
}

func (f *fakeSwitch) say(question string) string {
	if f.api != nil {
		if answer := f.api(question); answer != "" {
			return answer
		}
	}
	name, argument, _ := strings.Cut(question, " ")
	switch name {
	case "switchname":
		return f.name
	case "uuid_exists":
		return fmt.Sprint(f.channels[argument] || f.legs[argument] != "")
	case "uuid_dump":
		if text := f.legs[argument]; text != "" {
			return text
		}
		return "-ERR No such channel!\n"
	case "sofia":
		return f.sofia(argument)
	case "show":
		return f.show()
	}
	return "-ERR no such command"
}

// show lists the channels.
func (f *fakeSwitch) show() string {
	var rows []string
	row := func(id, state string) { rows = append(rows, fmt.Sprintf(`{"uuid":%q,"callstate":%q}`, id, state)) }
	for id := range f.channels {
		row(id, "")
	}
	for _, id := range f.gone {
		row(id, "ACTIVE")
	}
	for id, text := range f.legs {
		if !f.unlisted[id] {
			row(id, map[bool]string{true: "ACTIVE", false: "RINGING"}[strings.Contains(text, "Answer-State: answered")])
		}
	}
	return fmt.Sprintf(`{"row_count":%d,"rows":[%s]}`+"\n", len(rows), strings.Join(rows, ","))
}

// sofia tells profiles and registrations, as FreeSWITCH 1.11.1 writes them.
func (f *fakeSwitch) sofia(argument string) string {
	words := strings.Fields(argument)
	if len(words) == 1 {
		return "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<profiles>\n<alias>\n<name>a.test</name>\n<type>alias</type>\n<data>internal</data>\n<state>ALIASED</state>\n</alias>\n" +
			"<profile>\n<name>internal</name>\n<type>profile</type>\n<data>sip:mod_sofia@127.0.0.1:5060</data>\n<state>RUNNING (0)</state>\n</profile>\n" +
			"<profile>\n<name>tls</name>\n<type>profile</type>\n<data>sip:mod_sofia@127.0.0.1:5061</data>\n<state>RUNNING (0) (TLS)</state>\n</profile>\n" +
			"<profile>\n<name>broken</name>\n<type>profile</type>\n<data>x</data>\n<state>DOWN (0)</state>\n</profile>\n</profiles>\n"
	}
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<profile>\n  <registrations>\n")
	for user, contacts := range f.phones {
		for _, c := range contacts {
			if c.profile != words[2] || words[3] == "user" && words[4] != user {
				continue
			}
			fmt.Fprintf(&b, "    <registration>\n        <call-id>%s</call-id>\n        <user>%s</user>\n        <contact>%s</contact>\n        <agent>%s</agent>\n"+
				"        <status>Registered(UDP)(unknown) exp(2026-11-21 14:35:56) expsecs(3659)</status>\n        <network-ip>192.0.2.1</network-ip>\n        <network-port>5060</network-port>\n    </registration>\n",
				c.callID, user, html.EscapeString(`"" <`+c.uri+`>`), html.EscapeString(c.agent))
		}
	}
	return b.String() + "  </registrations>\n</profile>\n"
}

// send writes to the connection that subscribed last.
func (f *fakeSwitch) send(t *testing.T, text string) {
	t.Helper()
	f.mu.Lock()
	c := f.conns[len(f.conns)-1]
	f.mu.Unlock()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// hangUp tells of a channel that is over.
func (f *fakeSwitch) hangUp(t *testing.T, id string) {
	t.Helper()
	f.send(t, event("Event-Name: CHANNEL_HANGUP_COMPLETE\nCall-Direction: inbound\nUnique-ID: "+id+"\nvariable_hangup_cause: NORMAL_CLEARING\n\n"))
}

func event(text string) string {
	return fmt.Sprintf("Content-Length: %d\nContent-Type: text/event-plain\n\n%s", len(text), text)
}

func (f *fakeSwitch) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		_ = c.Close()
	}
}

func (f *fakeSwitch) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// questions gives what was asked, but not on connections that asked for phones.
func (f *fakeSwitch) questions() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	phones := map[net.Conn]bool{}
	for _, a := range f.asked {
		phones[a.on] = phones[a.on] || strings.HasPrefix(a.what, "api sofia ")
	}
	var all []string
	for _, a := range f.asked {
		if !phones[a.on] {
			all = append(all, a.what)
		}
	}
	return all
}

// questionsOf counts what was asked that begins so.
func (f *fakeSwitch) questionsOf(prefix string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if strings.HasPrefix(a.what, prefix) {
			n++
		}
	}
	return n
}

// sink keeps what it took, in order.
type sink struct {
	mu    sync.Mutex
	err   error
	never string // the id of a leg that is never taken
	taken []record.Report
	hang  chan struct{} // when not nil, taking waits for it
}

func (s *sink) Take(ctx context.Context, reports []record.Report) error {
	s.mu.Lock()
	hang := s.hang
	s.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	for _, r := range reports {
		if s.never != "" && r.Leg.LegID == s.never {
			return errors.New("never")
		}
	}
	s.taken = append(s.taken, reports...)
	return nil
}

func (s *sink) legs() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.taken {
		ids = append(ids, r.Leg.LegID)
	}
	return ids
}

func (s *sink) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func newTestSwitches(t *testing.T, f *fakeSwitch, s *sink, queue int) *Switches {
	t.Helper()
	sw, err := New(Options{
		Switches: []Address{{Address: theAddress, Password: thePassword}}, Sink: s, Log: zerolog.Nop(),
		Random: func() float64 { return 0.5 }, Dial: f.dial, Queue: queue,
	})
	if err != nil {
		t.Fatal(err)
	}
	return sw
}

// run runs them until stop is called.
func run(t *testing.T, sw *Switches) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); sw.Run(ctx) }()
	return func() { cancel(); <-over }
}

func recorded(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata/captures/hangup_complete", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// subscription is what a switch is asked to tell.
const subscription = "event plain CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE CUSTOM sofia::register sofia::unregister sofia::expire"
