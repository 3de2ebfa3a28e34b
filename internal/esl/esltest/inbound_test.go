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
