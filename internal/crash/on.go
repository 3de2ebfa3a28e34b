//go:build crashpoints

package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// at is the variable that chooses the point.
const at = "SWITCHYARD_CRASH_AT"

var chosen = read(os.Getenv(at))

type choice struct {
	point string
	nth   int64
	seen  atomic.Int64
}

// read reads "point" or "point#3".
func read(s string) *choice {
	point, n, _ := strings.Cut(s, "#")
	c := &choice{point: point, nth: 1}
	if nth, err := strconv.ParseInt(n, 10, 64); err == nil && nth > 0 {
		c.nth = nth
	}
	return c
}

// due tells whether this is the time to die.
func (c *choice) due(point string) bool {
	return c.point != "" && c.point == point && c.seen.Add(1) == c.nth
}

// Here ends the process with SIGKILL if this is the chosen point and time. Safe
// for concurrent use; it does not return then.
func Here(point string) {
	if !chosen.due(point) {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}
