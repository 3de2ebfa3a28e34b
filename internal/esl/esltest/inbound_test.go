package esltest

import (
	"net"
	"strings"
	"testing"
	"time"
)

// A client of the event socket logs in, asks, and is told the end of every
// channel, the dialled ones too.
func TestInbound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sw := &Switch{Name: "east", Phones: map[string][]Phone{"1001@a.test": {{Registered: true, HangupAfter: 200 * time.Millisecond}}}}
	served := make(chan error, 1)
	go func() { served <- sw.ServeInbound(l, "s3cret") }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newServer(t, conn)
	if reply := c.do("auth s3cret"); reply != "+OK accepted" {
		t.Fatal(reply)
	}
	if reply := c.do("event plain CHANNEL_HANGUP_COMPLETE"); !strings.HasPrefix(reply, "+OK") {
		t.Fatal(reply)
	}
	if name := c.api("switchname"); name != "east" {
		t.Errorf("it is called %q", name)
	}
	var alive, rows string
	res := placeHere(t, sw, alice, func(s *server) {
		s.do("connect")
		s.do("myevents")
		alive, rows = c.api("uuid_exists "+id), c.api("show channels as json")
		s.exec("bridge", "user/1001@a.test")
		s.write("sendmsg\ncall-command: hangup\n\n")
	})
	for _, want := range []string{res.Legs[0].UUID, res.UUID} {
		if f := c.event("CHANNEL_HANGUP_COMPLETE"); f.Header("Unique-ID") != want || f.Header("variable_hangup_cause") != "NORMAL_CLEARING" {
			t.Errorf("the end of %s is told as %s", want, f.Text)
		}
	}
	if alive != "true" || !strings.Contains(rows, id) || c.api("uuid_exists "+id) != "false" {
		t.Errorf("exists %q, all %q", alive, rows)
	}
	l.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	conn.Close()
}

// What clients of the event socket are told of phones and of all channels, and
// what they are answered.
func TestInboundTellsOfPhones(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const user = "1001@a.test"
	ringing := Phone{Registered: true, NeverAnswers: true}
	answering := Phone{Registered: true, AnswerAfter: 60 * time.Millisecond, HangupAfter: 200 * time.Millisecond}
	sw := &Switch{Name: "east", Phones: map[string][]Phone{user: {answering}}, OnCall: map[string]int{"1002@a.test": 1}}
	served := make(chan error, 1)
	go func() { served <- sw.ServeInbound(l, "s3cret") }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newServer(t, conn)
	c.do("auth s3cret")
	c.do("event plain CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE CUSTOM sofia::register sofia::unregister sofia::expire")
	sw.SetPhones(user, answering, ringing)
	for _, uri := range []string{"sip:1001@127.0.0.1:6200", "sip:1001@127.0.0.1:6201"} {
		if f := c.event("CUSTOM"); f.Header("Event-Subclass") != "sofia::register" || f.Header("contact") != `"" <`+uri+">" || f.Header("from-user") != "1001" {
			t.Errorf("%s", f.Text)
		}
	}
	list := c.api("sofia xmlstatus profile internal user " + user)
	if strings.Count(list, "<registration>") != 2 || !strings.Contains(list, "<contact>&#34;&#34; &lt;sip:1001@127.0.0.1:6201&gt;</contact>") {
		t.Error(list)
	}
	if all := c.api("sofia xmlstatus"); strings.Count(all, "RUNNING") != 2 || strings.Contains(c.api("sofia xmlstatus profile external reg"), user) {
		t.Error(all)
	}
	sw.SetOnCall("1002@a.test", 2)
	foreign := c.event("CHANNEL_CREATE")
	if foreign.Header("variable_user_name") != "1002" || c.api("uuid_exists "+foreign.Header("Unique-ID")) != "true" || strings.Count(c.api("show channels as json"), `"uuid"`) != 2 {
		t.Errorf("%s", foreign.Text)
	}
	sw.SetOnCall("1002@a.test", 0)
	for range 2 {
		c.event("CHANNEL_HANGUP_COMPLETE")
	}
	if n := strings.Count(c.api("show channels as json"), `"uuid"`); n != 0 || c.api("uuid_exists "+foreign.Header("Unique-ID")) != "false" {
		t.Errorf("%d channels are left", n)
	}
	var rows, dump string
	res := placeHere(t, sw, Call{UUID: id, From: "1002", To: "1001", AuthUser: "1002", AuthDomain: "a.test"}, func(s *server) {
		s.do("connect")
		s.do("myevents")
		if f := c.event("CHANNEL_CREATE"); f.Header("Unique-ID") != id || f.Header("variable_sip_authorized") != "true" {
			t.Errorf("%s", f.Text)
		}
		s.write("sendmsg\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: user/" + user + "\nevent-uuid: x\n\n")
		for range 2 {
			if f := c.event("CHANNEL_CREATE"); f.Header("variable_dialed_user") != "1001" || f.Header("variable_presence_id") != user || f.Header("Channel-Call-UUID") != id {
				t.Errorf("%s", f.Text)
			}
		}
		answered := c.event("CHANNEL_ANSWER").Header("Unique-ID")
		rows, dump = c.api("show channels as json"), c.api("uuid_dump "+answered)
		s.await("the bridge's end", func(f Frame) bool { return f.Header("Event-Name") == "CHANNEL_EXECUTE_COMPLETE" })
		s.write("sendmsg\ncall-command: hangup\n\n")
	})
	if !strings.Contains(dump, "Answer-State: answered") || !strings.Contains(rows, `"callstate":"ACTIVE"`) {
		t.Errorf("%s\n%s", rows, dump)
	}
	for _, leg := range res.Legs {
		if got := c.api("uuid_exists " + leg.UUID); got != "false" {
			t.Errorf("a leg that is over exists: %s", got)
		}
	}
	sw.SetPhones(user)
	for range 2 {
		if f := c.event("CUSTOM"); f.Header("Event-Subclass") != "sofia::unregister" {
			t.Errorf("%s", f.Text)
		}
	}
	l.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	conn.Close()
}

func TestInboundRefusesAWrongPassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- (&Switch{}).ServeInbound(l, "s3cret") }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newServer(t, conn)
	c.write("api status\n\n")
	if reply := c.reply(); !strings.HasPrefix(reply, "-ERR") {
		t.Errorf("answered %q", reply)
	}
	c.drain()
	l.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
