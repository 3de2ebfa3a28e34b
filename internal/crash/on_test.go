//go:build crashpoints

package crash

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestDue(t *testing.T) {
	for _, tt := range []struct {
		at   string
		dies int // at which call, 0: never
	}{
		{"", 0}, {"other", 0}, {SentNotSettled, 1}, {SentNotSettled + "#1", 1}, {SentNotSettled + "#3", 3}, {SentNotSettled + "#x", 1},
	} {
		c, died := read(tt.at), 0
		for n := 1; n <= 5; n++ {
			c.due(ClaimedNotSent)
			if c.due(SentNotSettled) {
				died = n
			}
		}
		if died != tt.dies {
			t.Errorf("%q: died at %d, want %d", tt.at, died, tt.dies)
		}
	}
}

func TestHereKills(t *testing.T) {
	if os.Getenv(at) != "" {
		defer t.Error("a deferred function ran")
		Here(ClaimedNotSent)
		Here(CommittedNotDelivered)
		t.Fatal("survived")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestHereKills$")
	cmd.Env = append(os.Environ(), at+"="+CommittedNotDelivered)
	out, err := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v, want SIGKILL:\n%s", err, out)
	}
}
