package handlers_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"switchyard/dialplan"
	"switchyard/handlers"
	"switchyard/internal/esl"
	"switchyard/internal/esl/esltest"
	"switchyard/routing"
)

const operator = `
trunks:
  - {name: carrier-a, gateway: carrier-a, country: US}
tenants:
  - {id: 6a097cb2-504f-43be-819a-b76209976818, name: acme, country: US, domains: [acme.example], numbers: ["+13055550100"], trunks: [carrier-a], countries: [US]}
`

const acme = `
tenant: acme
extensions:
  - {extension: "1001", exits: {no-answer: {route: voicemail, target: "1001"}}}
dids:
  - {number: "+13055550100", inboundRoute: extension, routeTarget: "1001"}
`

func directory(t *testing.T, texts ...string) *routing.Directory {
	t.Helper()
	d, err := compiled(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func compiled(texts ...string) (*routing.Directory, error) {
	var files []routing.File
	for i, text := range texts {
		files = append(files, routing.File{Name: fmt.Sprintf("%d.yaml", i), Data: []byte(text)})
	}
	_, d, problems := routing.CompileFiles(files)
	if d == nil {
		return nil, fmt.Errorf("%v", problems)
	}
	return d, nil
}

// notes is a Recorder that writes down what it is told.
type notes struct {
	mu   sync.Mutex
	list []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, fmt.Sprintf(format, args...))
}

func (n *notes) Started(s handlers.Started) { n.add("started %s", s.Decision.Verdict) }
func (n *notes) Stepped(_ routing.CallID, s handlers.Step) {
	n.add("step %d %s: %s", s.N, s.Destination, s.Outcome)
}
func (n *notes) Answered(_ routing.CallID, a handlers.Answer) {
	n.add("answered %s", strings.TrimSpace(a.Destination.String()+" "+a.ForwardedTo))
}
func (n *notes) Ended(_ routing.CallID, e dialplan.Ending, s handlers.Status) {
	n.add("ended %s %s complete=%v", s, e.Cause, e.Complete)
}

func (n *notes) Adopted(routing.CallID, routing.RuleSet) {}
func (n *notes) Left(routing.CallID, time.Time)          { n.add("left") }

// serving is one server process, in memory.
type serving struct {
	listener *esltest.Listener
	stop     context.CancelFunc
	done     chan struct{}
}

func start(t *testing.T, d *routing.Directory, r handlers.Recorder, grace time.Duration) *serving {
	ctx, cancel := context.WithCancel(context.Background())
	s := &serving{listener: esltest.NewListener(), stop: cancel, done: make(chan struct{})}
	router := &handlers.Router{Directory: func() *routing.Directory { return d }, Recorder: r, Now: time.Now, Log: zerolog.Nop()}
	server := &esl.Server{Handle: func(ctx context.Context, c *esl.Session) { router.Serve(ctx, c, c.Call()) }}
	go func() {
		defer close(s.done)
		if err := server.Serve(ctx, s.listener, grace); err != nil {
			t.Error(err)
		}
	}()
	return s
}

func (s *serving) end() { s.stop(); <-s.done }

var call = esltest.Call{UUID: "call-1", From: "+13055550111", To: "+13055550100"}

// A server that stops while people talk leaves them alone. When they have
// finished, the dialplan's next socket action brings the caller's leg to the
// next server, which ends it and closes the record; nobody is rung again.
func TestAStopLeavesAConversationAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, first, second := directory(t, operator, acme), &notes{}, &notes{}
		one := start(t, d, first, time.Second)
		var two *serving
		sw := &esltest.Switch{
			SocketActions: 2,
			Phones:        map[string][]esltest.Phone{"1001@acme.example": {{Registered: true, RingAfter: time.Second, AnswerAfter: 4 * time.Second, HangupAfter: time.Minute}}},
		}
		dials := 0
		var mu sync.Mutex
		sw.Dial = dialer(func() *esltest.Listener {
			mu.Lock()
			defer mu.Unlock()
			if dials++; dials == 1 {
				return one.listener
			}
			return two.listener
		})
		go func() {
			<-time.After(10 * time.Second) // fake time: in the middle of the conversation
			one.end()
			mu.Lock()
			defer mu.Unlock()
			two = start(t, d, second, time.Second)
		}()
		result, err := sw.Place(context.Background(), call)
		if err != nil {
			t.Fatal(err)
		}
		two.end()
		if result.Duration < 64*time.Second || result.SIPStatus != 200 || len(result.Legs) != 1 {
			t.Errorf("after %s: %d, legs %+v", result.Duration, result.SIPStatus, result.Legs)
		}
		if diff := cmp.Diff([]string{"started routed", "step 1 extension 1001: ", "answered extension 1001", "step 1 extension 1001: left-session", "left"}, first.list); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"started routed", "ended completed NORMAL_CLEARING complete=true"}, second.list); diff != "" {
			t.Error(diff)
		}
	})
}

func dialer(to func() *esltest.Listener) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) { return to().Dial(ctx) }
}

// A call that is still ringing when its server goes away is routed by the next
// one.
func TestAStopWhileRingingHandsTheCallOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, first, second := directory(t, operator, acme), &notes{}, &notes{}
		one, two := start(t, d, first, time.Second), start(t, d, second, time.Second)
		listeners := []*esltest.Listener{one.listener, two.listener}
		sw := &esltest.Switch{
			SocketActions: 2,
			Phones:        map[string][]esltest.Phone{"1001@acme.example": {{Registered: true, RingAfter: time.Second, NeverAnswers: true}}},
		}
		n := 0
		sw.Dial = dialer(func() *esltest.Listener { n++; return listeners[n-1] })
		go func() {
			<-time.After(5 * time.Second)
			one.end()
		}()
		c := call
		c.HangupAfter = 90 * time.Second
		result, err := sw.Place(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		two.end()
		if len(result.Messages) != 1 {
			t.Errorf("the caller reached no mailbox: %+v", result)
		}
		want := []string{"started routed", "step 1 extension 1001: ", "step 1 extension 1001: no-answer", "step 2 voicemail 1001: ",
			"step 2 voicemail 1001: caller-gone", "step 2 voicemail 1001: message-left", "ended voicemail NORMAL_CLEARING complete=true"}
		if diff := cmp.Diff(want, second.list); diff != "" {
			t.Error(diff)
		}
	})
}

// The caller's hang-up ends the wait at once, in every state.
func TestCallerHangsUpWhenever(t *testing.T) {
	d := directory(t, operator, acme)
	for at := 20 * time.Millisecond; at < 60*time.Second; at += at / 3 {
		synctest.Test(t, func(t *testing.T) {
			told := &notes{}
			s := start(t, d, told, time.Second)
			sw := &esltest.Switch{
				Dial:   s.listener.Dial,
				Phones: map[string][]esltest.Phone{"1001@acme.example": {{Registered: true, RingAfter: time.Second, AnswerAfter: 5 * time.Second, HangupAfter: 30 * time.Second}}},
			}
			c := call
			c.HangupAfter = at
			began := time.Now()
			result, err := sw.Place(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			s.end()
			last := told.list[len(told.list)-1]
			if !strings.HasPrefix(last, "ended ") || !strings.HasSuffix(last, "complete=true") {
				t.Errorf("hang-up after %s: %q", at, told.list)
			}
			if took := time.Since(began) - result.Duration; took > 2*time.Second {
				t.Errorf("hang-up after %s: the session lived %s longer", at, took)
			}
		})
	}
}
