package esltest

import (
	"strconv"
	"time"
)

// tickLen is a session's 20 ms, and one microsecond: a server's timers, which
// begin at one of our ticks and last whole milliseconds, then never end in
// the very instant of another one, where either could come first.
const tickLen = 20*time.Millisecond + time.Microsecond

// tick releases the call until the session's next tick. What the caller's
// phone does meanwhile happens at its own time.
func (c *call) tick() {
	now := time.Now()
	c.reportLegs()
	c.ticks++
	if behind := int64(now.Sub(c.start) / tickLen); behind >= c.ticks {
		c.ticks = behind + 1
	}
	next := c.start.Add(time.Duration(c.ticks) * tickLen)
	for len(c.deeds) > 0 && !c.deeds[0].at.After(next) && c.ctx.Err() == nil {
		if at := c.deeds[0].at; at.After(now) {
			c.waitUntil(at)
		}
		c.act()
	}
	c.waitUntil(next)
}

// waitUntil unlocks the call until t or the end of the test's context.
func (c *call) waitUntil(t time.Time) {
	c.mu.Unlock()
	defer c.mu.Lock()
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// waitFor passes time tick by tick while the channel is ready, until stop
// says so, if given, or d is over. It is how an application waits.
func (c *call) waitFor(d time.Duration, stop func() bool) {
	end := time.Now().Add(d)
	for c.ready() && time.Now().Before(end) {
		if stop != nil && stop() {
			return
		}
		c.parseAll()
		if !c.ready() {
			return
		}
		c.tick()
	}
}

// epoch is the switch's clock in whole seconds, with which FreeSWITCH
// measures its time-outs.
func epoch() int64 { return time.Now().Unix() }

// micros writes a time as FreeSWITCH's microseconds, "0" for none.
func micros(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}
