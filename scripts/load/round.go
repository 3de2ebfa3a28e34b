package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// result of one round of one server.
type result struct {
	name              string
	calls, failed     int
	answered, refused []float64 // post-dial delays in ms
	cpu, switchCPU    time.Duration
	rssStart, rssEnd  int // bytes
}

// figures are what is printed of a round, or of the middle of several.
type figures struct {
	name          string
	calls, failed int
	of            [8]float64 // in the order of the columns
}

// String is the line that is printed.
func (f figures) String() string {
	return fmt.Sprintf("%-10s %6d %6d  %9.1f /%8.1f  %8.1f /%8.1f  %11.2f  %18.2f  %8.1f /%6.1f", f.name, f.calls, f.failed,
		f.of[0], f.of[1], f.of[2], f.of[3], f.of[4], f.of[5], f.of[6], f.of[7])
}

func (r result) figures() figures {
	perCall := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(max(1, r.calls)) }
	return figures{r.name, r.calls, r.failed, [8]float64{
		quantile(r.answered, 0.50), quantile(r.answered, 0.99), quantile(r.refused, 0.50), quantile(r.refused, 0.99),
		perCall(r.cpu), perCall(r.switchCPU), float64(r.rssStart) / 1e6, float64(r.rssEnd) / 1e6,
	}}
}

// median is the middle of each figure over the rounds of one server; calls and
// failures are sums.
func median(rounds []figures) figures {
	m := figures{name: rounds[0].name}
	for _, r := range rounds {
		m.calls, m.failed = m.calls+r.calls, m.failed+r.failed
	}
	for column := range m.of {
		var all []float64
		for _, r := range rounds {
			all = append(all, r.of[column])
		}
		slices.Sort(all)
		m.of[column] = all[len(all)/2]
	}
	return m
}

// round starts the server, sends it its calls, and stops it.
func (b *bench) round(ctx context.Context, s subject) (result, error) {
	r := result{name: s.name}
	cmd, err := s.start(ctx)
	if cmd != nil {
		defer stop(cmd)
	}
	if err != nil {
		return r, err
	}
	dir, err := os.MkdirTemp(b.dir, "round-")
	if err != nil {
		return r, err
	}
	before, err := usage(cmd.Process.Pid)
	if err != nil {
		return r, err
	}
	switchBefore, err := usage(b.sw.PID())
	if err != nil {
		return r, err
	}
	if err := b.calls(ctx, dir, &r); err != nil {
		return r, err
	}
	after, err := usage(cmd.Process.Pid)
	if err != nil {
		return r, fmt.Errorf("the server is gone after its calls: %w", err)
	}
	switchAfter, err := usage(b.sw.PID())
	r.cpu, r.switchCPU = after.cpu-before.cpu, switchAfter.cpu-switchBefore.cpu
	r.rssStart, r.rssEnd = before.rss, after.rss
	return r, err
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // gone already: what was wanted
	timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait() // its status says nothing about the figures
}

// calls runs sipp three times at once: the carrier, and a caller of each kind.
func (b *bench) calls(ctx context.Context, dir string, r *result) error {
	limit := time.Duration(b.seconds)*time.Second + b.talk + 20*time.Second
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

func (b *bench) sipp(ctx context.Context, dir, scenario string, args ...string) *exec.Cmd {
	file, err := filepath.Abs(filepath.Join("scripts", "load", scenario+".xml"))
	if err != nil {
		file = scenario + ".xml"
	}
	args = append([]string{"-sf", file, "-i", "127.0.0.1", "-nostdin", "-trace_err", "-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-fd", "1",
		"-stf", filepath.Join(dir, scenario+".stat.csv")}, args...)
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// read takes the figures from what sipp wrote.
func (r *result) read(dir string) error {
	for name, delays := range map[string]*[]float64{"answered": &r.answered, "refused": &r.refused} {
		ok, failed, err := counts(filepath.Join(dir, name+".stat.csv"))
		if err != nil {
			return err
		}
		r.calls += ok + failed
		r.failed += failed
		files, err := filepath.Glob(filepath.Join(dir, name+"_*_rtt.csv"))
		if err != nil || len(files) > 1 {
			return fmt.Errorf("sipp wrote %d files of delays for %s", len(files), name)
		}
		if len(files) == 0 {
			continue // no call got that far
		}
		if *delays, err = readDelays(files[0]); err != nil {
			return err
		}
	}
	return nil
}

func table(file string) ([][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	c := csv.NewReader(f)
	c.Comma, c.FieldsPerRecord = ';', -1
	rows, err := c.ReadAll()
	if err == nil && len(rows) < 2 {
		err = fmt.Errorf("%s has no figures", filepath.Base(file))
	}
	return rows, err
}

// counts reads the last line of sipp's statistics.
func counts(file string) (ok, failed int, err error) {
	rows, err := table(file)
	if err != nil {
		return 0, 0, err
	}
	last := rows[len(rows)-1]
	get := func(column string) int {
		at := slices.Index(rows[0], column)
		if at < 0 || at >= len(last) {
			err = fmt.Errorf("sipp's statistics have no %s", column)
			return 0
		}
		n, convErr := strconv.Atoi(last[at])
		if convErr != nil {
			err = convErr
		}
		return n
	}
	ok, failed = get("SuccessfulCall(C)"), get("FailedCall(C)")
	return ok, failed, err
}

func readDelays(file string) ([]float64, error) {
	rows, err := table(file)
	if err != nil {
		return nil, err
	}
	var all []float64
	for _, row := range rows[1:] {
		if len(row) < 2 {
			continue
		}
		ms, err := strconv.ParseFloat(strings.TrimSpace(row[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("sipp's delays: %w", err)
		}
		all = append(all, ms)
	}
	slices.Sort(all)
	return all, nil
}

// quantile of sorted values; 0 of none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// spent is what a process has used so far.
type spent struct {
	cpu time.Duration
	rss int // bytes
}

// tick is the unit of processor time in /proc, the same on every Linux.
const tick = 10 * time.Millisecond

func usage(pid int) (spent, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return spent{}, err
	}
	// The name in brackets may have spaces in it.
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if len(f) < 22 {
		return spent{}, fmt.Errorf("/proc/%d/stat is short", pid)
	}
	user, uErr := strconv.Atoi(f[11])
	system, sErr := strconv.Atoi(f[12])
	pages, pErr := strconv.Atoi(f[21])
	return spent{time.Duration(user+system) * tick, pages * os.Getpagesize()}, errors.Join(uErr, sErr, pErr)
}
