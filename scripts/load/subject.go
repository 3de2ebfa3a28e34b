package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"switchyard/internal/acceptance/rig"
)

//go:embed operator.yaml
var operatorFile []byte

//go:embed acme.yaml
var tenantFile []byte

const (
	connected = "+13055550103" // goes through the gateway
	nobodys   = "+13055550999"
	outside   = "+13055550144"
)

// subject is a server that is measured.
type subject struct {
	name  string
	start func(ctx context.Context) (*exec.Cmd, error)
}

func bare(b *bench) subject {
	return subject{"bare", func(ctx context.Context) (*exec.Cmd, error) {
		return b.launch(ctx, filepath.Join(b.dir, "baresocket"), "-listen", b.eslAddr, "-bridge", connected, "-to", "sofia/gateway/carrier-a/"+outside)
	}}
}

func switchyard(b *bench) subject {
	return subject{"switchyard", func(ctx context.Context) (*exec.Cmd, error) { return b.startServer(ctx) }}
}

// startServer starts our server with a fresh data folder and the load test's
// configuration.
func (b *bench) startServer(ctx context.Context) (*exec.Cmd, error) {
	dir, err := os.MkdirTemp(b.dir, "server-")
	if err != nil {
		return nil, err
	}
	port, err := rig.FreePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	files := map[string][]byte{
		"operator.yaml": operatorFile,
		"acme.yaml":     tenantFile,
		"settings.yaml": fmt.Appendf(nil, "esl: {listen: %q}\nhttp: {listen: %q}\ndataDir: %q\ndatabase: %q\ngrace: 1s\n", b.eslAddr, address, filepath.Join(dir, "data"), b.database),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	binary := filepath.Join(b.dir, "switchyard")
	cmd, err := b.launch(ctx, binary, "serve", "--config", filepath.Join(dir, "settings.yaml"))
	if err != nil {
		return nil, err
	}
	if err := listening(ctx, address); err != nil {
		return cmd, b.withLog(binary, err)
	}
	apply := exec.CommandContext(ctx, binary, "apply", "--server", "http://"+address, "--data-dir", filepath.Join(dir, "data"),
		filepath.Join(dir, "operator.yaml"), filepath.Join(dir, "acme.yaml"))
	if out, err := apply.CombinedOutput(); err != nil {
		return cmd, fmt.Errorf("apply: %w\n%s", err, out)
	}
	if b.profile != "" {
		b.takeProfile(ctx, address, filepath.Join(dir, "data", "operator.key"))
	}
	return cmd, nil
}

// takeProfile fetches a processor profile of the round in the background.
func (b *bench) takeProfile(ctx context.Context, address, keyFile string) {
	go func() {
		if err := fetchProfile(ctx, address, keyFile, b.seconds, b.profile); err != nil {
			fmt.Fprintln(os.Stderr, "no profile:", err)
		}
	}()
}

func fetchProfile(ctx context.Context, address, keyFile string, seconds int, to string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", address, seconds), nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-API-Key", strings.TrimSpace(string(key)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// launch starts a server and waits until FreeSWITCH can connect to it.
func (b *bench) launch(ctx context.Context, binary string, args ...string) (*exec.Cmd, error) {
	log, err := os.Create(filepath.Join(b.dir, filepath.Base(binary)+".log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd, listening(ctx, b.eslAddr)
}

// withLog adds what a server said last to an error.
func (b *bench) withLog(binary string, err error) error {
	text, readErr := os.ReadFile(filepath.Join(b.dir, filepath.Base(binary)+".log"))
	if readErr != nil {
		return err
	}
	return fmt.Errorf("%w; it said:\n%s", err, text[max(0, len(text)-2000):])
}

func listening(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("tcp4", addr); err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("nothing listens at %s: %w", addr, ctx.Err())
		}
	}
}
