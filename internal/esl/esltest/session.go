package esltest

import (
	"fmt"
	"strconv"
	"time"
)

// socketData is Application-Data of the socket application.
const socketData = "127.0.0.1:8084 async full"

// maxDepth is how deep messages may run inside one another (SWITCH_MAX_STACKS).
const maxDepth = 16

// run is the session's thread: the dialplan with its `socket` actions.
func (c *call) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	actions := max(c.sw.SocketActions, 1)
	talkedTo := c.vars.get("last_bridge_to")
	for i := 0; i < actions && c.ready(); i++ {
		if i > 0 && c.sw.RetryPause > 0 && c.vars.get("last_bridge_to") == talkedTo {
			c.exec("sleep", strconv.FormatInt(c.sw.RetryPause.Milliseconds(), 10), "")
		}
		if c.ready() {
			c.socketApp()
		}
		if c.transfer != nil && !c.hungup {
			c.enterTransferred()
			i, talkedTo = -1, c.vars.get("last_bridge_to")
		}
	}
	// A dialplan that has no more actions hangs up.
	cause := "NORMAL_CLEARING"
	if c.sw.LastResort != "" && c.vars.get("last_bridge_to") == talkedTo {
		cause = c.sw.LastResort
	}
	c.hangup(cause)
	c.finish()
	c.sw.leave(c)
}

// socketApp connects the server and lets it drive the call until the park
// loop ends.
func (c *call) socketApp() {
	id := c.newUUID()
	c.vars.set("current_application_data", socketData)
	c.vars.set("current_application", "socket")
	c.vars.unset("current_application_response")
	app := []field{{"Application", "socket"}, {"Application-Data", socketData}, {"Application-UUID", id}}
	c.event("CHANNEL_EXECUTE", nil, app)
	c.vars.set("socket_host", "127.0.0.1")

	if n := c.connect(); n != nil {
		for c.ready() && !n.finished && !n.connected {
			c.tick()
		}
		// A listener that ends before `connect` leaves the caller parked for good.
		// One that ends after it lets him go: FreeSWITCH parks within a
		// millisecond, not a tick.
		if !n.connected || !n.finished {
			c.park()
		}
		c.parseAll()
	}
	c.completeEvent("socket", socketData, id)
}

// connect dials the server; nil means it could not be reached and the
// dialplan goes on.
func (c *call) connect() *conn {
	c.mu.Unlock()
	nc, err := c.sw.Dial(c.ctx)
	c.mu.Lock()
	if err != nil {
		if len(c.conns) == 0 {
			c.dialErr = err
		}
		return nil
	}
	c.dialErr = nil
	n := newConn(c, nc)
	c.conns = append(c.conns, n)
	n.launch()
	return n
}

// park is switch_ivr_park, the loop in which queued messages run.
func (c *call) park() {
	c.controlled = true
	c.event("CHANNEL_PARK", nil, nil)
	for c.ready() && c.controlled {
		c.tick()
		if !c.ready() || !c.controlled {
			break
		}
		c.takeDTMF() // before a message can begin to play something: it ends no playback
		c.parseAll()
	}
	c.controlled = false
	c.event("CHANNEL_UNPARK", nil, nil)
}

// parseAll runs every queued message, unless a locked one is running.
func (c *call) parseAll() {
	if c.depth > maxDepth {
		return
	}
	c.depth++
	defer func() { c.depth-- }()
	for c.parseNext() {
	}
}

func (c *call) parseNext() bool {
	if c.locks > 0 || len(c.queue) == 0 {
		return false
	}
	m := c.queue[0]
	c.queue = c.queue[1:]
	if isTrue(m.headers.get("event-lock")) {
		c.locks++
		defer func() { c.locks-- }()
	}
	switch m.headers.get("call-command") {
	case "execute":
		c.executeMessage(m)
	case "hangup":
		cause := m.headers.get("hangup-cause")
		setDefault(&cause, "NORMAL_CLEARING")
		c.hangup(cause)
	}
	return true
}

// executeMessage runs the application of a message as often as its loops say;
// FreeSWITCH gives up repeating one that ends within half a second.
func (c *call) executeMessage(m message) {
	app, arg := m.headers.get("execute-app-name"), m.headers.get("execute-app-arg")
	if arg == "" && m.headers.get("content-type") == "text/plain" {
		arg = m.body
	}
	if app == "" {
		return
	}
	loops := 1
	if h := m.headers.get("loops"); h != "" {
		loops, _ = strconv.Atoi(h) // as atoi: rubbish counts as 0
	}
	c.stopLoops = false
	for x := 0; x < loops || loops < 0; x++ {
		began := time.Now()
		c.vars.set("current_loop", fmt.Sprint(x+1))
		c.vars.set("total_loops", fmt.Sprint(loops))
		ok := c.exec(app, arg, m.headers.get("event-uuid"))
		if !ok || !c.ready() || c.stopLoops || time.Since(began) < 500*time.Millisecond {
			break
		}
	}
	c.vars.unset("current_loop")
	c.vars.unset("total_loops")
}

// exec runs one application. It is false if there is no such application,
// which ends the call, or the call is over.
func (c *call) exec(app, arg, id string) bool {
	if c.hungup {
		return false
	}
	run, ok := applications()[app]
	if !ok {
		c.sw.logf("%s invalid application %s", c.uuid, app)
		c.hangup("DESTINATION_OUT_OF_ORDER")
		return false
	}
	if id == "" {
		id = c.newUUID()
	}
	if !c.vars.truthy("app_disable_expand_variables") {
		arg = c.expand(arg)
	}
	c.vars.set("current_application_data", arg)
	c.vars.set("current_application", app)
	c.vars.unset("current_application_response")
	c.event("CHANNEL_EXECUTE", nil, appFields(app, arg, "", id))
	c.ran = append(c.ran, cdrApplication{app, arg, micros(time.Now())})
	c.breaking = false
	run(c, arg)
	c.completeEvent(app, arg, id)
	return true
}

func (c *call) completeEvent(app, arg, id string) {
	response := c.vars.get("current_application_response")
	setDefault(&response, "_none_")
	c.event("CHANNEL_EXECUTE_COMPLETE", nil, appFields(app, arg, response, id))
}

func appFields(app, arg, response, id string) []field {
	f := []field{{"Application", app}}
	if arg != "" {
		f = append(f, field{"Application-Data", arg})
	}
	if response != "" {
		f = append(f, field{"Application-Response", response})
	}
	return append(f, field{"Application-UUID", id})
}

// enterTransferred gives the call the profile uuid_transfer asked for; the
// dialplan then begins anew.
func (c *call) enterTransferred() {
	t := c.transfer
	c.transfer = nil
	now := time.Now()
	c.profile.rdnis, c.profile.destination = c.profile.destination, t.extension
	if t.context != "" {
		c.profile.context = t.context
	}
	c.times.transferred, c.times.profileCreated = now, now
	from := fmt.Sprintf("%d:%s:bl_xfer:%s/%s/XML", now.Unix(), c.newUUID(), t.extension, c.profile.context)
	c.vars.set("transfer_source", from)
	c.vars.push("transfer_history", from)
	for _, state := range []string{"CS_ROUTING", "CS_EXECUTE"} {
		c.state = state
		c.event("CHANNEL_STATE", nil, nil)
	}
}

// takeDTMF hands the next pressed key to the application that reads it, and
// tells it to the server.
func (c *call) takeDTMF() (byte, bool) {
	if len(c.dtmf) == 0 {
		return 0, false
	}
	d := c.dtmf[0]
	c.dtmf = c.dtmf[1:]
	c.event("DTMF", nil, []field{
		{"DTMF-Digit", string(d.digit)}, {"DTMF-Duration", "2000"}, {"DTMF-Source", d.source}})
	return d.digit, true
}
