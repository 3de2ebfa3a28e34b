// Command load compares the server with a bare outbound socket server under
// the same calls on the same FreeSWITCH: half of them connected through a
// gateway and hung up, half refused. The two take turns.
//
//	go run ./scripts/load -rate 50 -seconds 10 -rounds 2
//
// It needs FreeSWITCH and sipp, stays on loopback and ends by itself. The
// figures of a round: failed calls, post-dial delay (INVITE to ringing, or to
// the refusal) as the caller sees it, processor time a call and memory of the
// server's process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"switchyard/internal/acceptance/rig"
	"switchyard/internal/loadtest"
)

// plan is what is asked for.
type plan struct {
	rate    int // calls a second, both kinds together
	seconds int
	rounds  int
	talk    time.Duration
	only    string
	profile string
	// database of switchyard; empty: its embedded one
	database string
}

const (
	mostRate    = 400
	mostSeconds = 300
	mostRounds  = 10
)

func main() {
	var p plan
	flag.IntVar(&p.rate, "rate", 50, "calls a second")
	flag.IntVar(&p.seconds, "seconds", 10, "length of a round")
	flag.IntVar(&p.rounds, "rounds", 2, "rounds of each server")
	flag.DurationVar(&p.talk, "talk", time.Second, "how long a connected call talks")
	flag.StringVar(&p.only, "only", "", "run this server alone: switchyard or bare")
	flag.StringVar(&p.database, "database", "", "let switchyard use this PostgreSQL (postgres://…) instead of its embedded database")
	flag.StringVar(&p.profile, "profile", "", "write a processor profile of switchyard's last round to this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (p plan) run(ctx context.Context) error {
	if p.rate < 2 || p.rate > mostRate || p.seconds < 1 || p.seconds > mostSeconds || p.rounds < 1 || p.rounds > mostRounds {
		return fmt.Errorf("bounds: rate 2 to %d, seconds 1 to %d, rounds 1 to %d", mostRate, mostSeconds, mostRounds)
	}
	if _, err := exec.LookPath("sipp"); err != nil {
		return errors.New("sipp was not found: install it (Debian: sip-tester)")
	}
	dir, err := os.MkdirTemp("", "load-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b, err := newBench(ctx, dir, p)
	if err != nil {
		return err
	}
	defer b.sw.Stop()
	fmt.Println("server      calls failed  answered p50/p99 ms  refused p50/p99 ms  cpu ms/call  switch cpu ms/call  rss start/end MB")
	all := map[string][]figures{}
	for range p.rounds {
		for _, s := range b.subjects() {
			r, err := b.round(ctx, s)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			fmt.Println(r.figures())
			all[s.name] = append(all[s.name], r.figures())
		}
	}
	if p.rounds > 1 {
		fmt.Println("medians:")
		for _, s := range b.subjects() {
			fmt.Println(median(all[s.name]))
		}
	}
	return nil
}

// bench is the switch and what both servers share.
type bench struct {
	plan
	dir     string
	sw      *rig.Switch
	eslAddr string
	carrier string
}

func newBench(ctx context.Context, dir string, p plan) (*bench, error) {
	b := &bench{plan: p, dir: dir}
	for _, addr := range []*string{&b.eslAddr, &b.carrier} {
		var err error
		if *addr, err = rig.FreeAddr(); err != nil {
			return nil, err
		}
	}
	for _, s := range b.subjects() {
		if err := loadtest.Build(ctx, dir, s.build); err != nil {
			return nil, err
		}
	}
	folder := filepath.Join(dir, "fs")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	var err error
	b.sw, err = rig.Start(ctx, rig.Options{Dir: folder, Servers: b.eslAddr, Carrier: b.carrier, LogLevel: "warning", RTPPorts: 16000})
	return b, err
}
