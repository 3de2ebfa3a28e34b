package handlers_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"switchyard/handlers"
	"switchyard/internal/esl"
	"switchyard/internal/esl/esltest"
	"switchyard/routing"
)

// lagging is a switch that has not told yet that a phone rings no more: from
// the second question on the phone has a call.
type lagging struct {
	mu    sync.Mutex
	asked int
}

func (l *lagging) Phone(string, string) routing.PhoneState {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	return routing.PhoneState{Known: true, Contacts: 1, Calls: min(l.asked-1, 1)}
}

func (*lagging) Redirected(context.Context, routing.CallID) (string, bool) { return "", false }

// A phone that this call has just rung is rung again in the next round, though
// the switch still says that it is on a call: on this one.
func TestARoundDoesNotTakeItsOwnRingingForACall(t *testing.T) {
	const grouped = `
tenant: acme
extensions:
  - {extension: "1001"}
ringGroups:
  - {name: sales, strategy: sequence, rounds: 2, ringSeconds: 40, members: [{number: "1001", ringSeconds: 10}]}
dids:
  - {number: "+13055550100", inboundRoute: ringgroup, routeTarget: sales}
`
	synctest.Test(t, func(t *testing.T) {
		d, listener, done := directory(t, operator, grouped), esltest.NewListener(), make(chan error, 1)
		router := &handlers.Router{
			Directory: func() *routing.Directory { return d }, Recorder: &notes{}, Now: time.Now, Log: zerolog.Nop(), Phones: &lagging{},
		}
		ctx, stop := context.WithCancel(context.Background())
		server := &esl.Server{Handle: func(ctx context.Context, c *esl.Session) { router.Serve(ctx, c, c.Call()) }}
		go func() { done <- server.Serve(ctx, listener, time.Second) }()
		sw := &esltest.Switch{Dial: listener.Dial, Phones: map[string][]esltest.Phone{"1001@acme.example": {{Registered: true, NeverAnswers: true}}}}
		result, err := sw.Place(ctx, call)
		stop()
		if served := <-done; err != nil || served != nil {
			t.Fatal(err, served)
		}
		if len(result.Legs) != 2 {
			t.Errorf("it was rung %d times, want 2", len(result.Legs))
		}
	})
}
