package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
)

const (
	tenantID   = "6a097cb2-504f-43be-819a-b76209976818"
	didMenu    = "+13055550103"
	greetingHz = 900

	operatorFile = `
defaultCountry: US
trunks:
  - {name: in, country: US, profile: external}
tenants:
  - {id: ` + tenantID + `, name: acme, country: US, domains: [acme.test], numbers: ["` + didMenu + `"]}
`
)

// tenantFile has a menu in which every entry of two digits leads back to it.
func tenantFile() string {
	var digits strings.Builder
	for i := range 100 {
		fmt.Fprintf(&digits, "\"%02d\": {route: repeat}, ", i)
	}
	return `
tenant: acme
ivrMenus:
  - name: main
    greeting: {file: greeting.wav}
    firstDigitSeconds: 20
    digits: {` + digits.String() + `"**": {route: hangup, target: NORMAL_CLEARING}}
    maxTimeouts: 10
    maxTries: 20
dids:
  - {number: "` + didMenu + `", inboundRoute: ivr, routeTarget: main}
`
}

// bench is a switch, the server on it, and the phone of all callers.
type bench struct {
	dir, http string
	sw        *rig.Switch
	server    *exec.Cmd
	trunk     *phone.Phone
}

func newBench(ctx context.Context, dir string, p plan) (b *bench, err error) {
	b = &bench{dir: dir}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary(), "./cmd/switchyard").CombinedOutput(); err != nil {
		return b, fmt.Errorf("build the server: %w\n%s", err, out)
	}
	eslAddr, err := freeAddr()
	if err != nil {
		return b, err
	}
	folder := filepath.Join(dir, "fs")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return b, err
	}
	if b.sw, err = rig.Start(ctx, rig.Options{Dir: folder, Servers: eslAddr, LogLevel: "warning", RTPPorts: 4*p.callers + 400}); err != nil {
		return b, err
	}
	if err := b.startServer(ctx, eslAddr); err != nil {
		return b, err
	}
	b.trunk, err = phone.New(phone.Config{User: "carrier", Domain: "127.0.0.1", Server: b.sw.ExternalAddr})
	return b, err
}

func (b *bench) binary() string  { return filepath.Join(b.dir, "switchyard") }
func (b *bench) dataDir() string { return filepath.Join(b.dir, "data") }

func (b *bench) close() {
	if b.trunk != nil {
		_ = b.trunk.Close() // its calls are over
	}
	if b.server != nil {
		_ = b.server.Process.Signal(syscall.SIGTERM) // gone already: what was wanted
		timer := time.AfterFunc(10*time.Second, func() { _ = b.server.Process.Kill() })
		defer timer.Stop()
		_ = b.server.Wait() // its status says nothing about the figures
	}
	if b.sw != nil {
		b.sw.Stop()
	}
}

func freeAddr() (string, error) {
	port, err := rig.FreePort()
	return fmt.Sprintf("127.0.0.1:%d", port), err
}

// startServer starts the server with a fresh data folder and publishes the menu.
func (b *bench) startServer(ctx context.Context, eslAddr string) (err error) {
	if b.http, err = freeAddr(); err != nil {
		return err
	}
	prompts := filepath.Join(b.dir, "prompts")
	if err := os.MkdirAll(filepath.Join(prompts, tenantID), 0o755); err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"operator.yaml": []byte(operatorFile), "acme.yaml": []byte(tenantFile()),
		"settings.yaml": fmt.Appendf(nil, "esl: {listen: %q}\nhttp: {listen: %q}\ndataDir: %q\nprompts: {folder: %q}\ngrace: 1s\n", eslAddr, b.http, b.dataDir(), prompts),
		filepath.Join("prompts", tenantID, "greeting.wav"): rig.ToneWAV(greetingHz, 10*time.Second),
	} {
		if err := os.WriteFile(filepath.Join(b.dir, name), text, 0o644); err != nil {
			return err
		}
	}
	log, err := os.Create(filepath.Join(b.dir, "server.log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	b.server = exec.Command(b.binary(), "serve", "--config", filepath.Join(b.dir, "settings.yaml"))
	b.server.Stdout, b.server.Stderr = log, log
	b.server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := b.server.Start(); err != nil {
		b.server = nil
		return err
	}
	if err := ready(ctx, b.http); err != nil {
		said, _ := os.ReadFile(log.Name()) // what there is of it
		return fmt.Errorf("%w; the server said:\n%s", err, said)
	}
	out, err := exec.CommandContext(ctx, b.binary(), "apply", "--server", "http://"+b.http, "--data-dir", b.dataDir(),
		filepath.Join(b.dir, "operator.yaml"), filepath.Join(b.dir, "acme.yaml")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	return nil
}

func ready(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := http.Get("http://" + addr + "/readyz"); err == nil {
			_ = res.Body.Close() // nothing of it is read
			if res.StatusCode == http.StatusOK {
				return nil
			}
		} else if !errors.As(err, new(*net.OpError)) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the server does not get ready: %w", ctx.Err())
		}
	}
}

// moment is what was used up to a time.
type moment struct {
	wall       time.Duration
	server, sw time.Duration
	callers    time.Duration
}

var started = time.Now()

func (b *bench) usage() (m moment, err error) {
	m.wall = time.Since(started)
	for pid, cpu := range map[int]*time.Duration{b.server.Process.Pid: &m.server, b.sw.PID(): &m.sw, os.Getpid(): &m.callers} {
		if *cpu, err = cpuOf(pid); err != nil {
			return m, err
		}
	}
	return m, nil
}

// tick is the unit of processor time in /proc, the same on every Linux.
const tick = 10 * time.Millisecond

func cpuOf(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in brackets may have spaces in it.
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is short", pid)
	}
	user, userErr := strconv.Atoi(f[11])
	system, systemErr := strconv.Atoi(f[12])
	return time.Duration(user+system) * tick, errors.Join(userErr, systemErr)
}
