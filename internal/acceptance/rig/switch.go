package rig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrNoFreeSWITCH means that there is no FreeSWITCH on this machine.
var ErrNoFreeSWITCH = errors.New("FreeSWITCH was not found: install it, or set FREESWITCH to the path of its binary")

// startTimeout bounds the time until the switch takes commands and calls.
const startTimeout = time.Minute

// Switch is a running FreeSWITCH. Safe for concurrent use.
type Switch struct {
	// InternalAddr is where phones register and call, ExternalAddr where
	// trunks do: host:port, UDP.
	InternalAddr, ExternalAddr string
	// ESLAddr and ESLPassword are of its inbound event socket.
	ESLAddr, ESLPassword string
	// Dir holds everything it writes; messages are below Dir/storage.
	Dir string
	// Name is its own name, as calls report it.
	Name string

	cmd    *exec.Cmd
	exited chan struct{}
	esl    *ESL
}

// Start starts a FreeSWITCH and returns when it takes calls. It ends by Stop,
// not by the end of ctx, which bounds the start only. The error carries the
// end of the switch's log. ErrNoFreeSWITCH is wrapped when there is none.
func Start(ctx context.Context, opts Options) (*Switch, error) {
	binary, err := find()
	if err != nil {
		return nil, err
	}
	repo, err := repository()
	if err != nil {
		return nil, err
	}
	l, err := newLayout(ctx, opts, repo)
	if err != nil {
		return nil, err
	}
	if err := render(l, repo); err != nil {
		return nil, err
	}
	s := &Switch{
		InternalAddr: fmt.Sprintf("127.0.0.1:%d", l.internalPort),
		ExternalAddr: fmt.Sprintf("127.0.0.1:%d", l.externalPort),
		ESLAddr:      fmt.Sprintf("127.0.0.1:%d", l.eslPort),
		ESLPassword:  l.eslPassword,
		Dir:          l.root,
		Name:         "test-switch",
		exited:       make(chan struct{}),
	}
	if err := s.run(binary, l); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start FreeSWITCH: %w\n%s", err, s.LogTail(40))
	}
	return s, nil
}

func find() (string, error) {
	binary, err := exec.LookPath(cmp.Or(os.Getenv("FREESWITCH"), "freeswitch"))
	if err != nil {
		return "", ErrNoFreeSWITCH
	}
	return binary, nil
}

func newLayout(ctx context.Context, opts Options, repo string) (layout, error) {
	l := layout{
		root:        opts.Dir,
		eslPassword: cmp.Or(opts.ESLPassword, password()),
		trunk:       opts.Trunk,
		log:         opts.LogLevel,
		cdr:         opts.CDR,
		domains:     opts.Domains,
		gateways:    opts.Gateways,
		modules:     opts.Modules,
	}
	var nobody, noCarrier int
	for _, port := range []*int{&l.internalPort, &l.externalPort, &l.eslPort, &l.downPort, &nobody, &noCarrier} {
		p, err := FreePort()
		if err != nil {
			return layout{}, err
		}
		*port = p
	}
	if opts.ESLPort != 0 {
		l.eslPort = opts.ESLPort
	}
	l.firstRTP, l.lastRTP = rtpRange(opts.RTPPorts)
	l.servers = cmp.Or(opts.Servers, fmt.Sprintf("127.0.0.1:%d", nobody))
	l.carrier = cmp.Or(opts.Carrier, fmt.Sprintf("127.0.0.1:%d", noCarrier))
	sounds, err := cachedPrompts(ctx, filepath.Join(repo, "testdata", "freeswitch", "prompts.txt"))
	if err != nil {
		return layout{}, err
	}
	l.sounds = sounds
	return l, nil
}

func (s *Switch) run(binary string, l layout) error {
	s.cmd = exec.Command(binary, "-nf", "-nc", "-nonat", "-nocal", "-np",
		"-conf", l.dir("conf"), "-log", l.dir("log"), "-db", l.dir("db"), "-run", l.dir("run"),
		"-storage", l.dir("storage"), "-recordings", l.dir("recordings"), "-cache", l.dir("cache"),
		"-temp", l.dir("tmp"), "-certs", l.dir("certs"), "-scripts", l.dir("scripts"), "-sounds", l.sounds)
	out, err := os.Create(l.dir("log/console.log"))
	if err != nil {
		return fmt.Errorf("start FreeSWITCH: %w", err)
	}
	defer func() { _ = out.Close() }()
	s.cmd.Stdout, s.cmd.Stderr = out, out
	s.cmd.Dir = l.root
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start FreeSWITCH: %w", err)
	}
	go func() {
		_ = s.cmd.Wait() // killed by Stop; the status says nothing more
		close(s.exited)
	}()
	return nil
}

// ready waits until both SIP profiles run.
func (s *Switch) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it did not get ready: %w", ctx.Err())
		case <-s.exited:
			return errors.New("it ended by itself")
		case <-tick.C:
		}
		if s.esl == nil {
			s.esl, _ = DialESL(ctx, s.ESLAddr, s.ESLPassword) // not listening yet: tried again
			continue
		}
		status, err := s.esl.API(ctx, "sofia status")
		if err != nil {
			return err
		}
		if strings.Count(status, "RUNNING") >= 2 {
			return nil
		}
	}
}

// Stop ends the switch at once and waits for it. Calls on it are cut.
func (s *Switch) Stop() {
	if s.esl != nil {
		s.esl.Close()
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // gone already: what was wanted
	<-s.exited
}

// API runs one command ("show channels") and gives its answer.
func (s *Switch) API(ctx context.Context, command string) (string, error) {
	return s.esl.API(ctx, command)
}

// Channels is the number of channels now; a bridged call has two.
func (s *Switch) Channels(ctx context.Context) (int, error) {
	answer, err := s.API(ctx, "show channels count")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.Fields(answer + " ?")[0])
	if err != nil {
		return 0, fmt.Errorf("count channels: unexpected answer %q", answer)
	}
	return n, nil
}

// Events opens a connection of its own and subscribes to events, given as to
// the command "event plain": "CUSTOM sofia::register", "CHANNEL_HANGUP_COMPLETE".
func (s *Switch) Events(ctx context.Context, events string) (*ESL, error) {
	conn, err := DialESL(ctx, s.ESLAddr, s.ESLPassword)
	if err != nil {
		return nil, err
	}
	if err := conn.Subscribe(ctx, events); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// PID is the process of the switch.
func (s *Switch) PID() int { return s.cmd.Process.Pid }

// LogTail is the last lines of its log, of its console output if it has none.
func (s *Switch) LogTail(lines int) string {
	for _, name := range []string{"log/freeswitch.log", "log/console.log"} {
		text, err := os.ReadFile(filepath.Join(s.Dir, name))
		if err != nil || len(text) == 0 {
			continue
		}
		all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		return strings.Join(all[max(0, len(all)-lines):], "\n")
	}
	return "(no log)"
}
