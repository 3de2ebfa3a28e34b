package delivery

import "time"

// schedule is how long to wait before each attempt; 76 hours in all.
var schedule = [...]time.Duration{
	0, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// MaxAttempts is how often an event is sent before it is given up.
const MaxAttempts = len(schedule)

// GiveUpAfter is how long after its first attempt an event is given up even if
// the schedule is not at its end: pauses of the endpoint make it longer.
const GiveUpAfter = 120 * time.Hour

// spread is how far a wait is moved, so that what failed together is not
// tried again together.
const spread = 0.2

// waitAfter tells how long to wait after the given try, from 1, failed; false
// if that was the last. jitter, from 0 up to 1, moves it between 20 % shorter
// and 20 % longer.
func waitAfter(try int, jitter float64) (time.Duration, bool) {
	if try < 1 {
		try = 1
	}
	if try >= MaxAttempts {
		return 0, false
	}
	return time.Duration(float64(schedule[try]) * (1 - spread + 2*spread*jitter)), true
}

// When later events of a call no longer wait for one that fails.
const (
	// YieldTries is after how many tries of it they go at once.
	YieldTries = 3
	// YieldAfter is how long after its first try they go at the latest.
	YieldAfter = 30 * time.Second
)

// yieldAt tells when later events of the call may go although the given try,
// from 1, failed at now; firstAt is when the first try was made.
func yieldAt(now, firstAt time.Time, try int) time.Time {
	if at := firstAt.Add(YieldAfter); try < YieldTries && at.After(now) {
		return at
	}
	return now
}
