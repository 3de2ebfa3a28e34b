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
	once, wrong := parseSounds(sounds)
	if wrong.message != "" {
		return 0, wrong
	}
	times := 1
	if repeated {
		if times, wrong = parseLoops(loops); wrong.message != "" {
			return 0, wrong
		}
	}
	// Both factors are bounded, so the product is right.
	if whole := once * time.Duration(times); whole <= maxTone {
		return whole, mistake{}
	}
	return 0, mistake{message: "a tone longer than 20 seconds", hint: "repeat it less"}
}

// parseLoops reads what is behind the semicolon of a tone.
func parseLoops(text string) (int, mistake) {
	count, named := strings.CutPrefix(text, "loops=")
	if times, ok := toneNumber(count, 1, maxToneLoops); named && ok {
		return times, mistake{}
	}
	part := quoted(";" + text)
	switch {
	case strings.HasPrefix(strings.TrimSpace(text), "%("):
		return 0, mistake{message: "a ; between tones", hint: "tones follow each other without it: %(500,200,440)%(500,200,620)"}
	case named && strings.Contains(count, ";"):
		return 0, mistake{message: part + " is behind the tones, where only one ;loops= may be", hint: toneHint}
	case named:
		return 0, mistake{message: part + " does not say how often the tones are repeated", hint: fmt.Sprintf(";loops=1 to ;loops=%d", maxToneLoops)}
	}
	return 0, mistake{message: part + " is behind the tones, where only ;loops= may be", hint: toneHint}
}

// parseSounds gives the length of the sounds of a tone, one after the other.
func parseSounds(text string) (time.Duration, mistake) {
	if text == "" {
		return 0, mistake{message: "no tone", hint: toneHint}
	}
	length := time.Duration(0)
	for text != "" {
		rest, opened := strings.CutPrefix(text, "%(")
		sound, after, closed := strings.Cut(rest, ")")
		if !opened || !closed {
			return 0, mistake{message: quoted(text) + " is no tone", hint: toneHint}
		}
		once, wrong := parseSound(sound)
		if wrong != "" {
			return 0, mistake{message: fmt.Sprintf("%q is no tone: %s", "%("+sound+")", wrong), hint: toneHint}
		}
		length, text = length+once, after
	}
	return length, mistake{}
}

// parseSound reads on,off,freq[,freq…] and says what is wrong, if something is.
func parseSound(text string) (length time.Duration, wrong string) {
	parts := strings.Split(text, ",")
	switch {
	case strings.ContainsAny(text, " \t"):
		return 0, "it has blanks"
	case len(parts) < 3:
		return 0, "it has fewer than three numbers"
	case len(parts) > 2+maxToneFrequencies:
		return 0, fmt.Sprintf("it has more than %d frequencies", maxToneFrequencies)
	}
	most := int(maxTone / time.Millisecond)
	on, ok := toneNumber(parts[0], 1, most)
	if !ok {
		return 0, fmt.Sprintf("%q is not 1 to %d ms of sound", parts[0], most)
	}
	off, ok := toneNumber(parts[1], 0, most)
	if !ok {
		return 0, fmt.Sprintf("%q is not 0 to %d ms of silence", parts[1], most)
	}
	for _, frequency := range parts[2:] {
		if _, ok := toneNumber(frequency, 1, maxToneFrequency); !ok {
			return 0, fmt.Sprintf("%q is not 1 to %d Hz", frequency, maxToneFrequency)
		}
	}
	return time.Duration(on+off) * time.Millisecond, ""
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
