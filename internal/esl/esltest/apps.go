package esltest

import (
	"strconv"
	"strings"
	"time"
)

// appFunc is an application: it returns when the application is done, having
// let time pass by c.tick and messages run by c.parseAll.
type appFunc func(c *call, arg string)

// applications are those the stand-in has; any other name ends the call.
func applications() map[string]appFunc {
	nothing := func(*call, string) {}
	return map[string]appFunc{
		"answer":     func(c *call, _ string) { c.answer() },
		"pre_answer": func(c *call, _ string) { c.preAnswer() },
		"ring_ready": func(c *call, _ string) { c.ringReady() },

		"set": appSet, "multiset": appMultiset, "export": appExport, "unset": appUnset,
		"sleep": appSleep, "park": nothing,
		"hangup": appHangup, "respond": appRespond, "transfer": appTransfer,

		"playback": appPlayback, "endless_playback": appEndlessPlayback, "gentones": appGentones,
		"play_and_get_digits": appPlayAndGetDigits, "voicemail": appVoicemail,
		"bridge":         appBridge,
		"record_session": appRecordSession, "stop_record_session": func(c *call, path string) { c.endRecording(path) },
		"flush_dtmf": func(c *call, _ string) { c.dtmf = nil },

		// No trace of these reaches the events of the call itself.
		"log": nothing, "info": nothing, "event": nothing, "verbose_events": nothing, "start_dtmf": nothing,
		"bind_meta_app": nothing, "unbind_meta_app": nothing, "bind_digit_action": nothing,
		"clear_digit_action": nothing, "digit_action_set_realm": nothing, "privacy": nothing,
	}
}

// appSet is `set name=value`; the value is expanded here once more.
func appSet(c *call, arg string) {
	name, value, ok := cutVariable(arg)
	if name == "" {
		return
	}
	if ok {
		value = c.expand(value)
	}
	c.vars.set(name, value)
}

func cutVariable(arg string) (name, value string, ok bool) {
	if strings.Contains(arg, "=") {
		return strings.Cut(arg, "=")
	}
	return strings.Cut(arg, ",")
}

// appMultiset is `multiset a=b c=d`, or with ^^: another delimiter.
func appMultiset(c *call, arg string) {
	delim := " "
	if strings.HasPrefix(arg, "^^") && len(arg) > 2 {
		delim, arg = arg[2:3], arg[3:]
	}
	for _, pair := range strings.Split(arg, delim) {
		appSet(c, pair)
	}
}

// appExport sets the variable and remembers its name for the legs dialled
// later.
func appExport(c *call, arg string) {
	name, value, _ := cutVariable(arg)
	local := true
	if rest, ok := strings.CutPrefix(name, "nolocal:"); ok {
		name, local = rest, false
	}
	if name == "" {
		return
	}
	value = c.expand(value)
	if local {
		c.vars.set(name, value)
	} else {
		c.vars.set("nolocal:"+name, value)
	}
	exported := c.vars.get("export_vars")
	if exported != "" {
		exported += ","
	}
	if !local {
		name = "nolocal:" + name
	}
	c.vars.set("export_vars", exported+name)
}

func appUnset(c *call, arg string) { c.vars.unset(arg) }

func appSleep(c *call, arg string) {
	ms, _ := strconv.Atoi(strings.TrimSpace(arg)) // as atoi: rubbish counts as 0
	c.waitFor(time.Duration(ms)*time.Millisecond, func() bool { c.takeDTMF(); return c.tookBreak() })
}

func appHangup(c *call, cause string) {
	setDefault(&cause, "NORMAL_CLEARING")
	c.hangup(cause)
}

// appRespond sends a final answer of one's own: it ends an unanswered call.
// 302 and the like are no end, as measured.
func appRespond(c *call, arg string) {
	word, _, _ := strings.Cut(arg, " ")
	code, err := strconv.Atoi(word)
	if err != nil || c.answered || code < 400 {
		return
	}
	c.sipStatus = code
	c.hangup(causeOfSIP(code))
}

func appTransfer(c *call, arg string) {
	words := strings.Fields(arg)
	if len(words) == 0 {
		return
	}
	c.transfer = &transfer{extension: words[0]}
	if len(words) > 2 {
		c.transfer.context = words[2]
	}
}

// tookBreak takes a uuid_break, if there is one.
func (c *call) tookBreak() bool {
	if !c.breaking {
		return false
	}
	c.breaking = false
	return true
}
