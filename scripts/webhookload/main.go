// Command webhookload measures how long after an event its webhook arrives,
// and whether dead endpoints delay the others: rounds without dead endpoints
// and rounds with some take turns.
//
//	go run ./scripts/webhookload -rate 50 -seconds 10 -rounds 2
//
// It needs Go only: a stand-in for FreeSWITCH places the calls. -database uses
// a PostgreSQL instead of the embedded database. What is measured: from the end
// of a call, as the switch sees it, to the arrival of call.ended at an endpoint
// that lives. A dead endpoint takes connections and never answers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"switchyard/internal/loadtest"
)

// plan is what is asked for.
type plan struct {
	rate, seconds, rounds int
	tenants, endpoints    int // endpoints of each tenant
	dead                  int // percent
	database              string
}

func main() {
	var p plan
	flag.IntVar(&p.rate, "rate", 150, "calls a second")
	flag.IntVar(&p.seconds, "seconds", 30, "length of a round")
	flag.IntVar(&p.rounds, "rounds", 3, "rounds of each kind")
	flag.IntVar(&p.tenants, "tenants", 50, "tenants; calls are spread over them")
	flag.IntVar(&p.endpoints, "endpoints", 2, "endpoints of each tenant")
	flag.IntVar(&p.dead, "dead", 20, "percent of the endpoints that never answer")
	flag.StringVar(&p.database, "database", "", "let the server use this PostgreSQL (postgres://…); rounds share it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (p plan) run(ctx context.Context) error {
	if p.rate < 1 || p.rate > 500 || p.seconds < 1 || p.seconds > 600 || p.rounds < 1 || p.tenants < 1 || p.tenants > 1000 || p.endpoints < 1 || p.dead < 0 || p.dead > 100 {
		return errors.New("bounds: rate 1 to 500, seconds 1 to 600, tenants 1 to 1000, dead 0 to 100")
	}
	dir, err := os.MkdirTemp("", "webhookload-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := loadtest.Build(ctx, dir, "./cmd/switchyard"); err != nil {
		return err
	}
	fmt.Println("dead %   calls  call.ended at living endpoints  missing  delay p50/p99/max ms  server cpu ms/call")
	p99 := map[int][]float64{}
	for range p.rounds {
		for _, dead := range []int{0, p.dead} {
			f, err := p.round(ctx, dir, dead)
			if err != nil {
				return fmt.Errorf("round with %d %% dead: %w", dead, err)
			}
			fmt.Println(f)
			p99[dead] = append(p99[dead], f.quantile(0.99))
		}
	}
	without, with := loadtest.Median(p99[0]), loadtest.Median(p99[p.dead])
	fmt.Printf("median p99: %.0f ms with none dead, %.0f ms with %d %% dead, ratio %.2f\n", without, with, p.dead, with/without)
	return nil
}

// figures of one round.
type figures struct {
	dead, calls, missing int
	delays               []float64 // ms, sorted
	cpu                  time.Duration
}

func (f figures) quantile(q float64) float64 { return loadtest.Quantile(f.delays, q) }

// String is the line that is printed.
func (f figures) String() string {
	return fmt.Sprintf("%6d  %6d  %30d  %7d  %6.0f /%6.0f /%5.0f  %18.2f", f.dead, f.calls, len(f.delays), f.missing,
		f.quantile(0.5), f.quantile(0.99), f.quantile(1), float64(f.cpu.Microseconds())/1000/float64(max(1, f.calls)))
}
