package routing

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	maxToneText        = 200 // characters
	maxTone            = 20 * time.Second
	maxToneFrequency   = 4000 // Hz
	maxToneFrequencies = 4    // at once
	maxToneLoops       = 100
)

const toneHint = "write it like %(500,200,440): 500 ms of 440 Hz, then 200 ms of silence; ;loops=3 at the end repeats it"

// parseTone reads a tone stream, %(on,off,freq[,freq…]) one or several times and
// ;loops=N, and gives how long it is heard. It takes no more of FreeSWITCH's
// language than that, so that nothing a tenant writes can sound for ever. What
// is wrong is a mistake with a message.
func parseTone(text string) (time.Duration, mistake) {
	if len(text) > maxToneText {
		return 0, mistake{message: fmt.Sprintf("a tone longer than %d characters", maxToneText), hint: "repeat it with ;loops=3"}
	}
	sounds, loops, repeated := strings.Cut(text, ";")
	once, ok := parseSounds(sounds)
	if !ok {
		return 0, mistake{message: fmt.Sprintf("%q is no tone", text), hint: toneHint}
	}
	times := 1
	if repeated {
		count, named := strings.CutPrefix(loops, "loops=")
		if times, ok = toneNumber(count, 1, maxToneLoops); !named || !ok {
			return 0, mistake{message: fmt.Sprintf("%q is no tone", text), hint: toneHint}
		}
	}
	// Both factors are bounded, so the product is right.
	if whole := once * time.Duration(times); whole <= maxTone {
		return whole, mistake{}
	}
	return 0, mistake{message: "a tone longer than 20 seconds", hint: "repeat it less"}
}

// parseSounds gives the length of the sounds of a tone, one after the other.
func parseSounds(text string) (time.Duration, bool) {
	length := time.Duration(0)
	for text != "" {
		rest, ok := strings.CutPrefix(text, "%(")
		if !ok {
			return 0, false
		}
		sound, after, closed := strings.Cut(rest, ")")
		if !closed {
			return 0, false
		}
		once, ok := parseSound(sound)
		if !ok {
			return 0, false
		}
		length, text = length+once, after
	}
	return length, length > 0
}

// parseSound reads on,off,freq[,freq…].
func parseSound(text string) (time.Duration, bool) {
	parts := strings.Split(text, ",")
	if len(parts) < 3 || len(parts) > 2+maxToneFrequencies {
		return 0, false
	}
	most := int(maxTone / time.Millisecond)
	on, heard := toneNumber(parts[0], 1, most)
	off, ok := toneNumber(parts[1], 0, most)
	for _, frequency := range parts[2:] {
		_, audible := toneNumber(frequency, 1, maxToneFrequency)
		ok = ok && audible
	}
	return time.Duration(on+off) * time.Millisecond, heard && ok
}

// toneNumber reads digits and nothing else, not even a sign or a zero before
// them.
func toneNumber(text string, least, most int) (int, bool) {
	if text == "" || len(text) > 5 || !allDigits(text) || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= least && n <= most
}
