package phone

import (
	"context"
	"fmt"
	"time"
)

// Heard is a tone that was heard, or something else than silence: Hz 0 then.
type Heard struct {
	Hz float64
	// From is counted from the first sound that is kept: see Audio.
	From, For time.Duration
	Gaps      time.Duration // silence in it, all together: each too short to part it
}

// joinedOver is how long a tone may be missing and still is one: what a listener
// takes for a click.
const joinedOver = 60 * time.Millisecond

// shortest is the least a tone lasts to be one; less is where one sound goes
// over into the next.
const shortest = 60 * time.Millisecond

// Tones gives what was heard so far, in order: which of the frequencies, from
// when on and for how long. They have to be 100 Hz apart. What is none of them
// and no silence has the frequency 0.
func (a *Audio) Tones(hz ...float64) []Heard {
	a.mu.Lock()
	samples := append([]int16(nil), a.heard...)
	a.mu.Unlock()
	return TonesIn(samples, hz...)
}

// TonesIn is Tones of a recording, 8 kHz.
func TonesIn(samples []int16, hz ...float64) []Heard {
	var all []Heard
	for at := 0; at+frame <= len(samples); at += frame {
		tone, sounds := toneOf(samples[at:at+frame], hz)
		if !sounds {
			continue
		}
		from := time.Duration(at) * time.Second / 8000
		last := len(all) - 1
		if last >= 0 && all[last].Hz == tone && from-all[last].end() <= joinedOver {
			all[last].Gaps += from - all[last].end()
			all[last].For = from + 20*time.Millisecond - all[last].From
			continue
		}
		if last >= 0 && all[last].For < shortest {
			all = all[:last]
		}
		all = append(all, Heard{Hz: tone, From: from, For: 20 * time.Millisecond})
	}
	if last := len(all) - 1; last >= 0 && all[last].For < shortest {
		all = all[:last]
	}
	return joined(all)
}

// joined puts together what a click parted.
func joined(all []Heard) []Heard {
	var out []Heard
	for _, h := range all {
		if last := len(out) - 1; last >= 0 && out[last].Hz == h.Hz && h.From-out[last].end() <= joinedOver {
			out[last].Gaps += h.From - out[last].end() + h.Gaps
			out[last].For = h.end() - out[last].From
			continue
		}
		out = append(out, h)
	}
	return out
}

func (h Heard) end() time.Duration { return h.From + h.For }

// String is like "900 Hz for 1.2s".
func (h Heard) String() string {
	text := fmt.Sprintf("%g Hz for %v", h.Hz, h.For.Round(10*time.Millisecond))
	if h.Gaps > 0 {
		text += fmt.Sprintf(" with gaps of %v", h.Gaps)
	}
	return text
}

// toneOf gives the frequency of a frame; false: it is silent.
func toneOf(samples []int16, hz []float64) (tone float64, sounds bool) {
	if level(samples) <= audible {
		return 0, false
	}
	best := 0.7
	for _, f := range hz {
		if share := toneShare(samples, f); share > best {
			tone, best = f, share
		}
	}
	return tone, true
}

// WaitSilence waits until 100 ms of what is heard from now on are silence.
func (a *Audio) WaitSilence(ctx context.Context) error {
	return a.waitWindow(ctx, "silence", func(w []int16) bool { return level(w) <= audible })
}

// PressAll sends keys one after the other, as Press does.
func (a *Audio) PressAll(keys string) {
	for _, key := range []byte(keys) {
		a.Press(key)
	}
}

// Hurry makes keys as short as they can be, 40 ms each, from now on.
func (a *Audio) Hurry() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hurry = true
}
