package esltest

import (
	"encoding/json"
	"strings"
)

// legTold is what the clients of the event socket know of a leg.
type legTold struct{ created, answered bool }

// tellLegs tells them what became of the dialled legs since it was called
// last; their ends are told by publishEnd.
func (c *call) tellLegs() {
	for _, l := range c.legs {
		told := c.told[l]
		if !told.created {
			c.sw.publishLeg("CHANNEL_CREATE", l)
		}
		answered := !l.answeredAt.IsZero()
		if answered && !told.answered {
			c.sw.publishLeg("CHANNEL_ANSWER", l)
		}
		if c.told == nil {
			c.told = map[*leg]legTold{}
		}
		c.told[l] = legTold{created: true, answered: answered}
	}
}

func (s *Switch) publishLeg(event string, l *leg) {
	if len(s.wanting(event)) == 0 {
		return
	}
	f := s.eventHead(event, "")
	l.describe(&f)
	s.publish(event, f, "")
}

// describe says of a leg what an event or a dump of it says.
func (l *leg) describe(f *fields) {
	state, callState := "ringing", "RINGING"
	if !l.answeredAt.IsZero() {
		state, callState = "answered", "ACTIVE"
	}
	for _, h := range []field{
		{"Channel-State", "CS_CONSUME_MEDIA"}, {"Channel-Call-State", callState}, {"Channel-Name", l.name()}, {"Unique-ID", l.uuid},
		{"Call-Direction", "outbound"}, {"Channel-Call-UUID", l.c.uuid}, {"Answer-State", state},
		{"Caller-Caller-ID-Number", l.c.profile.number}, {"Caller-Destination-Number", l.number}, {"Other-Leg-Unique-ID", l.c.uuid},
	} {
		f.add(h.name, h.value)
	}
	for _, v := range l.own() {
		f.add("variable_"+v.name, v.value)
	}
	for _, name := range sortedKeys(l.vars) {
		f.add("variable_"+name, l.vars[name])
	}
}

// own are the variables that say whom a leg was dialled for.
func (l *leg) own() []field {
	if gateway, ok := strings.CutPrefix(l.target, "sofia/gateway/"); ok {
		name, _, _ := strings.Cut(gateway, "/")
		return []field{{"sip_gateway_name", name}}
	}
	user, ok := strings.CutPrefix(l.target, "user/")
	if !ok {
		return nil
	}
	name, domain, _ := strings.Cut(user, "@")
	return []field{{"dialed_user", name}, {"dialed_domain", domain}, {"presence_id", user}}
}

// publishBegin tells the clients of the event socket that a caller's channel began.
func (c *call) publishBegin() {
	const name = "CHANNEL_CREATE"
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sw.wanting(name)) == 0 {
		return
	}
	f := c.sw.eventHead(name, "")
	c.addBasicData(&f)
	c.addProfile(&f)
	c.addVariables(&f)
	c.sw.publish(name, f, "")
}

// apiShow is `show channels as json`.
func apiShow(s *Switch, arg string) string {
	if arg != "channels as json" {
		return "-USAGE: show channels as json\n"
	}
	list := struct {
		Count int          `json:"row_count"`
		Rows  []channelRow `json:"rows,omitempty"`
	}{Rows: s.channelRows()}
	list.Count = len(list.Rows)
	text, err := json.Marshal(list)
	if err != nil {
		return "-ERR " + err.Error() + "\n"
	}
	return string(text)
}

type channelRow struct {
	UUID      string `json:"uuid"`
	Direction string `json:"direction"`
	CallState string `json:"callstate"`
	CallUUID  string `json:"call_uuid"`
}

func (s *Switch) channelRows() (rows []channelRow) {
	s.mu.Lock()
	calls := make([]*call, 0, len(s.calls))
	for _, c := range s.calls {
		calls = append(calls, c)
	}
	s.mu.Unlock()
	for _, c := range calls {
		c.mu.Lock()
		rows = append(rows, channelRow{c.uuid, "inbound", c.callState, ""})
		for _, l := range c.legs {
			if l.cause == "" {
				state := "RINGING"
				if !l.answeredAt.IsZero() {
					state = "ACTIVE"
				}
				rows = append(rows, channelRow{l.uuid, "outbound", state, c.uuid})
			}
		}
		c.mu.Unlock()
	}
	for user, calls := range s.foreignUsers() {
		for i := range calls {
			rows = append(rows, channelRow{s.foreignID(user, i), "inbound", "ACTIVE", ""})
		}
	}
	return rows
}

func apiExists(s *Switch, arg string) string {
	id := strings.TrimSpace(arg)
	c, l := s.find(id)
	if l != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if l.cause != "" {
			return "false"
		}
	}
	if _, _, ok := s.findForeign(id); ok || c != nil {
		return "true"
	}
	return "false"
}

// apiDump answers with a channel's data, encoded as in an event.
func apiDump(s *Switch, arg string) string {
	id := strings.TrimSpace(arg)
	f := s.eventHead("CHANNEL_DATA", "")
	c, l := s.find(id)
	if user, i, ok := s.findForeign(id); ok {
		s.foreign(&f, user, i)
		return plain(f, "")
	}
	if c == nil {
		return noChannel
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case l == nil:
		c.addBasicData(&f)
		c.addProfile(&f)
		c.addVariables(&f)
	case l.cause != "":
		return noChannel
	default:
		l.describe(&f)
	}
	return plain(f, "")
}
