//go:build acceptance

package acceptance

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"switchyard/internal/acceptance/phone"
	"switchyard/internal/acceptance/rig"
	"switchyard/internal/esl"
	"switchyard/internal/live"
	"switchyard/internal/record"
	"switchyard/routing"
)

var recordLive = flag.String("record-live", "", "folder to write what the switch says of phones to")

// bypass is a dialplan of the customer's own beside Switchyard: 77 and an
// extension calls it, 78 and an extension goes to the carrier.
const bypass = `
  <extension name="bypass"><condition field="destination_number" expression="^77(\d{4})$"><action application="bridge" data="user/$1@acme.test"/></condition></extension>
  <extension name="carrier"><condition field="destination_number" expression="^78(\d{4})$"><action application="bridge" data="sofia/gateway/carrier-a/$1"/></condition></extension>
`

// liveWorld is a switch without any server, and what live sees of it through a
// connection that can be cut.
type liveWorld struct {
	sw    *rig.Switch
	seen  *live.Switches
	cable *cable
	desk  *phone.Phone // 1001
	soft  *phone.Phone // 1001 as well
	sales *phone.Phone // 1002
	trunk *phone.Phone // who says he is 1001@acme.test
}

func TestLive(t *testing.T) {
	w := newLiveWorld(t)
	must(t, w.desk.Register(soon(t)))
	must(t, w.soft.Register(soon(t)))
	must(t, w.sales.Register(soon(t)))
	w.until(t, "two phones of one extension", "1001", func(s routing.PhoneState) bool { return s.Contacts == 2 })
	w.until(t, "one phone", "1002", func(s routing.PhoneState) bool { return s.Contacts == 1 && s.Calls == 0 })
	must(t, w.soft.Unregister(soon(t)))
	w.until(t, "one of two went", "1001", func(s routing.PhoneState) bool { return s.Contacts == 1 })
	for _, c := range w.seen.Contacts("acme.test", "1001") {
		if c.URI != "sip:1001@"+w.desk.Addr || c.Profile != "internal" || c.Switch != w.sw.Name || time.Until(c.ExpiresAt) < 50*time.Minute {
			t.Errorf("%+v", c)
		}
	}
	t.Run("a call beside Switchyard", w.bypassing)
	t.Run("gateways and trunks are no extensions", w.nobodys)
	t.Run("a redirected leg", w.redirected)
	t.Run("the connection is cut", w.cut)
	if st := w.seen.States()[0]; st.Refused != 0 || st.ResyncErr != nil {
		t.Errorf("%+v", st)
	}
}

// bypassing: 1001 calls 1002, whose From says something else.
func (w *liveWorld) bypassing(t *testing.T) {
	w.sales.OnCall(phone.Script{Ring: time.Second})
	call, err := w.desk.Dial("771002", phone.DialOptions{})
	must(t, err)
	ringing := func(answered bool) func(routing.PhoneState) bool {
		return func(routing.PhoneState) bool {
			calls := w.seen.Calls("acme.test", "1002")
			return len(calls) == 1 && calls[0].Answered == answered
		}
	}
	w.until(t, "the caller is on a call", "1001", onCall)
	w.until(t, "the called phone rings", "1002", ringing(false))
	w.until(t, "it is answered", "1002", ringing(true))
	talking(t, call)
	w.recordAnswers(t)
	must(t, call.HangUp(soon(t)))
	w.until(t, "the caller's call ended", "1001", idle)
	w.until(t, "the called phone's call ended", "1002", idle)
}

// talking waits until the caller has confirmed the answer.
func talking(t *testing.T, call *phone.Call) {
	t.Helper()
	answer, err := call.WaitStatus(soon(t), 200)
	must(t, err)
	ctx, tick := soon(t), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for {
		for _, m := range call.Trace() {
			if m.Sent && m.Status() == 0 && m.Method() == "ACK" && m.At.After(answer.At) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the answer was not confirmed")
		}
	}
}

func onCall(s routing.PhoneState) bool { return s.Calls == 1 }
func idle(s routing.PhoneState) bool   { return s.Calls == 0 }

func (w *liveWorld) nobodys(t *testing.T) {
	out, err := w.sales.Dial("781001", phone.DialOptions{})
	must(t, err)
	w.sales.OnCall(phone.Script{Ring: phone.Never})
	in, err := w.trunk.Dial("771002", phone.DialOptions{})
	must(t, err)
	talking(t, out)
	_, err = in.WaitStatus(soon(t), 180)
	must(t, err)
	w.until(t, "1002 has both calls", "1002", func(s routing.PhoneState) bool { return s.Calls == 2 })
	if s := w.seen.Phone("acme.test", "1001"); s.Calls != 0 {
		t.Errorf("1001 is on no call: %+v", s)
	}
	must(t, out.HangUp(soon(t)))
	must(t, in.HangUp(soon(t)))
	w.until(t, "both ended", "1002", idle)
}

func (w *liveWorld) redirected(t *testing.T) {
	w.sales.OnCall(phone.Script{Code: 302, Target: "sip:+13055550144@127.0.0.1"})
	_, err := w.sw.API(soon(t), "originate {outbound_redirect_fatal=true,switchyard_call=the-call}user/1002@acme.test &park()")
	must(t, err)
	began := time.Now()
	contact, ok := w.seen.Redirected(soon(t), "the-call")
	if !ok || contact != "+13055550144" {
		t.Errorf("%q, %v", contact, ok)
	}
	t.Logf("told after %v", time.Since(began))
}

// cut: what happens while nobody listens is seen when the connection is back.
func (w *liveWorld) cut(t *testing.T) {
	w.sales.OnCall(phone.Script{})
	call, err := w.desk.Dial("771002", phone.DialOptions{})
	must(t, err)
	w.until(t, "they talk", "1002", onCall)
	talking(t, call)
	w.cable.cut()
	w.until(t, "the last state is kept, and is stale", "1002", func(s routing.PhoneState) bool { return s.Stale && s.Known && s.Calls == 1 && s.Contacts == 1 })
	must(t, call.HangUp(soon(t)))
	must(t, w.sales.Unregister(soon(t)))
	must(t, w.soft.Register(soon(t)))
	again, err := w.soft.Dial("781003", phone.DialOptions{})
	must(t, err)
	talking(t, again)
	w.cable.mend()
	w.until(t, "the call that ended is gone", "1002", func(s routing.PhoneState) bool { return !s.Stale && s.Calls == 0 && s.Contacts == 0 })
	w.until(t, "the call that began is there", "1001", func(s routing.PhoneState) bool { return !s.Stale && s.Calls == 1 && s.Contacts == 2 })
	if calls := w.seen.Calls("acme.test", "1001"); len(calls) != 1 || !calls[0].Answered {
		t.Errorf("%+v", calls)
	}
	must(t, again.HangUp(soon(t)))
	w.until(t, "all is over", "1001", idle)
	_, err = w.sw.API(soon(t), "sofia profile internal flush_inbound_reg 1001@acme.test")
	must(t, err)
	w.until(t, "its registrations ended by themselves", "1001", func(s routing.PhoneState) bool { return s.Contacts == 0 })
}

// until waits until an extension's state is as wanted.
func (w *liveWorld) until(t *testing.T, what, extension string, is func(routing.PhoneState) bool) {
	t.Helper()
	ctx, tick := soon(t), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; {
		s := w.seen.Phone("ACME.test", extension)
		if s.Known && is(s) {
			t.Logf("%s: after %v", what, time.Since(began).Round(time.Millisecond))
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %s is %+v; %+v", what, extension, s, w.seen.States())
		}
	}
}

func newLiveWorld(t *testing.T) *liveWorld {
	t.Helper()
	w := &liveWorld{}
	carrier := newPhone(t, phone.Config{User: "carrier", Domain: "127.0.0.1"})
	w.sw = rig.StartSwitch(t, rig.Options{Carrier: carrier.Addr})
	w.addBypass(t)
	user := func(name string) *phone.Phone {
		return newPhone(t, phone.Config{User: name, Domain: "acme.test", Password: "acme-" + name, Server: w.sw.InternalAddr})
	}
	w.desk, w.soft, w.sales = user("1001"), user("1001"), user("1002")
	w.trunk = newPhone(t, phone.Config{User: "1001", Domain: "acme.test", Server: w.sw.ExternalAddr})
	if *recordLive != "" {
		recordEvents(t, w.sw, *recordLive)
	}
	w.cable = newCable(t, w.sw.ESLAddr)
	var err error
	w.seen, err = live.New(live.Options{
		Switches: []live.Address{{Address: w.cable.addr, Password: w.sw.ESLPassword}}, Sink: nowhere{}, Log: zerolog.New(zerolog.NewTestWriter(t)),
	})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); w.seen.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-over })
	return w
}

func (w *liveWorld) addBypass(t *testing.T) {
	t.Helper()
	file := filepath.Join(w.sw.Dir, "conf", "dialplan", "contexts.xml")
	text, err := os.ReadFile(file)
	must(t, err)
	edited := string(text)
	for _, context := range []string{"public", "default"} {
		begin := `<context name="` + context + `">`
		edited = strings.Replace(edited, begin, begin+bypass, 1)
	}
	must(t, os.WriteFile(file, []byte(edited), 0o600))
	_, err = w.sw.API(soon(t), "reloadxml")
	must(t, err)
}

// nowhere is a sink for reports nobody looks at.
type nowhere struct{}

func (nowhere) Take(context.Context, []record.Report) error { return nil }

// cable is a connection to the switch's event socket that can be cut.
type cable struct {
	addr, to string

	mu    sync.Mutex
	off   bool
	conns map[net.Conn]bool
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c := &cable{addr: l.Addr().String(), to: to, conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { c.join(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); c.cut(); running.Wait() })
	return c
}

func (c *cable) join(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer far.Close()
	c.mu.Lock()
	if c.off {
		c.mu.Unlock()
		return
	}
	c.conns[near], c.conns[far] = true, true
	c.mu.Unlock()
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(far, near); _ = far.Close() }()
	_, _ = io.Copy(near, far)
	_ = near.Close()
	<-done
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = true
	for conn := range c.conns {
		_ = conn.Close()
	}
	clear(c.conns)
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = false
}

// recordEvents writes the first event of each kind as it came.
func recordEvents(t *testing.T, sw *rig.Switch, folder string) {
	t.Helper()
	conn, err := net.Dial("tcp", sw.ESLAddr)
	must(t, err)
	_, err = fmt.Fprintf(conn, "auth %s\n\nevent plain CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP_COMPLETE CUSTOM sofia::register sofia::unregister sofia::expire\n\n", sw.ESLPassword)
	must(t, err)
	r := bufio.NewReader(conn)
	for range 3 { // the greeting and two replies
		_, err = textproto.NewReader(r).ReadMIMEHeader()
		must(t, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			head, err := textproto.NewReader(r).ReadMIMEHeader()
			if err != nil {
				return
			}
			length, _ := strconv.Atoi(head.Get("Content-Length")) // none: no body
			body := make([]byte, length)
			if _, err := io.ReadFull(r, body); err != nil {
				return
			}
			file := filepath.Join(folder, kindOf(esl.EventOf(body))+".txt")
			if _, err := os.Stat(file); err != nil {
				_ = os.WriteFile(file, body, 0o644)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond)) // for what is on its way
		<-done
		_ = conn.Close()
	})
}

// kindOf names an event by what it says.
func kindOf(e esl.Event) string {
	if _, kind, ok := strings.Cut(e.Header("Event-Subclass"), "::"); ok {
		return kind
	}
	whose := e.Variable("user_name")
	if e.Header("Call-Direction") == "outbound" {
		whose = cmp.Or(e.Variable("dialed_user"), e.Variable("sip_gateway_name"))
	}
	kind := strings.ToLower(e.Name()) + "-" + e.Header("Call-Direction") + "-" + cmp.Or(whose, "trunk")
	if e.Variable("sip_redirected_to") != "" {
		kind += "-redirected"
	}
	return kind
}

// recordAnswers writes what the switch answers while a call is up.
func (w *liveWorld) recordAnswers(t *testing.T) {
	if *recordLive == "" {
		return
	}
	channel := ""
	for _, c := range w.seen.Calls("acme.test", "1001") {
		channel = c.ID
	}
	for name, question := range map[string]string{
		"xmlstatus": "sofia xmlstatus", "xmlstatus-profile": "sofia xmlstatus profile internal reg",
		"show-channels": "show channels as json", "uuid_dump": "uuid_dump " + channel,
	} {
		answer, err := w.sw.API(soon(t), question)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(*recordLive, name+".txt"), []byte(answer), 0o644))
	}
}
