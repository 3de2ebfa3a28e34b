package esltest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	endless = time.Duration(1<<63 - 1)
	// defaultFile is how long a recording plays that Switch.Files does not list.
	defaultFile = 2 * time.Second
)

// appPlayback plays files and streams, joined by "!", one after the other.
func appPlayback(c *call, arg string) {
	c.vars.set("current_application_response", c.play(arg, c.terminated))
}

func appEndlessPlayback(c *call, arg string) {
	for c.ready() {
		before := time.Now()
		if r := c.play(arg, c.terminated); r != "FILE PLAYED" || c.vars.has("playback_terminator_used") {
			return
		}
		if time.Since(before) == 0 {
			return // nothing to play for ever
		}
	}
}

func appGentones(c *call, arg string) { c.play("tone_stream://"+arg, nil) }

// play plays one thing to its end, until stop says so, or to uuid_break, and
// gives the application response that goes with it.
func (c *call) play(what string, stop func() bool) string {
	parts := strings.Split(strings.TrimPrefix(what, "file_string://"), "!")
	response := "FILE NOT FOUND"
	for _, part := range parts {
		length, ok := c.playLength(part)
		if !ok {
			continue
		}
		c.preAnswer()
		c.res.Heard = append(c.res.Heard, part)
		response = "FILE PLAYED"
		if c.playOne(length, stop) {
			break
		}
	}
	if c.transfer != nil {
		return "PLAYBACK ERROR"
	}
	return response
}

// playOne lets the time of one file pass; true means it was cut short.
func (c *call) playOne(length time.Duration, stop func() bool) bool {
	began := time.Now()
	cut := false
	if length == endless {
		length = longestCall
	}
	c.waitFor(length, func() bool {
		cut = c.tookBreak() || stop != nil && stop()
		return cut
	})
	played := time.Since(began).Truncate(20 * time.Millisecond)
	c.vars.set("playback_last_offset_pos", fmt.Sprint(played.Milliseconds()*8))
	c.vars.set("playback_seconds", fmt.Sprint(int(played.Seconds())))
	c.vars.set("playback_ms", fmt.Sprint(played.Milliseconds()))
	c.vars.set("playback_samples", fmt.Sprint(played.Milliseconds()*8))
	return cut
}

// terminated takes pressed keys until one of playback_terminators, which is
// "*" when it is not set.
func (c *call) terminated() bool {
	keys := c.vars.get("playback_terminators")
	switch keys {
	case "":
		keys = "*"
	case "none":
		keys = ""
	case "any":
		keys = "0123456789*#"
	}
	d, ok := c.takeDTMF()
	if !ok || strings.IndexByte(keys, d) < 0 {
		return false
	}
	c.vars.set("playback_terminator_used", string(d))
	return true
}

// playLength is how long a file or stream plays; false if it does not exist.
func (c *call) playLength(what string) (time.Duration, bool) {
	what = strings.TrimSpace(what)
	switch {
	case what == "":
		return 0, false
	case strings.HasPrefix(what, "tone_stream://"):
		return toneLength(what), true
	case strings.HasPrefix(what, "silence_stream://"):
		word, _, _ := strings.Cut(strings.TrimPrefix(what, "silence_stream://"), ",")
		ms, err := strconv.Atoi(word)
		if err != nil || ms < 0 {
			return endless, err == nil
		}
		return time.Duration(ms) * time.Millisecond, true
	case strings.HasPrefix(what, "local_stream://"):
		return endless, true
	case c.sw.Files == nil:
		return defaultFile, true
	}
	d, ok := c.sw.Files[what]
	return d, ok
}

var toneRE = regexp.MustCompile(`%\((\d+),(\d+)`)

// toneLength adds up the %(on,off,…) parts, times loops.
func toneLength(spec string) time.Duration {
	var once time.Duration
	for _, m := range toneRE.FindAllStringSubmatch(spec, -1) {
		on, _ := strconv.Atoi(m[1])
		off, _ := strconv.Atoi(m[2])
		once += time.Duration(on+off) * time.Millisecond
	}
	if _, after, ok := strings.Cut(spec, "loops="); ok {
		word, _, _ := strings.Cut(after, ";")
		if loops, err := strconv.Atoi(word); err == nil && loops < 0 {
			return endless
		} else if err == nil {
			return once * time.Duration(max(loops, 1))
		}
	}
	return once
}
