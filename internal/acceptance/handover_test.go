//go:build acceptance

package acceptance

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
)

// These test the shipped dialplan alone: what becomes of calls while no server
// answers.

func TestNoServerEndsInTheLastResort(t *testing.T) {
	sw := rig.StartSwitch(t, rig.Options{})
	call, started := outsideCall(t, sw), time.Now()
	if got := status(t, call); got != 503 {
		t.Errorf("the caller got %d, want 503", got)
	}
	if took := time.Since(started); took < 10*time.Second || took > 15*time.Second {
		t.Errorf("given up after %v, want five tries two seconds apart", took)
	}
}

func TestServerThatComesBackGetsTheCall(t *testing.T) {
	addr := freeAddr(t)
	sw := rig.StartSwitch(t, rig.Options{Servers: addr, Trunk: "carrier-a"})
	call := outsideCall(t, sw)
	_, err := call.WaitStatus(soon(t), 100)
	must(t, err)
	back, err := net.Listen("tcp4", addr)
	must(t, err)
	defer back.Close()
	head := takeAndKill(t, back, "CALL_REJECTED")
	if head["Caller-Destination-Number"] != "%2B13055550100" {
		t.Errorf("the server saw %q as the dialled number", head["Caller-Destination-Number"])
	}
	if head["variable_switchyard_trunk"] != "carrier-a" {
		t.Errorf("the server saw %q as the trunk", head["variable_switchyard_trunk"])
	}
	if got := status(t, call); got != 603 {
		t.Errorf("the caller got %d, want 603", got)
	}
}

func TestSecondServerIsTriedAtOnce(t *testing.T) {
	second, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer second.Close()
	sw := rig.StartSwitch(t, rig.Options{Servers: freeAddr(t) + "|" + second.Addr().String()})
	started := time.Now()
	call := outsideCall(t, sw)
	takeAndKill(t, second, "UNALLOCATED_NUMBER")
	if got := status(t, call); got != 404 {
		t.Errorf("the caller got %d, want 404", got)
	}
	if took := time.Since(started); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

// A call that talked to somebody and lost its server meanwhile is not routed
// again, and not sent to the last resort as if it had never been answered.
func TestConversationWithoutServerEndsOnce(t *testing.T) {
	server, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer server.Close()
	callee := newPhone(t, phone.Config{User: "carrier", Domain: "127.0.0.1"})
	sw := rig.StartSwitch(t, rig.Options{Servers: server.Addr().String(), Carrier: callee.Addr})
	callee.OnCall(phone.Script{Tone: 700})
	call := outsideCall(t, sw)
	conn, head := take(t, server)
	_, err = fmt.Fprint(conn, "sendmsg\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: sofia/gateway/carrier-a/+13055550144\n\n")
	must(t, err)
	talk(t, call, next(t, callee))
	conn.Close()
	server.Close()
	talked := time.Now()
	must(t, call.Audio.WaitTone(soon(t), 700))
	taken := callee.Invites()
	must(t, hangUpFromFarSide(t, sw, head["Unique-ID"]))
	must(t, call.WaitOver(soon(t)))
	if took := time.Since(talked); took > 6*time.Second {
		t.Errorf("the caller waited %v after the conversation", took)
	}
	if callee.Invites() != taken {
		t.Error("somebody was rung again")
	}
}

// hangUpFromFarSide ends the leg that the switch dialled.
func hangUpFromFarSide(t *testing.T, sw *rig.Switch, id string) error {
	t.Helper()
	other, err := sw.API(soon(t), "uuid_getvar "+id+" last_bridge_to")
	if err != nil {
		return err
	}
	_, err = sw.API(soon(t), "uuid_kill "+strings.TrimSpace(other))
	return err
}

func outsideCall(t *testing.T, sw *rig.Switch) *phone.Call {
	t.Helper()
	trunk := newPhone(t, phone.Config{User: outsider, Domain: "127.0.0.1", Server: sw.ExternalAddr})
	call, err := trunk.Dial(didPhone, phone.DialOptions{Tone: 440})
	must(t, err)
	return call
}

// take accepts a call as a server does and gives the channel's data.
func take(t *testing.T, l net.Listener) (net.Conn, map[string]string) {
	t.Helper()
	must(t, l.(*net.TCPListener).SetDeadline(time.Now().Add(12*time.Second)))
	conn, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprint(conn, "connect\n\n")
	must(t, err)
	head := make(map[string]string)
	lines := bufio.NewScanner(conn)
	for lines.Scan() && lines.Text() != "" {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		head[name] = value
	}
	if head["Unique-ID"] == "" {
		t.Fatalf("no channel data: %v", lines.Err())
	}
	return conn, head
}

func takeAndKill(t *testing.T, l net.Listener, cause string) map[string]string {
	t.Helper()
	conn, head := take(t, l)
	_, err := fmt.Fprintf(conn, "api uuid_kill %s %s\n\n", head["Unique-ID"], cause)
	must(t, err)
	return head
}
