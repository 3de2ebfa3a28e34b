package delivery

import "time"

// schedule is how long to wait before each attempt; 76 hours in all.
var schedule = [...]time.Duration{
	0, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// MaxAttempts is how often an event is sent before it is given up.
const MaxAttempts = len(schedule)

// spread is how far a wait is moved, so that what failed together is not
// tried again together.
const spread = 0.2

// NextAt tells when to try again after the given attempt, from 1, failed at
// now; false if that was the last. jitter, from 0 up to 1, moves the wait
// between 20 % shorter and 20 % longer.
func NextAt(now time.Time, attempt int, jitter float64) (time.Time, bool) {
	if attempt < 1 {
		attempt = 1
	}
	if attempt >= MaxAttempts {
		return time.Time{}, false
	}
	wait := float64(schedule[attempt]) * (1 - spread + 2*spread*jitter)
	return now.Add(time.Duration(wait)), true
}
