//go:build acceptance

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
)

// hostile callers: whatever they write into their name, number or headers,
// nothing of it is run and the call is routed.
func (w *world) hostile(t *testing.T) {
	touched := filepath.Join(t.TempDir(), "touched")
	w.commandsDoRun(t)
	run := "${system touch " + touched + "}"
	for _, c := range []struct{ name, display, user, headers string }{
		{"command in the name", run, outsider, ""},
		{"api call in the name", "${system(touch " + touched + ")}", outsider, ""},
		{"escaped command", `\${system touch ` + touched + `}`, outsider, ""},
		{"command in the number", "A", "%24%7Bsystem%20touch%20" + strings.ReplaceAll(touched, "/", "%2F") + "%7D", ""},
		{"command in a header", "A", outsider, "X-Note: " + run + "\r\nP-Asserted-Identity: \"" + run + "\" <sip:" + outsider + "@127.0.0.1>\r\n"},
		{"folded line", "one\r\n two" + run, outsider, ""},
		{"end of a variable block", "a}&system(touch " + touched + ")", outsider, ""},
		{"dial string", "a,b|c'd:_:e^^f&g;h=i]j[k<l", outsider, ""},
		{"quote", `it\"s`, outsider, ""},
		{"10 kB", strings.Repeat("Ä$", 3400), outsider, ""},
		{"not UTF-8", "\xff\xfe\x80" + run, outsider, ""},
		{"control characters", "a\x01\x07\x1b[2Jb", outsider, ""},
		{"encoded newline", "A", "%0A%0Aapi%20status%0A%0A", ""},
	} {
		t.Run(c.name, func(t *testing.T) { w.hostileCall(t, touched, c.display, c.user, c.headers) })
	}
}

// commandsDoRun proves that this switch runs commands where it expands text:
// without that the test could not fail.
func (w *world) commandsDoRun(t *testing.T) {
	t.Helper()
	control := filepath.Join(t.TempDir(), "control")
	if _, err := w.sw.API(soon(t), "expand echo ${system touch "+control+"}"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(control); err != nil {
		t.Fatalf("the switch did not run a command it was to run: %v", err)
	}
}

func (w *world) hostileCall(t *testing.T, touched, display, user, headers string) {
	w.phones["1001"].OnCall(phone.Script{Ring: 50 * time.Millisecond, HangUpAfter: 200 * time.Millisecond})
	before := w.phones["1001"].Invites()
	status, err := phone.DialRaw(soon(t), phone.RawInvite{
		Server: w.sw.ExternalAddr, User: didPhone, Headers: headers,
		From: fmt.Sprintf("\"%s\" <sip:%s@127.0.0.1>", display, user),
	})
	if err != nil {
		t.Fatal(err)
	}
	if status != 200 {
		t.Errorf("the caller got %d, want 200", status)
	}
	if w.phones["1001"].Invites() != before+1 {
		t.Error("the call did not reach 1001 once")
	}
	if _, err := os.Stat(touched); err == nil {
		t.Error("what the caller wrote was run as a command")
		must(t, os.Remove(touched))
	}
	w.idle(t)
}

func userOf(requestLine string) string {
	_, rest, _ := strings.Cut(requestLine, "sip:")
	user, _, _ := strings.Cut(rest, "@")
	return strings.ReplaceAll(user, "%2B", "+")
}
