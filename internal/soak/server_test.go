package soak

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	cdrUser, cdrPassword = "switchyard", "password-of-the-switch"
	switchPassword       = "password-of-the-event-socket"
	operatorKey          = "csk_live_0123456789abcdef0123456789abcdef0123456789abcdef"
)

// lease is how long a killed server's webhooks stay with it: longer than the
// timeout of every endpoint, much shorter than the default, so that a short
// test sees them again.
const lease = 6 * time.Second

// built is the server's binary, with the crash points in it.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// binary builds the server once for all tests. SOAK_SERVER names one to take
// instead: that of another revision, or one that was broken on purpose.
func binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("SOAK_SERVER"); path != "" {
		return path
	}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "soak"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "switchyard")
		args := []string{"build", "-tags", "crashpoints", "-o", built.path}
		if os.Getenv("SOAK_RACE") != "" {
			args = append(args, "-race")
		}
		build := exec.Command("go", append(args, "switchyard/cmd/switchyard")...)
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build the server: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// server is a Switchyard that is killed and started again on the same
// addresses and data. Its methods are for one goroutine.
type server struct {
	binary    string
	env       []string
	esl, http string
	log       *os.File

	cmd   *exec.Cmd
	ended chan struct{}
	err   error // why it ended, once ended is closed
}

func newServer(t *testing.T, dir string, more ...string) *server {
	t.Helper()
	s := &server{binary: binary(t), esl: "127.0.0.1:" + freePort(t), http: "127.0.0.1:" + freePort(t)}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SWITCHYARD_") {
			s.env = append(s.env, v)
		}
	}
	s.env = append(s.env, "SWITCHYARD_ESL_LISTEN="+s.esl, "SWITCHYARD_HTTP_LISTEN="+s.http, "SWITCHYARD_DATADIR="+filepath.Join(dir, "data"),
		"SWITCHYARD_OPERATORKEY="+operatorKey, "SWITCHYARD_CDR_USER="+cdrUser, "SWITCHYARD_CDR_PASSWORD="+cdrPassword,
		"SWITCHYARD_WEBHOOKS_ALLOW=127.0.0.1:*", "SWITCHYARD_WEBHOOKS_LEASE="+lease.String(), "SWITCHYARD_NAME=soak", "SWITCHYARD_GRACE=1s")
	s.env = append(s.env, more...)
	var err error
	if s.log, err = os.Create(filepath.Join(dir, "server.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill()
		s.log.Close()
	})
	return s
}

var errEnded = errors.New("the server ended before it served")

// start returns when it serves.
func (s *server) start(more ...string) error {
	s.cmd = exec.Command(s.binary, "serve")
	s.cmd.Env = append(s.env[:len(s.env):len(s.env)], more...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	serving, ended, cmd := make(chan struct{}), make(chan struct{}), s.cmd
	s.ended = ended
	go func() {
		follow(io.TeeReader(stderr, s.log), serving)
		s.err = cmd.Wait()
		close(ended)
	}()
	select {
	case <-serving:
		return nil
	case <-ended:
		return fmt.Errorf("%w: %v", errEnded, s.err)
	case <-time.After(30 * time.Second):
		s.kill()
		return errors.New("the server did not serve within 30 s")
	}
}

// follow reads the log to its end and tells when the server serves.
func follow(log io.Reader, serving chan<- struct{}) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for told := false; lines.Scan(); {
		var line struct{ Message string }
		if !told && json.Unmarshal(lines.Bytes(), &line) == nil && line.Message == "serving" {
			told = true
			close(serving)
		}
	}
}

// kill is SIGKILL, as by the kernel when memory is short.
func (s *server) kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}

// over tells whether it ended by itself, and how.
func (s *server) over() (bool, error) {
	select {
	case <-s.ended:
		return true, s.err
	default:
		return false, nil
	}
}

// killed tells whether it ended by SIGKILL.
func (s *server) killed() bool {
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signal() == syscall.SIGKILL
}

// stop is a clean one.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return s.err
	case <-time.After(30 * time.Second):
		s.kill()
		return errors.New("the server did not stop within 30 s")
	}
}

// apply publishes the configuration in a folder.
func (s *server) apply(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, s.binary, "apply", dir, "--server", "http://"+s.http, "--key", operatorKey)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apply: %w\n%s", err, out)
	}
	return nil
}

// complaints are lines of the log that no run may have.
func (s *server) complaints(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "panic") || strings.Contains(line, "DATA RACE") || strings.HasPrefix(line, "fatal error") {
			out = append(out, "server's log: "+strings.TrimSpace(line))
		}
	}
	return out
}
