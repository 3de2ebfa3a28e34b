package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var codeBlock = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// Every command of the README is run, in its order, by somebody who saves the
// files it shows and has nothing else.
func TestREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	for _, block := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		switch kind, body := block[1], block[2]; kind {
		case "yaml":
			name, ok := strings.CutPrefix(strings.SplitN(body, "\n", 2)[0], "# file: ")
			if !ok {
				t.Fatalf("a YAML block without its file's name:\n%s", body)
			}
			if err := os.WriteFile(filepath.Join(r.folder, name), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		case "sh":
			for line := range strings.Lines(body) {
				r.run(strings.TrimSpace(line))
			}
		case "text":
			r.shown(body)
		}
	}
	// No section stands in the way of one before it: at night, too, callers come to the menu.
	night := []string{"explain", "--tenant", "acme", "--from", "+13055550199", "--to", "+13055550100", "--at", "2026-11-20 21:00"}
	if out := r.succeeds(r.folder, filepath.Join(r.folder, "bin", "switchyard"), night...); !strings.Contains(out, "ivr main") {
		t.Errorf("nobody hears the menu: %s", out)
	}
	if r.ran < 10 {
		t.Errorf("only %d commands were found", r.ran)
	}
}

// reader is a person who follows the README.
type reader struct {
	t      *testing.T
	folder string
	env    []string
	ran    int
	demo   string
}

func newReader(t *testing.T) *reader {
	r := &reader{t: t, folder: t.TempDir()}
	server := freeAddress(t)
	r.env = append(os.Environ(), "SWITCHYARD_HTTP_LISTEN="+server, "SWITCHYARD_SERVER=http://"+server, "SWITCHYARD_ESL_LISTEN=127.0.0.1:0", "USER=reader")
	return r
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (r *reader) run(line string) {
	r.t.Helper()
	r.ran++
	switch line {
	case "make test":
		r.succeeds("../..", "make", "-n", "test") // this is part of it
	case "make demo":
		r.demo = r.succeeds("../..", "make", "demo")
	case "make build":
		r.succeeds("../..", "go", "build", "-o", filepath.Join(r.folder, "bin", "switchyard"), "./cmd/switchyard")
		if plan := r.succeeds("../..", "make", "-n", "build"); !strings.Contains(plan, "-o bin/switchyard") {
			r.t.Errorf("make build does not make bin/switchyard: %s", plan)
		}
	case "bin/switchyard serve":
		r.serve()
	default:
		words := strings.Fields(line)
		if out := r.succeeds(r.folder, filepath.Join(r.folder, words[0]), words[1:]...); strings.Contains(out, "warning") {
			r.t.Errorf("%s\n%s", line, out)
		}
	}
}

func (r *reader) succeeds(folder, name string, args ...string) string {
	r.t.Helper()
	c := exec.Command(name, args...)
	c.Dir, c.Env = folder, r.env
	out, err := c.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// serve starts the server and goes on when it says that it serves.
func (r *reader) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, filepath.Join(r.folder, "bin", "switchyard"), "serve")
	c.Dir, c.Env = r.folder, r.env
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	out, err := c.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		cancel()
		if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != 0 {
			r.t.Errorf("serve ended with %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if bytes.Contains(lines.Bytes(), []byte(`"serving"`)) {
			go func() {
				for lines.Scan() { // keep its log flowing
				}
			}()
			return
		}
	}
	r.t.Fatal("serve never said that it serves")
}

// shown checks what the README shows as output or as a command for later.
func (r *reader) shown(body string) {
	if strings.HasPrefix(body, "bin/switchyard doctor") {
		r.succeeds(r.folder, filepath.Join(r.folder, "bin", "switchyard"), "doctor", "--help")
		return
	}
	if !strings.Contains(r.demo, body) {
		r.t.Errorf("the demo does not print what the README shows:\n%s", body)
	}
}
