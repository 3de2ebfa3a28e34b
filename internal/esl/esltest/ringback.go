package esltest

import "strings"

// ringback is what the caller hears while one group after the other rings.
type ringback struct {
	wanted bool // a leg rings, or it is to be heard at once
	begun  bool
}

// rings tells whether a leg's ringing is passed on as such: not if the caller
// hears a tone instead.
func (r *ringback) rings(l *leg) bool {
	if l.c.ringbackSound() == "" {
		return true
	}
	r.wanted = true
	return false
}

// play begins what the caller hears when it is time for it.
func (r *ringback) play(c *call) {
	sound := c.ringbackSound()
	if sound == "" || r.begun || !r.wanted && !c.vars.truthy("instant_ringback") {
		return
	}
	r.begun = true
	c.preAnswer()
	if _, ok := c.playLength(sound); ok || !strings.Contains(sound, "://") {
		c.hear(sound)
	}
}

// ringbackSound is transfer_ringback for a caller who is answered, else
// ringback.
func (c *call) ringbackSound() string {
	if c.answered {
		if sound := c.vars.get("transfer_ringback"); sound != "" {
			return sound
		}
	}
	return c.vars.get("ringback")
}

func isList(file string) bool { return strings.HasPrefix(file, "file_string://") }
