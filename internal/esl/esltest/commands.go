package esltest

import (
	"fmt"
	"strconv"
	"strings"
)

// myEventNames are the events `myevents` subscribes.
var myEventNames = strings.Fields(`CHANNEL_ANSWER CHANNEL_APPLICATION CHANNEL_BRIDGE CHANNEL_CREATE CHANNEL_DATA
	CHANNEL_DESTROY CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE
	CHANNEL_ORIGINATE CHANNEL_UUID CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA
	CHANNEL_STATE CHANNEL_UNBRIDGE CHANNEL_UNPARK DETECTED_SPEECH DTMF NOTALK TALK`)

// otherEventNames are further names `event` knows; any other word is ignored.
var otherEventNames = strings.Fields(`ALL CUSTOM BACKGROUND_JOB HEARTBEAT RECORD_START RECORD_STOP PLAYBACK_START
	PLAYBACK_STOP CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_CALLSTATE CALL_UPDATE API MESSAGE_WAITING`)

// command answers one command. FreeSWITCH compares only beginnings, so
// "exitfoo" is exit too; the order of the cases is its order.
func (n *conn) command(cmd command) {
	if word, rest, ok := strings.Cut(cmd.line, " "); ok {
		switch strings.ToLower(word) {
		case "api":
			n.api(rest)
			return
		case "bgapi":
			n.bgapi(rest, cmd.headers.get("job-uuid"))
			return
		}
	}
	if strings.HasPrefix(strings.ToLower(cmd.line), "sendmsg") {
		n.sendmsg(cmd)
		return
	}
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	n.controlCommand(cmd)
}

func (n *conn) controlCommand(cmd command) {
	line := cmd.line
	is := func(prefix string) bool {
		return len(line) >= len(prefix) && strings.EqualFold(line[:len(prefix)], prefix)
	}
	switch {
	case is("exit"), is("..."):
		n.reply("+OK bye")
		n.end()
	case is("filter "):
		n.filter(line[len("filter "):])
	case is("connect"):
		n.connectReply()
	case is("myevents"):
		n.myevents()
	case is("linger"):
		n.linger(line[len("linger"):])
	case is("nolinger"):
		n.lingers = false
		n.reply("+OK will not linger")
	case is("event"):
		n.subscribe(line, true)
	case is("nixevent"):
		n.subscribe(line, false)
	case is("noevents"):
		n.noevents()
	default:
		n.reply("-ERR command not found")
	}
}

// connectReply answers with the channel's data as headers, encoded, no body.
func (n *conn) connectReply() {
	c := n.c
	n.connected = true
	f := c.eventHead("CHANNEL_DATA")
	c.addProfileAs(&f, "Channel")
	c.addBasicData(&f)
	c.addProfile(&f)
	c.addVariables(&f)
	f.add("Content-Type", "command/reply")
	f.add("Reply-Text", "+OK\n")
	f.add("Socket-Mode", "async")
	f.add("Control", "full")
	n.send(plain(f, ""))
}

func (n *conn) myevents() {
	if n.mine {
		n.reply("-ERR aready enabled.") // FreeSWITCH's spelling
		return
	}
	for _, name := range myEventNames {
		n.names[name] = true
	}
	n.mine, n.listening = true, true
	n.reply("+OK Events Enabled")
}

func (n *conn) linger(arg string) {
	n.lingers, n.lingerS = true, -1
	if strings.HasPrefix(arg, " ") && len(arg) > 1 {
		n.lingerS, _ = strconv.Atoi(strings.TrimSpace(arg)) // as atoi: rubbish counts as 0
		n.reply(fmt.Sprintf("+OK will linger %d seconds", n.lingerS))
		return
	}
	n.reply("+OK will linger")
}

// subscribe is event and nixevent: names, and after CUSTOM subclasses.
func (n *conn) subscribe(line string, on bool) {
	words := strings.Fields(line)[1:]
	if on && len(words) > 0 && strings.EqualFold(words[0], "plain") {
		words = words[1:]
	}
	known, custom := 0, false
	for _, w := range words {
		name := strings.ToUpper(w)
		switch {
		case custom:
			n.customs[w] = on
			continue
		case !isEventName(name):
			continue
		case name == "CUSTOM":
			custom = true
		}
		known++
		n.setName(name, on)
	}
	switch {
	case known == 0:
		n.reply("-ERR no keywords supplied")
	case on:
		n.listening = true
		n.reply("+OK event listener enabled plain")
	default:
		n.listening = true
		n.reply("+OK events nixed")
	}
}

func (n *conn) setName(name string, on bool) {
	if name != "ALL" {
		n.names[name] = on
		return
	}
	for _, list := range [][]string{myEventNames, otherEventNames} {
		for _, each := range list {
			n.names[each] = on
		}
	}
}

func isEventName(name string) bool {
	for _, list := range [][]string{myEventNames, otherEventNames} {
		for _, known := range list {
			if known == name {
				return true
			}
		}
	}
	return false
}

func (n *conn) noevents() {
	if !n.listening {
		n.reply("-ERR not listening for events")
		return
	}
	n.listening = false
	clear(n.names)
	clear(n.customs)
	n.reply("+OK no longer listening for events")
}

func (n *conn) filter(arg string) {
	name, value, _ := strings.Cut(strings.TrimLeft(arg, " "), " ")
	if strings.EqualFold(name, "delete") && value != "" {
		name, value, _ = strings.Cut(value, " ")
		kept := n.filters[:0]
		for _, f := range n.filters {
			matches := strings.EqualFold(f.name, name) && (value == "" || f.value == value)
			if !matches && !strings.EqualFold(name, "all") {
				kept = append(kept, f)
			}
		}
		n.filters = kept
		n.reply(fmt.Sprintf("+OK filter deleted. [%s][%s]", name, value))
		return
	}
	if value == "" {
		n.reply("-ERR invalid syntax")
		return
	}
	n.filters = append(n.filters, field{name, value})
	n.reply(fmt.Sprintf("+OK filter added. [%s]=[%s]", name, value))
}

// offer queues an event if this connection asked for it.
func (n *conn) offer(name string, f fields, body string) {
	if n.finished || !n.listening || !n.wants(name, f) {
		return
	}
	n.c.res.Events = append(n.c.res.Events, label(name, f))
	text := plain(f, body)
	text = fmt.Sprintf("Content-Length: %d\nContent-Type: text/event-plain\n\n%s", len(text), text)
	if n.busy {
		n.held = append(n.held, text)
		return
	}
	n.send(text)
}

func (n *conn) wants(name string, f fields) bool {
	if !n.names[name] || name == "CUSTOM" && !n.names["ALL"] && !n.customs[f.get("Event-Subclass")] {
		return false
	}
	if n.mine && f.get("Unique-ID") != n.c.uuid && f.get("Job-Owner-UUID") != n.c.uuid {
		return false
	}
	if len(n.filters) == 0 {
		return true
	}
	for _, want := range n.filters {
		if have := f.get(want.name); have != "" && strings.Contains(strings.ToLower(have), strings.ToLower(want.value)) {
			return true
		}
	}
	return false
}

// sendmsg queues a message for the session it names, its own by default.
func (n *conn) sendmsg(cmd command) {
	uuid := strings.TrimSpace(cmd.line[len("sendmsg"):])
	if uuid == "" {
		uuid = cmd.headers.get("session-id")
	}
	target := n.c
	if uuid != "" && uuid != n.c.uuid {
		target, _ = n.c.sw.find(uuid)
	}
	text := "+OK"
	if target == nil {
		text = fmt.Sprintf("-ERR invalid session id [%s]", uuid)
	} else {
		target.mu.Lock()
		target.queue = append(target.queue, message{cmd.headers, cmd.body})
		target.mu.Unlock()
	}
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	n.reply(text)
}
