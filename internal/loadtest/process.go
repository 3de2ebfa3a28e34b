package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 15 * time.Second
	mostSaid     = 2000 // bytes of its output that are quoted
)

// Process is a server that runs beside the measurement. Its methods may be
// called from several goroutines.
type Process struct {
	cmd   *exec.Cmd
	log   string // file
	ended chan struct{}
}

// Launch starts a program. Its output goes to a file in dir, named like the
// program, which a later Launch of it writes anew.
func Launch(dir, binary string, args ...string) (*Process, error) {
	log, err := os.Create(filepath.Join(dir, filepath.Base(binary)+".log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	EndWithParent(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, log: log.Name(), ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // its status says nothing about the figures
		close(p.ended)
	}()
	return p, nil
}

// EndWithParent has the kernel kill the command's process when this one is
// gone, however that ends. It is called before the command starts.
func EndWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// Listening returns once something takes connections at addr. The error of a
// process that ended, or took too long, has its output's end in it.
func (p *Process) Listening(ctx context.Context, addr string) error {
	return p.until(ctx, "nothing listens at "+addr, func() bool {
		conn, err := net.Dial("tcp4", addr)
		if err != nil {
			return false
		}
		_ = conn.Close() // nothing was sent
		return true
	})
}

// until asks again and again; complaint says what it is that does not come.
func (p *Process) until(ctx context.Context, complaint string, reached func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !reached() {
		select {
		case <-tick.C:
		case <-p.ended:
			return p.quoted(errors.New("it ended by itself"))
		case <-ctx.Done():
			return p.quoted(fmt.Errorf("%s: %w", complaint, ctx.Err()))
		}
	}
	return nil
}

// quoted adds what the process said last to an error.
func (p *Process) quoted(err error) error {
	text, readErr := os.ReadFile(p.log)
	if readErr != nil {
		return err
	}
	return fmt.Errorf("%w; it said:\n%s", err, text[max(0, len(text)-mostSaid):])
}

// Usage is what it has used so far; an error if it is gone.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.cmd.Process.Pid) }

// Stop asks the process to stop, kills it if it takes too long, and returns when
// it is gone.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // gone already: what was wanted
	late := time.AfterFunc(stopTimeout, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	<-p.ended
}
