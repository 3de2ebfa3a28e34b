package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"switchyard/internal/acceptance/rig"
	"switchyard/internal/esl/esltest"
	"switchyard/internal/loadtest"
)

// phones answer after a moment and hang up after another.
const talk = 500 * time.Millisecond

func (p plan) round(ctx context.Context, dir string, dead int) (figures, error) {
	work, err := os.MkdirTemp(dir, "round-")
	if err != nil {
		return figures{}, err
	}
	sink, err := newSink()
	if err != nil {
		return figures{}, err
	}
	defer sink.close()
	eslAddr, err := rig.FreeAddr()
	if err != nil {
		return figures{}, err
	}
	server, err := loadtest.StartServer(ctx, loadtest.Options{
		Binary: filepath.Join(dir, "switchyard"), Dir: work, ESLAddr: eslAddr,
		Settings: fmt.Sprintf("database: %q\nwebhooks: {allow: [\"127.0.0.0/8:*\"]}\nlog: {level: warn}\n", p.database),
		Files:    p.configuration(sink, dead),
	})
	if err != nil {
		return figures{}, err
	}
	defer server.Stop()
	before, err := server.Usage()
	if err != nil {
		return figures{}, err
	}
	ended := p.calls(ctx, eslAddr)
	living := func(tenant int) int { return p.endpoints - p.deadOf(tenant, dead) }
	sink.settled(ctx, expected(ended, living))
	after, err := server.Usage()
	f := figures{dead: dead, calls: len(ended), cpu: after.CPU - before.CPU}
	f.delays, f.missing = sink.delays(ended, living)
	slices.Sort(f.delays)
	return f, err
}

// deadOf gives how many of a tenant's endpoints are dead: they are spread, so
// that most tenants have a living one beside a dead one.
func (p plan) deadOf(tenant, percent int) int {
	n := 0
	for e := range p.endpoints {
		if p.isDead(tenant, e, percent) {
			n++
		}
	}
	return n
}

func (p plan) isDead(tenant, endpoint, percent int) bool {
	i := tenant*p.endpoints + endpoint
	return (i+1)*percent/100 > i*percent/100
}

// expected is how many call.ended have to arrive.
func expected(ended map[string]placed, living func(tenant int) int) int {
	n := 0
	for _, c := range ended {
		n += living(c.tenant)
	}
	return n
}

func (p plan) configuration(s *sink, percent int) map[string]string {
	operator := &strings.Builder{}
	fmt.Fprintln(operator, "defaultCountry: US\ntenants:")
	files := map[string]string{}
	for t := range p.tenants {
		fmt.Fprintf(operator, "  - {name: t%d, id: %s, country: US, domains: [t%d.test], numbers: [%q]}\n", t, tenantID(t), t, number(t))
		text := &strings.Builder{}
		fmt.Fprintf(text, "tenant: t%d\nextensions:\n  - {extension: \"1001\"}\ndids:\n  - {number: %q, inboundRoute: extension, routeTarget: \"1001\"}\nwebhooks:\n", t, number(t))
		for e := range p.endpoints {
			url := s.url(t, e)
			if p.isDead(t, e, percent) {
				url = s.deadURL(t, e)
			}
			fmt.Fprintf(text, "  - {name: e%d, url: %q, secret: secret-of-a-good-length}\n", e, url)
		}
		files[fmt.Sprintf("t%d.yaml", t)] = text.String()
	}
	files["operator.yaml"] = operator.String()
	return files
}

func tenantID(t int) string { return fmt.Sprintf("6a097cb2-504f-43be-819a-%012d", t) }
func number(t int) string   { return fmt.Sprintf("+1305555%04d", t) }

// placed is a call that was over at a time.
type placed struct {
	tenant int
	at     time.Time
}

// calls places the round's calls, and gives when each was over.
func (p plan) calls(ctx context.Context, address string) map[string]placed {
	phones := map[string][]esltest.Phone{}
	for t := range p.tenants {
		phones[fmt.Sprintf("1001@t%d.test", t)] = []esltest.Phone{{Registered: true, RingAfter: 20 * time.Millisecond, AnswerAfter: 200 * time.Millisecond, HangupAfter: talk}}
	}
	s := &esltest.Switch{Name: "load", Phones: phones, Dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", address)
	}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	ended := map[string]placed{}
	tick := time.NewTicker(time.Second / time.Duration(p.rate))
	defer tick.Stop()
	for i := range p.rate * p.seconds {
		select {
		case <-tick.C:
		case <-ctx.Done():
			wg.Wait()
			return ended
		}
		wg.Go(func() {
			id := fmt.Sprintf("10ad0000-0000-4000-8000-%012d", i)
			in := esltest.Call{UUID: id, From: "+13055550111", To: number(i % p.tenants)}
			began := time.Now()
			r, err := s.Place(ctx, in)
			if err != nil {
				return // it counts as a call that was not placed
			}
			mu.Lock()
			defer mu.Unlock()
			ended[id] = placed{i % p.tenants, began.Add(r.Duration)}
		})
	}
	wg.Wait()
	return ended
}
