package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"switchyard/internal/esl/esltest"
)

// phones answer after a moment and hang up after another.
const talk = 500 * time.Millisecond

func (p plan) round(ctx context.Context, dir, binary string, dead int) (figures, error) {
	work, err := os.MkdirTemp(dir, "round-")
	if err != nil {
		return figures{}, err
	}
	sink, err := newSink()
	if err != nil {
		return figures{}, err
	}
	defer sink.close()
	srv := server{dir: work, binary: binary, database: p.database}
	defer srv.stop()
	if err := srv.start(ctx, p.configuration(sink, dead)); err != nil {
		return figures{}, err
	}
	before, err := srv.cpu()
	if err != nil {
		return figures{}, err
	}
	ended := p.calls(ctx, srv.eslAddr)
	living := func(tenant int) int { return p.endpoints - p.deadOf(tenant, dead) }
	sink.settled(ctx, expected(ended, living))
	after, err := srv.cpu()
	f := figures{dead: dead, calls: len(ended), cpu: after - before}
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

// server is the process that is measured.
type server struct {
	dir, binary, database string
	eslAddr               string
	cmd                   *exec.Cmd
}

func (s *server) start(ctx context.Context, files map[string]string) error {
	addresses := make([]string, 2)
	for i := range addresses {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return err
		}
		addresses[i] = l.Addr().String()
		_ = l.Close()
	}
	s.eslAddr = addresses[0]
	data := filepath.Join(s.dir, "data")
	settings := fmt.Sprintf("esl: {listen: %q}\nhttp: {listen: %q}\ndatabase: %q\ndataDir: %q\nwebhooks: {allow: [\"127.0.0.0/8:*\"]}\nlog: {level: warn}\n", s.eslAddr, addresses[1], s.database, data)
	args := []string{"apply", "--server", "http://" + addresses[1], "--data-dir", data}
	for name, text := range files {
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		args = append(args, path)
	}
	config := filepath.Join(s.dir, "settings.yaml")
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		return err
	}
	s.cmd = exec.Command(s.binary, "serve", "--config", config)
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, io.Discard
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	if err := listening(ctx, addresses[1]); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, s.binary, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	return nil
}

func listening(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp4", address); err == nil {
			return c.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("nothing listens at %s", address)
		}
	}
}

func (s *server) stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(15*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	_ = s.cmd.Wait()
}

// cpu is what the server's process has used so far.
func (s *server) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var user, system int64
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("/proc has no times of the server")
	}
	if _, err := fmt.Sscan(f[11], &user); err != nil {
		return 0, err
	}
	if _, err := fmt.Sscan(f[12], &system); err != nil {
		return 0, err
	}
	return time.Duration(user+system) * 10 * time.Millisecond, nil
}
