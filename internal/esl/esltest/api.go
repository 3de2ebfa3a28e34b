package esltest

import (
	"fmt"
	"strconv"
	"strings"
)

// apiFunc carries out an API command. It is called without any call's lock.
type apiFunc func(s *Switch, arg string) string

var apis = map[string]apiFunc{
	"status":            apiStatus,
	"switchname":        apiSwitchName,
	"show":              apiShow,
	"sofia":             apiSofia,
	"uuid_kill":         apiKill,
	"uuid_break":        apiBreak,
	"uuid_exists":       apiExists,
	"uuid_dump":         apiDump,
	"uuid_getvar":       apiGetvar,
	"uuid_setvar":       apiSetvar,
	"uuid_setvar_multi": apiSetvarMulti,
	"uuid_recv_dtmf":    apiRecvDTMF,
	"uuid_record":       apiRecord,
	"file_exists":       apiFileExists,
	"uuid_transfer":     apiTransfer,
	"sofia_contact":     apiContact,
	"uuid_pre_answer":   onCall(func(c *call, _ string) string { c.preAnswer(); return "+OK\n" }),
	"uuid_answer":       onCall(func(c *call, _ string) string { c.answer(); return "+OK\n" }),
	"uuid_flush_dtmf":   onCall(func(c *call, _ string) string { c.dtmf = nil; return "+OK\n" }),
	"uuid_ring_ready":   onCall(func(c *call, _ string) string { c.ringReady(); return "+OK\n" }),
}

const noChannel = "-ERR No such channel!\n"

func (n *conn) runAPI(line string) string {
	name, arg, _ := strings.Cut(line, " ")
	run, ok := apis[name]
	if !ok {
		return fmt.Sprintf("-ERR %s Command not found!\n", name)
	}
	if answer := run(n.c.sw, arg); answer != "" {
		return answer
	}
	return "-ERR no reply\n"
}

// api answers at once, whatever the session is doing. Events it causes come
// after its answer: one thread of FreeSWITCH runs the command and sends both.
func (n *conn) api(line string) {
	n.hold(true)
	answer := n.runAPI(line)
	n.c.mu.Lock()
	n.send(fmt.Sprintf("Content-Type: api/response\nContent-Length: %d\n\n%s", len(answer), answer))
	n.c.mu.Unlock()
	n.hold(false)
}

func (n *conn) hold(on bool) {
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	n.busy = on
	if on {
		return
	}
	for _, event := range n.held {
		n.send(event)
	}
	n.held = nil
	n.wakeUp() // the notice that the channel is down waits for the answer too
}

func (n *conn) bgapi(line, job string) {
	n.c.mu.Lock()
	if job == "" {
		job = n.c.newUUID()
	}
	n.send(fmt.Sprintf("Content-Type: command/reply\nReply-Text: +OK Job-UUID: %s\nJob-UUID: %s\n\n", job, job))
	n.c.mu.Unlock()

	answer := n.runAPI(line)

	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	name, arg, _ := strings.Cut(line, " ")
	f := n.c.eventHead("BACKGROUND_JOB")
	f.add("Job-UUID", job)
	f.add("Job-Owner-UUID", n.c.uuid)
	f.add("Job-Command", name)
	if arg != "" {
		f.add("Job-Command-Arg", arg)
	}
	n.c.deliver("BACKGROUND_JOB", f, answer)
}

// onCall makes an API command of what is done to the call its first word
// names, under that call's lock. A dialled leg is no call.
func onCall(do func(c *call, arg string) string) apiFunc {
	return func(s *Switch, arg string) string {
		uuid, rest, _ := strings.Cut(strings.TrimSpace(arg), " ")
		c, leg := s.find(uuid)
		if c == nil || leg != nil {
			return noChannel
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return do(c, rest)
	}
}

func apiStatus(s *Switch, _ string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("UP 0 years, 0 days, 0 hours, 1 minute, 0 seconds\nFreeSWITCH (Version 1.11.1) is ready\n%d session(s)\n", len(s.calls))
}

func apiKill(s *Switch, arg string) string {
	uuid, cause, _ := strings.Cut(strings.TrimSpace(arg), " ")
	setDefault(&cause, "NORMAL_CLEARING")
	c, leg := s.find(uuid)
	if c == nil {
		return noChannel
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if leg != nil {
		leg.killed = cause
	} else {
		c.hangup(cause)
	}
	return "+OK\n"
}

var apiBreak = onCall(func(c *call, flag string) string {
	if strings.Contains(flag, "all") {
		c.queue = nil
	}
	c.breaking, c.stopLoops = true, true
	return "+OK\n"
})

var apiGetvar = onCall(func(c *call, name string) string {
	if name == "" {
		return "-ERR No variable name specified!\n"
	}
	if v := c.vars.get(name); v != "" {
		return v
	}
	return "_undef_"
})

var apiSetvar = onCall(func(c *call, rest string) string {
	name, value, _ := strings.Cut(rest, " ")
	if name == "" {
		return "-ERR No variable specified\n"
	}
	c.vars.set(name, value)
	return "+OK\n"
})

// apiSetvarMulti is name=value;name=value. As measured, a pair without "="
// is passed over and a missing channel is told twice.
func apiSetvarMulti(s *Switch, arg string) string {
	answer := setvarMulti(s, arg)
	if answer == noChannel {
		answer += "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
	}
	return answer
}

var setvarMulti = onCall(func(c *call, rest string) string {
	for _, pair := range strings.Split(rest, ";") {
		if name, value, ok := strings.Cut(pair, "="); ok && name != "" {
			c.vars.set(name, value)
		}
	}
	return "+OK\n"
})

func apiRecvDTMF(s *Switch, arg string) string {
	uuid, digits, _ := strings.Cut(strings.TrimSpace(arg), " ")
	c, leg := s.find(uuid)
	if c == nil || leg != nil {
		return "-ERR Cannot locate session!\n"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	keys, _, _ := strings.Cut(digits, "@") // an @duration may follow
	for _, k := range []byte(keys) {
		c.dtmf = append(c.dtmf, dtmf{k, "APP"})
	}
	return fmt.Sprintf("+OK %s received DTMF %s.\n", uuid, digits)
}

func apiFileExists(s *Switch, arg string) string {
	_, ok := s.Files[arg]
	return strconv.FormatBool(ok)
}

// apiTransfer sends the call through the dialplan again: the running
// applications and the socket application end, and a second connection is
// made for the same call. The first stays open.
var apiTransfer = onCall(func(c *call, rest string) string {
	words := strings.Fields(rest)
	if len(words) == 0 {
		return "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
	}
	if c.hungup {
		return noChannel
	}
	t := &transfer{extension: words[0]}
	if len(words) > 2 {
		t.context = words[2]
	}
	c.transfer = t
	return "+OK\n"
})

// apiContact answers "[profile/]user@domain" with the contacts of its
// registered phones.
func apiContact(s *Switch, arg string) string {
	user := strings.TrimPrefix(arg, "*/")
	var contacts []string
	phones, _ := s.phonesOf(user)
	for i, p := range phones {
		if p.Registered {
			uri := p.Contact
			setDefault(&uri, contactURI(user, i))
			contacts = append(contacts, "sofia/internal/"+uri)
		}
	}
	if len(contacts) == 0 {
		return "error/user_not_registered"
	}
	return strings.Join(contacts, ",")
}
