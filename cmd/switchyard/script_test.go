package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

const commandName = "switchyard"

// Every file in testdata/script is a session at a terminal. Beside the usual
// commands of testscript there are
//
//	exits CODE COMMAND…   run it and expect this exit code
//	serve NAME ARG…       start `switchyard serve ARG…` and wait until it
//	                      serves; $NAME_ESL and $NAME_HTTP are its addresses
//	place NAME CALLER ID  a call from CALLER to +13055550100, to its end; the phone
//	                      of extension 1001 answers, the others are not there
//	follow NAME N FILE    events --follow, interrupted after N lines, which go
//	                      into FILE
//	setenv VAR FILE RE    VAR is the first group of RE in FILE
//	terminate NAME        SIGTERM, and expect exit code 0; NAME.log is its log
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SWITCHYARD_ESL_LISTEN", "127.0.0.1:0")
			env.Setenv("SWITCHYARD_HTTP_LISTEN", "127.0.0.1:0")
			env.Setenv("GORACE", os.Getenv("GORACE")) // a command under the race detector has its options
			env.Values[serversKey{}] = map[string]*serving{}
			return linkCommand(env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"serve":     serve,
			"place":     place,
			"follow":    follow,
			"setenv":    setenv,
			"terminate": terminate,
		},
		RequireExplicitExec: true,
	})
}

// linkCommand puts the test binary on the script's PATH by the command's name.
func linkCommand(env *testscript.Env) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	bin := filepath.Join(env.WorkDir, ".bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		return err
	}
	env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
	return os.Symlink(self, filepath.Join(bin, commandName))
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

type serversKey struct{}

// serving is a server that a script started.
type serving struct {
	process *exec.Cmd
	ended   chan error // what Wait gave, once the log is read to its end
	reaped  bool
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: serve NAME ARG…")
	}
	name := args[0]
	log, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	s := &serving{ended: make(chan error, 1)}
	s.process = exec.Command(ts.MkAbs(".bin/"+commandName), append([]string{"serve"}, args[1:]...)...)
	s.process.Dir = ts.MkAbs(".")
	s.process.Env = scriptEnvironment(ts)
	stderr, err := s.process.StderrPipe()
	ts.Check(err)
	ts.Check(s.process.Start())
	ts.Defer(s.kill)
	ready := make(chan addresses, 1)
	go s.follow(stderr, log, ready)
	select {
	case at, ok := <-ready:
		if !ok {
			ts.Fatalf("%s ended before it served:\n%s", name, ts.ReadFile(name+".log"))
		}
		ts.Setenv(name+"_ESL", at.ESL)
		ts.Setenv(name+"_HTTP", "http://"+at.HTTP)
	case <-time.After(20 * time.Second):
		ts.Fatalf("%s does not serve:\n%s", name, ts.ReadFile(name+".log"))
	}
	ts.Value(serversKey{}).(map[string]*serving)[name] = s
}

func scriptEnvironment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SWITCHYARD_ESL_LISTEN", "SWITCHYARD_HTTP_LISTEN", "SWITCHYARD_OPERATORKEY", "SWITCHYARD_LOG_FORMAT", "GORACE"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

type addresses struct{ Message, ESL, HTTP string }

// follow keeps the log and tells when the line comes that says where it serves.
func (s *serving) follow(from io.Reader, log *os.File, ready chan<- addresses) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		fmt.Fprintln(log, lines.Text())
		var at addresses
		if json.Unmarshal(lines.Bytes(), &at) == nil && at.Message == "serving" {
			ready <- at
		}
	}
	close(ready)
	s.ended <- errors.Join(lines.Err(), log.Close(), s.process.Wait())
}

func (s *serving) kill() {
	if !s.reaped {
		_ = s.process.Process.Kill()
		<-s.ended
	}
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: terminate NAME")
	}
	s, ok := ts.Value(serversKey{}).(map[string]*serving)[args[0]]
	if !ok {
		ts.Fatalf("no server %s", args[0])
	}
	ts.Check(s.process.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-s.ended:
		s.reaped = true
		if err != nil {
			ts.Fatalf("%s: %v\n%s", args[0], err, strings.TrimSpace(ts.ReadFile(args[0]+".log")))
		}
	case <-time.After(20 * time.Second):
		ts.Fatalf("%s does not end", args[0])
	}
}
