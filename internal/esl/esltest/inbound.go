package esltest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

// watcher is one connection to the switch's own event socket, on which
// mod_event_socket is the one that is called.
type watcher struct {
	out chan string

	mu    sync.Mutex
	names map[string]bool // events it asked for
}

// lostAfter is how many frames wait for a client that does not read; what comes
// then is lost, as in FreeSWITCH.
const lostAfter = 100_000

// ServeInbound is the switch's own event socket: clients log in with the
// password, ask (api) and are told the events of all channels that they name
// (event plain). It returns nil when the listener is closed and every client
// has gone; closing the listener sends them away.
func (s *Switch) ServeInbound(l net.Listener, password string) error {
	var clients sync.WaitGroup
	defer clients.Wait()
	over := make(chan struct{})
	defer close(over)
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept on the event socket: %w", err)
		}
		clients.Go(func() { s.inbound(conn, password, over) })
	}
}

func (s *Switch) inbound(conn net.Conn, password string, over <-chan struct{}) {
	w := &watcher{out: make(chan string, lostAfter), names: map[string]bool{}}
	s.watch(w, true)
	defer s.watch(w, false)
	gone, written := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		defer conn.Close()
		w.write(conn, gone, over)
	}()
	defer func() { close(gone); <-written }()
	w.tell("Content-Type: auth/request\n\n")
	r := bufio.NewReader(conn)
	for in := false; ; {
		cmd, err := readCommand(r)
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(cmd.line, " ")
		switch {
		case verb == "auth" && rest == password:
			in = true
			w.reply("+OK accepted")
		case !in:
			w.reply("-ERR invalid")
			return
		case verb == "event":
			w.ask(rest)
			w.reply("+OK event listener enabled plain")
		case verb == "api":
			answer := s.answer(rest)
			w.tell(fmt.Sprintf("Content-Type: api/response\nContent-Length: %d\n\n%s", len(answer), answer))
		default:
			w.reply("-ERR command not found")
		}
	}
}

// write sends what is to be told until the client has gone or the switch is
// over; what was told before that is still sent.
func (w *watcher) write(conn net.Conn, gone, over <-chan struct{}) {
	for {
		select {
		case text := <-w.out:
			if _, err := conn.Write([]byte(text)); err != nil {
				return
			}
		case <-over:
			return
		case <-gone:
			if len(w.out) == 0 {
				return
			}
		}
	}
}

// answer runs an API command that no channel asked for.
func (s *Switch) answer(line string) string {
	name, arg, _ := strings.Cut(line, " ")
	if run, ok := apis[name]; ok {
		return run(s, arg)
	}
	return fmt.Sprintf("-ERR %s Command not found!\n", name)
}

func (w *watcher) ask(words string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range strings.Fields(words) {
		w.names[name] = true
	}
}

func (w *watcher) tell(frame string) {
	select {
	case w.out <- frame:
	default:
	}
}

func (w *watcher) reply(text string) {
	w.tell("Content-Type: command/reply\nReply-Text: " + text + "\n\n")
}

func (s *Switch) watch(w *watcher, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchers == nil {
		s.watchers = map[*watcher]bool{}
	}
	if on {
		s.watchers[w] = true
	} else {
		delete(s.watchers, w)
	}
}

// wanting gives the clients that want an event.
func (s *Switch) wanting(name string) (all []*watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.watchers {
		w.mu.Lock()
		if w.names[name] || w.names["ALL"] {
			all = append(all, w)
		}
		w.mu.Unlock()
	}
	return all
}

// publish tells an event to the clients of the event socket. Of a CUSTOM event
// the subclass is what they ask for.
func (s *Switch) publish(name string, f fields, body string) {
	if name == "CUSTOM" {
		name = f.get("Event-Subclass")
	}
	clients := s.wanting(name)
	if len(clients) == 0 {
		return
	}
	text := plain(f, body)
	text = fmt.Sprintf("Content-Length: %d\nContent-Type: text/event-plain\n\n%s", len(text), text)
	for _, w := range clients {
		w.tell(text)
	}
}

// publishEnd tells the end of a dialled leg, which no outbound socket hears.
func (l *leg) publishEnd(t channelTimes, vars fields) {
	const name = "CHANNEL_HANGUP_COMPLETE"
	c := l.c
	if len(c.sw.wanting(name)) == 0 {
		return
	}
	f := c.eventHead(name)
	for _, h := range []field{
		{"Hangup-Cause", l.cause}, {"Channel-State", "CS_REPORTING"}, {"Channel-Call-State", "HANGUP"}, {"Channel-State-Number", "11"},
		{"Channel-Name", l.name()}, {"Unique-ID", l.uuid}, {"Call-Direction", "outbound"}, {"Channel-Call-UUID", c.uuid},
		{"Answer-State", "hangup"}, {"Caller-Direction", "outbound"}, {"Caller-Caller-ID-Name", c.profile.name},
		{"Caller-Caller-ID-Number", c.profile.number}, {"Caller-Network-Addr", "127.0.0.1"}, {"Caller-ANI", c.profile.number},
		{"Caller-Destination-Number", l.number}, {"Caller-Unique-ID", l.uuid}, {"Caller-Context", c.profile.context},
		{"Caller-Channel-Name", l.name()}, {"Caller-Channel-Created-Time", micros(t.created)},
		{"Caller-Channel-Answered-Time", micros(t.answered)}, {"Caller-Channel-Hangup-Time", micros(t.hangup)},
		{"Other-Type", "originator"}, {"Other-Leg-Unique-ID", c.uuid},
	} {
		f.add(h.name, h.value)
	}
	for _, v := range vars.list {
		f.add("variable_"+v.name, v.value)
	}
	c.sw.publish(name, f, "")
}

func apiSwitchName(s *Switch, _ string) string { return s.name() }
