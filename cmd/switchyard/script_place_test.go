package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"switchyard/internal/esl/esltest"
)

// place plays a call against a server that a script started.
func place(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: place NAME CALLER ID")
	}
	standIn := &esltest.Switch{
		Phones: map[string][]esltest.Phone{reception: answers(200*ms, 300*ms)},
		Dial: func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", ts.Getenv(args[0]+"_ESL"))
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	call := inbound(args[1], "Ann", "+13055550100")
	call.UUID = args[2]
	_, err := standIn.Place(ctx, call)
	ts.Check(err)
}

func setenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: setenv VAR FILE RE")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("no %s in %s", args[2], args[1])
	}
	ts.Setenv(args[0], found[1])
}

func follow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: follow NAME N FILE")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, ts.MkAbs(".bin/"+commandName), "events", "--follow", "--server", ts.Getenv(args[0]+"_HTTP"))
	c.Env = append(scriptEnvironment(ts), "SWITCHYARD_KEY="+ts.Getenv("SWITCHYARD_KEY"))
	var told strings.Builder
	c.Stderr = &told
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	var got strings.Builder
	lines := bufio.NewScanner(out)
	for i := 0; i < n && lines.Scan(); i++ {
		got.WriteString(lines.Text() + "\n")
	}
	ts.Check(c.Process.Signal(os.Interrupt))
	for lines.Scan() {
		got.WriteString(lines.Text() + "\n")
	}
	if err := c.Wait(); err != nil || !strings.Contains(told.String(), "Go on with: --after ") {
		ts.Fatalf("follow: %v\n%s%s", err, &got, &told)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(got.String()), 0o600))
}
