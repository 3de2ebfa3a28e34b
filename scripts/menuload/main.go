// Command menuload has many callers in one menu at once on a real FreeSWITCH,
// each pressing keys as telephone events in its audio (RFC 4733), and measures
// what that costs the server.
//
//	go run ./scripts/menuload -callers 200 -seconds 30
//
// It needs FreeSWITCH, stays on loopback and ends by itself. The figures:
// entries the callers made and the records do not have, or have differently;
// processor time of the server, the switch and the callers (this process) while
// all of them were in the menu.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// plan is what is asked for.
type plan struct {
	callers, seconds int
	every            time.Duration // between two entries of a caller
}

const (
	mostCallers = 1000
	mostSeconds = 300
)

func main() {
	var p plan
	flag.IntVar(&p.callers, "callers", 200, "callers in the menu at once")
	flag.IntVar(&p.seconds, "seconds", 30, "how long all of them are in it")
	flag.DurationVar(&p.every, "every", 3*time.Second, "how often each makes an entry of two keys")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (p plan) run(ctx context.Context) error {
	if p.callers < 1 || p.callers > mostCallers || p.seconds < 1 || p.seconds > mostSeconds || p.every < time.Second {
		return fmt.Errorf("at most %d callers and %d seconds, an entry a second", mostCallers, mostSeconds)
	}
	dir, err := os.MkdirTemp("", "menuload-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b, err := newBench(ctx, dir, p)
	if err != nil {
		return err
	}
	defer b.close()
	callers, spent, err := p.measure(ctx, b)
	if err != nil {
		return err
	}
	entries, wrong, err := b.compare(ctx, callers)
	if err != nil {
		return err
	}
	fmt.Printf("%d callers for %v, %d entries of two keys\n", p.callers, spent.wall.Round(time.Second), entries)
	fmt.Printf("calls whose record differs from what was pressed: %d\n", wrong)
	for _, of := range []struct {
		name string
		cpu  time.Duration
	}{{"server", spent.server}, {"switch", spent.sw}, {"callers", spent.callers}} {
		fmt.Printf("%-8s %5.1f %% of a core\n", of.name, 100*of.cpu.Seconds()/spent.wall.Seconds())
	}
	if wrong > 0 {
		return errors.New("keys were lost")
	}
	return nil
}

// spending is processor time within a span of time.
type spending struct{ wall, server, sw, callers time.Duration }

// measure has all callers in the menu, lets them press keys, and says what that
// took. Before and after they come and go, which is not measured.
func (p plan) measure(ctx context.Context, b *bench) ([]*caller, spending, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.seconds+p.callers/10+60)*time.Second)
	defer cancel()
	begin := make(chan struct{})
	end := make(chan struct{})
	callers := make([]*caller, p.callers)
	var running sync.WaitGroup
	pace := time.NewTicker(time.Second / 20)
	defer pace.Stop()
	for i := range callers {
		callers[i] = &caller{number: fmt.Sprintf("+1305557%04d", i)}
		if err := callers[i].dial(b.trunk); err != nil {
			return nil, spending{}, err
		}
		running.Go(func() { callers[i].run(ctx, p.every, begin, end) })
		<-pace.C
	}
	for _, c := range callers {
		if err := c.inMenu(ctx); err != nil {
			return nil, spending{}, err
		}
	}
	before, err := b.usage()
	if err != nil {
		return nil, spending{}, err
	}
	close(begin)
	select {
	case <-time.After(time.Duration(p.seconds) * time.Second):
	case <-ctx.Done():
		return nil, spending{}, ctx.Err()
	}
	after, err := b.usage()
	close(end)
	running.Wait()
	var failed []error
	for _, c := range callers {
		failed = append(failed, c.err)
	}
	failed = slices.DeleteFunc(failed, func(err error) bool { return err == nil })
	if len(failed) > 0 {
		fmt.Fprintf(os.Stderr, "%d callers failed, the first: %v\n", len(failed), failed[0])
	}
	return callers, spending{after.wall - before.wall, after.server - before.server, after.sw - before.sw, after.callers - before.callers}, err
}
