package scenario

import (
	"context"
	"errors"
	"net"

	"github.com/rs/zerolog"

	"switchyard/internal/esl/esltest"
	"switchyard/internal/live"
	"switchyard/internal/record"
)

const password = "ClueCon"

// watch is what the server sees of the stand-in beside its calls: the inbound
// event socket.
type watch struct {
	switches *live.Switches
	standIn  *esltest.Switch
	listener *esltest.Listener
}

// newWatch prepares it; an unwatched switch has no event socket.
func newWatch(standIn *esltest.Switch, unwatched bool) (*watch, error) {
	w := &watch{standIn: standIn, listener: esltest.NewListener()}
	o := live.Options{
		Sink: deaf{}, Log: zerolog.Nop(), Random: func() float64 { return 0.5 },
		Dial: func(ctx context.Context, _ string) (net.Conn, error) { return w.listener.Dial(ctx) },
	}
	if !unwatched {
		o.Switches = []live.Address{{Address: "stand-in", Password: password}}
	}
	var err error
	w.switches, err = live.New(o)
	return w, err
}

// run watches until the context ends.
func (w *watch) run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- w.standIn.ServeInbound(w.listener, password) }()
	w.switches.Run(ctx)
	return errors.Join(w.listener.Close(), <-served)
}

// deaf is a sink for reports of legs: a scenario's record is what its session
// says.
type deaf struct{}

// Take implements live.Sink.
func (deaf) Take(context.Context, []record.Report) error { return nil }
