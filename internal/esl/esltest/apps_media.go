package esltest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const endless = time.Duration(1<<63 - 1)

// appPlayback plays files and streams, joined by "!", one after the other.
func appPlayback(c *call, arg string) {
	response := c.play(arg, c.terminated)
	if response == "FILE NOT FOUND" || response == "PLAYBACK ERROR" {
		c.tick()
	}
	c.vars.set("current_application_response", response)
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
// gives the application response that goes with it. The caller gets early media
// also if there is nothing to play.
func (c *call) play(what string, stop func() bool) string {
	c.preAnswer()
	c.vars.unset("playback_terminator_used")
	if text, ok := strings.CutPrefix(what, "say:"); ok {
		return c.say(what, text, stop)
	}
	response := "FILE NOT FOUND"
	for _, part := range strings.Split(strings.TrimPrefix(what, "file_string://"), "!") {
		name, from := cutOffset(part)
		length, ok := c.playLength(name)
		if !ok {
			continue
		}
		c.hear(part)
		var cut bool
		if response, cut = c.playOne(playing{length, from, readAtOnce(name)}, stop); cut {
			break
		}
	}
	if c.transfer != nil {
		return "PLAYBACK ERROR"
	}
	return response
}

// cutOffset parts "file@@samples".
func cutOffset(what string) (name string, from time.Duration) {
	name, offset, _ := strings.Cut(what, "@@")
	samples, _ := strconv.Atoi(offset) // as atoi: rubbish counts as 0
	return name, time.Duration(max(samples, 0)) * time.Second / rate
}

// rate is that of all files here, samples a second.
const rate = 8000

// playing is a file or stream that is played: how long it is, where it begins
// and how much of it is read at once.
type playing struct{ length, from, step time.Duration }

// playOne lets the time of one file pass from an offset on; cut means it was cut
// short, by what stop says or by playback_timeout_sec, which is an error.
func (c *call) playOne(p playing, stop func() bool) (response string, cut bool) {
	began := time.Now()
	rest, response := max(p.length-p.from, 0), "FILE PLAYED"
	if p.length == endless {
		rest = longestCall
	}
	lasts := rest
	if limit, err := strconv.Atoi(c.vars.get("playback_timeout_sec")); err == nil && limit > 1 && time.Duration(limit)*time.Second < rest {
		lasts, response = time.Duration(limit)*time.Second, "PLAYBACK ERROR"
	}
	broken := false
	c.waitFor(lasts, func() bool {
		broken = c.tookBreak() || stop != nil && stop()
		return broken
	})
	if broken {
		response = "FILE PLAYED"
	}
	played := min(time.Since(began).Truncate(20*time.Millisecond), lasts)
	read := min((played+p.step-1)/p.step*p.step, rest)
	c.vars.set("playback_last_offset_pos", fmt.Sprint(samples(p.from+played)))
	c.vars.set("playback_seconds", fmt.Sprint(int(read.Seconds())))
	c.vars.set("playback_ms", fmt.Sprint(read.Milliseconds()))
	c.vars.set("playback_samples", fmt.Sprint(samples(read)))
	return response, broken || response != "FILE PLAYED"
}

func samples(d time.Duration) int64 { return d.Milliseconds() * rate / 1000 }

// spokenByte is how long an engine takes for a byte of text.
const spokenByte = 85 * time.Millisecond

// say speaks with the engine of tts_engine. It leaves no playback_… variables.
// Without an engine FreeSWITCH says nothing and that it has.
func (c *call) say(what, text string, stop func() bool) string {
	engine := c.vars.get("tts_engine")
	switch {
	case engine == "":
		c.tick()
		return "FILE PLAYED"
	case !slices.Contains(c.sw.Engines, engine):
		return "PLAYBACK ERROR"
	}
	c.hear(what)
	c.waitFor(time.Duration(len(text))*spokenByte, func() bool { return c.tookBreak() || stop != nil && stop() })
	return "FILE PLAYED"
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
