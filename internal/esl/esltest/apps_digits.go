package esltest

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// digitsSpec are the arguments of play_and_get_digits.
type digitsSpec struct {
	min, max, tries     int
	timeout, digitTime  time.Duration
	terminators         string
	prompt, bad         string
	variable, accepting string
}

// readStatus is how one reading of digits ended.
type readStatus int

const (
	readSuccess readStatus = iota
	readTimeout
	readTooSmall
)

func parseDigitsSpec(arg string) (digitsSpec, bool) {
	w := splitQuoted(arg)
	if len(w) < 8 {
		return digitsSpec{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(w[i]); return v } // as atoi: rubbish counts as 0
	s := digitsSpec{min: n(0), max: n(1), tries: n(2), timeout: time.Duration(n(3)) * time.Millisecond,
		terminators: w[4], prompt: w[5], bad: w[6], variable: w[7]}
	if len(w) > 8 {
		s.accepting = w[8]
	}
	s.digitTime = s.timeout
	if len(w) > 9 && n(9) > 0 {
		s.digitTime = time.Duration(n(9)) * time.Millisecond
	}
	if s.terminators == "none" {
		s.terminators = ""
	}
	s.max, s.tries = max(s.max, s.min), max(s.tries, 1)
	return s, true
}

// splitQuoted parts words at blanks; 'single quotes' keep blanks.
func splitQuoted(s string) []string {
	var words []string
	var word strings.Builder
	quoted, some := false, false
	for _, r := range s {
		switch {
		case r == '\'':
			quoted, some = !quoted, true
		case r == ' ' && !quoted:
			if some {
				words = append(words, word.String())
			}
			word.Reset()
			some = false
		default:
			word.WriteRune(r)
			some = true
		}
	}
	if some {
		words = append(words, word.String())
	}
	return words
}

// appPlayAndGetDigits is min max tries timeout terminators file invalid-file
// variable regexp [digit-timeout].
func appPlayAndGetDigits(c *call, arg string) {
	s, ok := parseDigitsSpec(arg)
	if !ok {
		return
	}
	c.vars.unset("read_terminator_used")
	if s.accepting != "" {
		c.vars.unset(s.variable + "_invalid")
	}
	for ; c.ready() && s.tries > 0; s.tries-- {
		digits, status, heard := c.readDigits(s)
		if !heard {
			c.tick() // without its prompt it asks nothing, however many tries
			return
		}
		if c.accept(s, digits, status) || !c.ready() {
			return
		}
		c.play(s.bad, nil)
	}
}

// accept judges one reading; digits the expression does not allow are moved
// to the variable's _invalid twin.
func (c *call) accept(s digitsSpec, digits string, status readStatus) bool {
	if s.min == 0 && digits == "" && c.vars.has("read_terminator_used") {
		return true
	}
	if status == readTimeout && len(digits) >= s.min {
		status = readSuccess
	}
	if status != readSuccess || digits == "" {
		return false
	}
	if s.accepting == "" {
		return true
	}
	if re, err := regexp.Compile(s.accepting); err == nil && re.MatchString(digits) {
		return true
	}
	c.vars.unset(s.variable)
	c.vars.set(s.variable+"_invalid", digits)
	return false
}

// readDigits is switch_ivr_read: the prompt, cut short by the first key, then
// keys until there are enough, a terminator, or the time is over. heard is
// false if the prompt does not exist: then nothing was read.
func (c *call) readDigits(s digitsSpec) (digits string, status readStatus, heard bool) {
	c.vars.unset("read_result")
	c.vars.unset(s.variable)
	c.preAnswer()
	ended := false
	key := func() bool {
		d, ok := c.takeDTMF()
		if !ok {
			return false
		}
		if strings.IndexByte(s.terminators, d) >= 0 {
			c.vars.set("read_terminator_used", string(d))
			ended = true
		} else {
			digits += string(d)
		}
		ended = ended || len(digits) >= s.max
		return true
	}
	if s.prompt != "silence" && c.play(s.prompt, key) == "FILE NOT FOUND" {
		return "", readTooSmall, false
	}
	for wait := s.timeout; !ended; wait = s.digitTime {
		if digits != "" {
			wait = s.digitTime
		}
		pressed := false
		c.waitFor(wait, func() bool { pressed = key(); return pressed })
		if !pressed {
			status = readTimeout
			break
		}
	}
	if len(digits) < s.min {
		status = readTooSmall
	}
	c.vars.set("read_result", [...]string{"success", "timeout", "failure"}[status])
	c.vars.set(s.variable, digits)
	return digits, status, true
}
