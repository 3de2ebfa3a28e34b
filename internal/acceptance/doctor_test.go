//go:build acceptance

package acceptance

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestDoctor examines a switch with the shipped dialplan: first while the
// server runs, then without it.
func TestDoctor(t *testing.T) {
	w := newWorld(t)
	out, code := w.doctor(t)
	if code != 0 {
		t.Errorf("exit code %d with a server running", code)
	}
	socket := regexp.MustCompile(`(?m)^OK +socket ` + regexp.QuoteMeta(w.server.eslAddr) + ` `)
	if !socket.MatchString(out) {
		t.Errorf("the dialplan's address %s was not found", w.server.eslAddr)
	}
	// This switch runs commands where it expands text, on purpose; and its
	// release may be an old one. Nothing else is wrong with it.
	for line := range strings.Lines(out) {
		level, what, _ := strings.Cut(line, " ")
		what = strings.TrimSpace(what)
		expected := level == "OK" || level == "" || // "" continues the line before
			level == "WARN" && (strings.HasPrefix(what, "version ") || strings.HasPrefix(what, "api-expansion "))
		if !expected {
			t.Errorf("not expected: %s", line)
		}
	}
	if t.Failed() {
		t.Logf("it said:\n%s", out)
	}

	w.server.stop()
	out, code = w.doctor(t)
	if code != 1 || !strings.Contains(out, "FAIL  socket "+w.server.eslAddr) {
		t.Errorf("exit code %d without a server, and it said:\n%s", code, out)
	}
}

func (w *world) doctor(t *testing.T) (output string, exitCode int) {
	t.Helper()
	out, err := exec.CommandContext(soon(t), w.server.binary, "doctor", "--switch", w.sw.ESLAddr, "--password", w.sw.ESLPassword).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		exitCode = exit.ExitCode()
	}
	return string(out), exitCode
}
