package esltest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// origin is where in FreeSWITCH's source an event is made: the
// Event-Calling-… headers.
type origin struct {
	file, function string
	line           int
}

var origins = map[string]origin{
	"CHANNEL_DATA":             {"mod_event_socket.c", "parse_command", 2018},
	"CHANNEL_EXECUTE":          {"switch_core_session.c", "switch_core_session_exec", 2949},
	"CHANNEL_EXECUTE_COMPLETE": {"switch_core_session.c", "switch_core_session_exec", 2972},
	"CHANNEL_PARK":             {"switch_ivr.c", "switch_ivr_park", 1002},
	"CHANNEL_UNPARK":           {"switch_ivr.c", "switch_ivr_park", 1213},
	"CHANNEL_PROGRESS":         {"switch_channel.c", "switch_channel_perform_mark_ring_ready_value", 3507},
	"CHANNEL_PROGRESS_MEDIA":   {"switch_channel.c", "switch_channel_perform_mark_pre_answered", 3562},
	"CHANNEL_ANSWER":           {"switch_channel.c", "switch_channel_perform_mark_answered", 3848},
	"CHANNEL_BRIDGE":           {"switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", 1689},
	"CHANNEL_UNBRIDGE":         {"switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", 1879},
	"CHANNEL_HANGUP":           {"switch_channel.c", "switch_channel_perform_hangup", 3447},
	"CHANNEL_STATE":            {"switch_channel.c", "switch_channel_perform_set_running_state", 2409},
	"CHANNEL_HANGUP_COMPLETE":  {"switch_core_state_machine.c", "switch_core_session_reporting_state", 943},
	"DTMF":                     {"switch_channel.c", "switch_channel_dequeue_dtmf", 678},
	"BACKGROUND_JOB":           {"mod_event_socket.c", "api_exec", 1570},
	"CUSTOM":                   {"mod_voicemail.c", "deliver_vm", 2970},
}

// event makes an event of this channel and gives it to every connection that
// asked for it. before goes ahead of the channel's headers, after behind its
// variables.
func (c *call) event(name string, before, after []field) {
	f := c.eventHead(name)
	f.list = append(f.list, before...)
	c.addBasicData(&f)
	c.addProfile(&f)
	if withVariables(name) {
		c.addVariables(&f)
	}
	f.list = append(f.list, after...)
	c.deliver(name, f, "")
}

func (c *call) deliver(name string, f fields, body string) {
	c.sw.logf("%s %s %s", c.uuid, name, f.get("Application"))
	for _, n := range c.conns {
		n.offer(name, f, body)
	}
	c.sw.publish(name, f, body)
}

func (c *call) eventHead(name string) fields {
	now := time.Now()
	c.seq++
	from := origins[name]
	var f fields
	if name == "CUSTOM" {
		f.add("Event-Subclass", "vm::maintenance")
	}
	f.add("Event-Name", name)
	f.add("Core-UUID", deriveUUID(c.sw.name(), "core"))
	f.add("FreeSWITCH-Hostname", c.sw.name())
	f.add("FreeSWITCH-Switchname", c.sw.name())
	f.add("FreeSWITCH-IPv4", "192.0.2.2")
	f.add("FreeSWITCH-IPv6", "fd00::2")
	f.add("Event-Date-Local", now.Format("2006-01-02 15:04:05"))
	f.add("Event-Date-GMT", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	f.add("Event-Date-Timestamp", micros(now))
	f.add("Event-Calling-File", from.file)
	f.add("Event-Calling-Function", from.function)
	f.add("Event-Calling-Line-Number", strconv.Itoa(from.line))
	f.add("Event-Sequence", strconv.Itoa(c.seq))
	return f
}

func withVariables(name string) bool {
	return name != "CHANNEL_STATE" && name != "DTMF"
}

func (c *call) addBasicData(f *fields) {
	f.add("Channel-State", c.state)
	f.add("Channel-Call-State", c.callState)
	f.add("Channel-State-Number", strconv.Itoa(c.stateNumber))
	f.add("Channel-Name", c.channelName())
	f.add("Unique-ID", c.uuid)
	f.add("Call-Direction", "inbound")
	f.add("Presence-Call-Direction", "inbound")
	f.add("Channel-HIT-Dialplan", "true")
	f.add("Channel-Call-UUID", c.uuid)
	f.add("Answer-State", c.answerState())
	if c.hungup {
		f.add("Hangup-Cause", c.cause)
	}
	if c.media {
		for _, way := range []string{"Read", "Write"} {
			f.add("Channel-"+way+"-Codec-Name", "PCMU")
			f.add("Channel-"+way+"-Codec-Rate", "8000")
			f.add("Channel-"+way+"-Codec-Bit-Rate", "64000")
		}
	}
}

func (c *call) answerState() string {
	switch {
	case c.hungup:
		return "hangup"
	case c.answered:
		return "answered"
	case c.media:
		return "early"
	}
	return "ringing"
}

func (c *call) addProfile(f *fields) {
	c.addProfileAs(f, "Caller")
	if c.other != nil {
		f.add("Other-Type", "originatee")
		c.other.addProfile(f)
	}
}

// addProfileAs writes the caller profile; the connect reply has it a second
// time as Channel-….
func (c *call) addProfileAs(f *fields, prefix string) {
	p := c.profile
	for _, v := range []field{
		{"Direction", "inbound"}, {"Logical-Direction", "inbound"}, {"Username", c.username()}, {"Dialplan", "XML"},
		{"Caller-ID-Name", p.name}, {"Caller-ID-Number", p.number},
		{"Orig-Caller-ID-Name", c.in.FromName}, {"Orig-Caller-ID-Number", c.in.From},
		{"Callee-ID-Name", c.callee.name}, {"Callee-ID-Number", c.callee.number},
		{"Network-Addr", c.in.NetworkIP}, {"ANI", c.in.From}, {"RDNIS", p.rdnis}, {"Destination-Number", p.destination},
		{"Unique-ID", c.uuid}, {"Source", "mod_sofia"}, {"Context", p.context}, {"Channel-Name", c.channelName()},
		{"Profile-Index", "1"}, {"Profile-Created-Time", micros(c.times.profileCreated)},
		{"Channel-Created-Time", micros(c.times.created)}, {"Channel-Answered-Time", micros(c.times.answered)},
		{"Channel-Progress-Time", micros(c.times.progress)}, {"Channel-Progress-Media-Time", micros(c.times.progressMedia)},
		{"Channel-Hangup-Time", micros(c.times.hangup)}, {"Channel-Transfer-Time", micros(c.times.transferred)},
		{"Channel-Resurrect-Time", "0"}, {"Channel-Bridged-Time", micros(c.times.bridged)},
		{"Channel-Last-Hold", "0"}, {"Channel-Hold-Accum", "0"},
		{"Screen-Bit", "true"}, {"Privacy-Hide-Name", "false"}, {"Privacy-Hide-Number", "false"},
	} {
		if v.value != "" {
			f.add(prefix+"-"+v.name, v.value)
		}
	}
}

func (c *call) username() string {
	if c.in.AuthUser != "" {
		return c.in.AuthUser
	}
	return c.in.From
}

func (c *call) addVariables(f *fields) {
	for _, v := range c.vars.list {
		f.add("variable_"+v.name, v.value)
	}
}

// plain writes headers as an event's body; every value is URL-encoded.
func plain(f fields, body string) string {
	var b strings.Builder
	for _, v := range f.list {
		fmt.Fprintf(&b, "%s: %s\n", v.name, encode(v.value))
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\n\n%s", len(body), body)
		return b.String()
	}
	b.WriteByte('\n')
	return b.String()
}

// label is an event as Result.Events names it.
func label(name string, f fields) string {
	if app := f.get("Application"); app != "" {
		return name + " " + app
	}
	return name
}
