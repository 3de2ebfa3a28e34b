package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"switchyard/internal/loadtest"
)

// round starts the server, sends it its calls, and stops it.
func (b *bench) round(ctx context.Context, s subject) (result, error) {
	r := result{name: s.name}
	server, err := s.start(ctx)
	if err != nil {
		return r, err
	}
	defer server.Stop()
	dir, err := os.MkdirTemp(b.dir, "round-")
	if err != nil {
		return r, err
	}
	before, err := server.Usage()
	if err != nil {
		return r, err
	}
	switchBefore, err := loadtest.UsageOf(b.sw.PID())
	if err != nil {
		return r, err
	}
	if err := b.calls(ctx, dir, &r); err != nil {
		return r, err
	}
	after, err := server.Usage()
	if err != nil {
		return r, fmt.Errorf("the server is gone after its calls: %w", err)
	}
	switchAfter, err := loadtest.UsageOf(b.sw.PID())
	r.cpu, r.switchCPU = after.CPU-before.CPU, switchAfter.CPU-switchBefore.CPU
	r.rssStart, r.rssEnd = before.RSS, after.RSS
	return r, err
}

// calls runs sipp three times at once: the carrier, and a caller of each kind.
func (b *bench) calls(ctx context.Context, dir string, r *result) error {
	// A switch at its end lets calls wait; what that costs is to be seen, not to end the test.
	limit := 2*time.Duration(b.seconds)*time.Second + b.talk + 20*time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, port, err := net.SplitHostPort(b.carrier)
	if err != nil {
		return err
	}
	uas := b.sipp(ctx, dir, "carrier", "-p", port)
	if err := uas.Start(); err != nil {
		return err
	}
	defer func() {
		_ = uas.Process.Kill() // waits for calls for ever
		_ = uas.Wait()
	}()
	half := b.rate / 2
	count := strconv.Itoa(half * b.seconds)
	talk := strconv.FormatInt(b.talk.Milliseconds(), 10)
	callers := map[string]*exec.Cmd{
		"answered": b.sipp(ctx, dir, "answered", "-s", connected, "-d", talk, "-r", strconv.Itoa(half), "-m", count, b.sw.ExternalAddr),
		"refused":  b.sipp(ctx, dir, "refused", "-s", nobodys, "-r", strconv.Itoa(half), "-m", count, b.sw.ExternalAddr),
	}
	for _, c := range callers {
		if err := c.Start(); err != nil {
			return err
		}
	}
	for name, c := range callers {
		if err := c.Wait(); err != nil {
			var exit *exec.ExitError
			_, noFigures := os.Stat(filepath.Join(dir, name+".stat.csv"))
			if !errors.As(err, &exit) || noFigures != nil || ctx.Err() != nil {
				return fmt.Errorf("sipp %s: %w", name, errors.Join(err, ctx.Err()))
			} // else some calls failed: they are counted
		}
	}
	return r.read(dir)
}

// sipp plays a scenario of this folder and writes its figures into dir.
func (b *bench) sipp(ctx context.Context, dir, scenario string, args ...string) *exec.Cmd {
	file, err := filepath.Abs(filepath.Join("scripts", "load", scenario+".xml"))
	if err != nil {
		file = scenario + ".xml"
	}
	args = append([]string{"-sf", file, "-i", "127.0.0.1", "-nostdin", "-trace_err", "-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-fd", "1",
		"-stf", filepath.Join(dir, scenario+".stat.csv")}, args...)
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = dir
	loadtest.EndWithParent(cmd)
	return cmd
}
