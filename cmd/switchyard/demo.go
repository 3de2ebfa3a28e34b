package main

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/config"
	"switchyard/internal/esl/esltest"
	"switchyard/internal/record"
	"switchyard/routing"
)

type demoCommand struct{}

// Help is shown by demo --help.
func (demoCommand) Help() string {
	return "Starts the server with its embedded database in a temporary folder, a webhook receiver and a stand-in for FreeSWITCH, all on loopback, and plays the calls at once. Ends by itself within 15 seconds; exit code 1 if anything is not as announced."
}

//go:embed demo/operator.yaml
var demoOperator string

//go:embed demo/acme.yaml
var demoTenant string

// demoLength is the longest the demo may take.
const demoLength = 14 * time.Second

// Run plays the demo.
func (demoCommand) Run(ctx context.Context, term terminal) error {
	ctx, cancel := context.WithTimeout(ctx, demoLength)
	defer cancel()
	d, err := startDemo(ctx)
	if err != nil {
		return err
	}
	calls := demoCalls()
	fmt.Fprintf(term.out, "Switchyard demo: %d calls through a stand-in for FreeSWITCH, by the configuration in\ncmd/switchyard/demo. They run at the same time and take about ten seconds.\n", len(calls))
	wrong := d.play(ctx, calls, func(i int, text string) { fmt.Fprintf(term.out, "\n%2d. %s", i+1, text) })
	if err := d.stop(); err != nil {
		wrong++
		fmt.Fprintln(term.out, "\nserver:", err)
	}
	for _, text := range d.receiver.complaints() {
		wrong++
		fmt.Fprintln(term.out, "\nwebhook receiver:", text)
	}
	if wrong > 0 {
		return fmt.Errorf("%s not as announced", plural(wrong, "thing"))
	}
	fmt.Fprintf(term.out, "\nAll %d calls went as announced; every webhook arrived signed and in order.\n", len(calls))
	return nil
}

// demo is everything that runs for it.
type demo struct {
	folder   string
	server   *server
	receiver *receiver
	stopped  chan error
	end      context.CancelFunc
}

func startDemo(ctx context.Context) (*demo, error) {
	d := &demo{stopped: make(chan error, 1)}
	var err error
	if d.folder, err = os.MkdirTemp("", "switchyard-demo-"); err != nil {
		return nil, err
	}
	if d.receiver, err = startReceiver(); err != nil {
		return nil, err
	}
	s := defaultSettings()
	s.DataDir, s.Grace = d.folder, "1s"
	s.ESL.Listen, s.HTTP.Listen = "127.0.0.1:0", "127.0.0.1:0"
	s.Webhooks.Allow = []string{"127.0.0.1/32:" + port(d.receiver.listener)}
	if d.server, err = open(ctx, s, zerolog.Nop()); err != nil {
		return nil, err
	}
	_, err = d.server.holder.Apply(ctx, config.Request{Author: "demo", Files: []routing.File{
		{Name: "operator.yaml", Data: []byte(demoOperator)},
		{Name: "acme.yaml", Data: []byte(strings.ReplaceAll(demoTenant, "RECEIVER", d.receiver.url()))},
	}})
	if err != nil {
		return nil, err
	}
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	d.end = end
	go func() { d.stopped <- d.server.run(running) }()
	return d, nil
}

func port(l net.Listener) string {
	_, p, _ := net.SplitHostPort(l.Addr().String()) // an address of our own listener always has a port
	return p
}

// stop gives what went wrong in the server.
func (d *demo) stop() error {
	d.end()
	err := <-d.stopped
	d.server.close()
	_ = d.receiver.http.Close()
	_ = os.RemoveAll(d.folder)
	return err
}

// play places all calls at the same time and shows each, in the order of the
// programme, as soon as it is over. It gives how many were not as announced.
func (d *demo) play(ctx context.Context, calls []demoCall, show func(i int, text string)) int {
	texts, wrongs := make([]string, len(calls)), make([]int, len(calls))
	done := make([]chan struct{}, len(calls))
	var wg sync.WaitGroup
	for i, c := range calls {
		done[i] = make(chan struct{})
		wg.Go(func() {
			defer close(done[i])
			c.call.UUID = fmt.Sprintf("de300000-0000-4000-8000-%012d", i+1)
			texts[i], wrongs[i] = d.one(ctx, c)
		})
	}
	total := 0
	for i := range calls {
		<-done[i]
		show(i, texts[i])
		total += wrongs[i]
	}
	wg.Wait()
	return total
}

// one plays a call and tells what became of it.
func (d *demo) one(ctx context.Context, c demoCall) (text string, wrong int) {
	standIn := &esltest.Switch{
		Name:     "stand-in",
		Phones:   c.phones,
		Greeting: time.Second,
		Dial: func(ctx context.Context) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", d.server.eslListener.Addr().String())
		},
	}
	result, err := standIn.Place(ctx, c.call)
	if err != nil {
		return c.title + "\n    not played: " + err.Error() + "\n", 1
	}
	stored := d.awaited(ctx, c)
	return d.tell(c, result, stored)
}

// awaited waits until the record is closed and the announced webhooks are
// there, and gives the record as it is then.
func (d *demo) awaited(ctx context.Context, c demoCall) record.Call {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		stored, _, err := d.server.store.Call(ctx, routing.CallID(c.call.UUID))
		if err == nil && !stored.EndedAt.IsZero() && len(d.receiver.of(c.call.UUID)) >= len(c.webhooks) {
			return stored
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return stored
		}
	}
}

// tell spells what became of a call and marks what was not announced.
func (d *demo) tell(c demoCall, r *esltest.Result, stored record.Call) (string, int) {
	var b strings.Builder
	wrong := 0
	line := func(name, got, announced string) {
		if got != announced {
			wrong++
			got += fmt.Sprintf("   <-- announced: %q", announced)
		}
		fmt.Fprintf(&b, "      %-9s %s\n", name, orNothing(got))
	}
	same := func(name, text string) { line(name, text, text) }

	fmt.Fprintf(&b, "%s\n", c.title)
	same("who", fmt.Sprintf("%s calls %s", c.call.From, c.call.To))
	same("why", d.why(c))
	line("where", path(stored), c.path)
	line("result", fmt.Sprintf("SIP %d, %s", r.SIPStatus, stored.Status), fmt.Sprintf("SIP %d, %s", c.sip, c.status))
	line("webhooks", d.receiver.of(c.call.UUID), c.webhooks)
	for _, x := range r.Expanded {
		line("EXECUTED", x, "")
	}
	return b.String(), wrong
}

func path(c record.Call) string {
	var steps []string
	for _, s := range c.Steps {
		steps = append(steps, fmt.Sprintf("%s: %s", s.Destination, s.Outcome))
	}
	return strings.Join(steps, ", ")
}

// orNothing keeps a line of the demo from looking unfinished.
func orNothing(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// why says in a few words what decided the call.
func (d *demo) why(c demoCall) string {
	call := routing.Call{ID: routing.CallID(c.call.UUID), CallerNumber: c.call.From, CallerName: c.call.FromName, Dialled: c.call.To,
		AuthUser: c.call.AuthUser, AuthDomain: c.call.AuthDomain, Profile: "external"}
	decision := d.server.holder.Directory().Decide(call, time.Now(), nil)
	switch decision.Verdict {
	case routing.UnknownNumber:
		return "no tenant has the number"
	case routing.TenantSuspended:
		return "the operator suspended the tenant"
	case routing.TenantBroken:
		return "the tenant's configuration does not pass the checks"
	case routing.NoRoute:
		return "the tenant has the number and no route for it"
	case routing.CallerBlocked:
		return "on the tenant's blocklist: " + decision.Block.Why()
	case routing.CallDenied:
		return decision.DenyReason
	case routing.Routed:
	}
	switch {
	case decision.Rule != "":
		return fmt.Sprintf("rule %q matched", decision.Rule)
	case decision.DID != "":
		return "the route of " + decision.DID
	default:
		return "dialled by a phone of the tenant"
	}
}
