package esltest

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

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

// readAtOnce is how much FreeSWITCH reads at once, of tones a round; it counts
// as played what it has read.
func readAtOnce(what string) time.Duration {
	if strings.HasPrefix(what, "tone_stream://") {
		tones, _, _ := strings.Cut(what, ";")
		return max(toneLength(tones), time.Millisecond)
	}
	return 2048 * time.Millisecond
}
