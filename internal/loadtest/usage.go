package loadtest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used so far.
type Usage struct {
	CPU time.Duration // processor time, its own and the kernel's for it
	RSS int           // bytes of memory that are in use now
}

// tick is the unit of processor time in /proc, the same on every Linux.
const tick = 10 * time.Millisecond

// UsageOf reads what the process pid has used; an error if there is none.
func UsageOf(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	u, err := parseStat(string(stat))
	if err != nil {
		return Usage{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
	}
	return u, nil
}

// parseStat reads the line that proc_pid_stat(5) describes.
func parseStat(line string) (Usage, error) {
	// The name is in brackets, and may have brackets and spaces in it.
	f := strings.Fields(line[strings.LastIndex(line, ")")+1:])
	if len(f) < 22 {
		return Usage{}, fmt.Errorf("%d fields after the name are too few", len(f))
	}
	user, userErr := strconv.Atoi(f[11])
	system, systemErr := strconv.Atoi(f[12])
	pages, pagesErr := strconv.Atoi(f[21])
	return Usage{time.Duration(user+system) * tick, pages * os.Getpagesize()}, errors.Join(userErr, systemErr, pagesErr)
}
