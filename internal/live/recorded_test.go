package live

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"switchyard/internal/esl"
	"switchyard/internal/esl/esltest"
)

const recordings = "../../testdata/captures/live"

func recordedLive(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recordings, name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a real FreeSWITCH said of a call between two phones that no server
// routed, of their registrations, and of a carrier's channels.
func TestRecordedEvents(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		tell := func(names ...string) {
			t.Helper()
			for _, name := range names {
				f.send(t, event(recordedLive(t, name)))
			}
		}
		state := func(what, user string, contacts, calls int) {
			t.Helper()
			t.Log(what)
			expect(t, sw, user+"@acme.test", contacts, calls)
		}
		registered := esl.EventOf([]byte(recordedLive(t, "register")))
		tell("register")
		state("registered", "1001", 1, 0)
		if c := sw.Contacts("acme.test", "1001"); !strings.Contains(registered.Header("contact"), c[0].URI) || c[0].NetworkIP != "127.0.0.1" || c[0].Profile != "internal" {
			t.Errorf("%+v", c)
		}
		tell("channel_create-inbound-1001", "channel_create-outbound-1002")
		state("calling", "1001", 1, 1)
		state("ringing", "1002", 0, 1)
		tell("channel_answer-outbound-1002", "channel_answer-inbound-1001")
		synctest.Wait()
		for _, user := range []string{"1001", "1002"} {
			if c := sw.Calls("acme.test", user); len(c) != 1 || !c[0].Answered {
				t.Errorf("%s: %+v", user, c)
			}
		}
		tell("channel_hangup_complete-inbound-1001", "channel_hangup_complete-outbound-1002")
		state("over", "1001", 1, 0)
		state("over", "1002", 0, 0)
		tell("channel_create-inbound-trunk", "channel_create-outbound-carrier-a")
		if st := sw.States()[0]; st.OnCall != 0 || st.Refused != 0 {
			t.Errorf("%+v", st)
		}
		if _, ok := sw.Redirected(t.Context(), "the-call"); ok {
			t.Error("nobody was redirected yet")
		}
		tell("channel_hangup_complete-outbound-1002-redirected")
		synctest.Wait()
		if contact, ok := sw.Redirected(t.Context(), "the-call"); !ok || contact != "+13055550144" {
			t.Errorf("%q, %v", contact, ok)
		}
		tell("expire")
		<-time.After(2 * settling)
		if n := f.questionsOf("api sofia xmlstatus profile internal user 1001@acme.test"); n > 1 {
			t.Errorf("%d questions", n)
		}
	})
}

// What a real FreeSWITCH answered while such a call was up.
func TestRecordedAnswers(t *testing.T) {
	if got := profilesOf(recordedLive(t, "xmlstatus")); !slices.Equal(got, []string{"external", "internal"}) {
		t.Errorf("profiles %q", got)
	}
	list, ok := contactsOf(recordedLive(t, "xmlstatus-profile"), "internal", time.Unix(0, 0))
	if !ok || len(list) != 2 || list[0].of.domain != "acme.test" || !strings.HasPrefix(list[0].contact.URI, "sip:100") || list[0].contact.ExpiresAt.Unix() < 3500 {
		t.Errorf("%+v", list)
	}
	id, c, ok := channelOf(esl.EventOf([]byte(recordedLive(t, "uuid_dump"))), time.Unix(0, 0))
	if !ok || c.owner != (owner{"acme.test", "1001"}) || !c.answered || c.call != id {
		t.Errorf("%q %+v", id, c)
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		f.api = func(q string) string {
			switch name, _, _ := strings.Cut(q, " "); name {
			case "show":
				return recordedLive(t, "show-channels")
			case "uuid_dump":
				return recordedLive(t, "uuid_dump")
			}
			return ""
		}
		sw := newTestSwitches(t, f, &sink{}, 0)
		defer run(t, sw)()
		<-f.joined
		expect(t, sw, "1001@acme.test", 0, 1)
		if n := f.questionsOf("api uuid_dump"); n != 2 {
			t.Errorf("%d channels were asked for", n)
		}
	})
}

// The stand-in that whole servers are tested with says the same.
func TestStandIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := esltest.NewListener()
		free := make(chan struct{})
		stand := &esltest.Switch{
			Name: "east", LastResort: "NORMAL_TEMPORARY_FAILURE",
			Phones: map[string][]esltest.Phone{sales: {{Registered: true}, {Registered: true}, {}}}, OnCall: map[string]int{sales: 1},
			Dial: func(ctx context.Context) (net.Conn, error) { <-free; return nil, net.ErrClosed },
		}
		served := make(chan error, 1)
		go func() { served <- stand.ServeInbound(l, thePassword) }()
		f := newFakeSwitch()
		sw := newTestSwitches(t, f, &sink{}, 0)
		sw.opts.Dial = func(ctx context.Context, _ string) (net.Conn, error) { return l.Dial(ctx) }
		stop := run(t, sw)
		<-time.After(time.Second)
		expect(t, sw, sales, 2, 1)
		stand.SetPhones(sales, esltest.Phone{Registered: true})
		stand.SetOnCall(sales, 3)
		stand.SetOnCall("1002@a.test", 1)
		over := make(chan struct{})
		go func() {
			defer close(over)
			_, _ = stand.Place(t.Context(), esltest.Call{From: "1003", To: "1001", AuthUser: "1003", AuthDomain: "a.test"})
		}()
		<-time.After(time.Second)
		expect(t, sw, sales, 1, 3)
		expect(t, sw, "1002@a.test", 0, 1)
		expect(t, sw, "1003@a.test", 0, 1)
		close(free)
		<-over
		stand.SetOnCall(sales, 0)
		<-time.After(2 * time.Second)
		expect(t, sw, sales, 1, 0)
		expect(t, sw, "1003@a.test", 0, 0)
		<-time.After(5 * time.Minute)
		expect(t, sw, sales, 1, 0)
		expect(t, sw, "1002@a.test", 0, 1)
		if st := sw.States()[0]; st.Refused != 0 || st.ResyncErr != nil || st.ResyncFailures != 0 {
			t.Errorf("%+v", st)
		}
		stop()
		l.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// What a call of two phones costs on our side: four events, of which one was
// read before.
func BenchmarkCall(b *testing.B) {
	sw, err := New(Options{Switches: []Address{{}}, Sink: &sink{}, Queue: 1})
	if err != nil {
		b.Fatal(err)
	}
	var events []esl.Event
	for _, name := range []string{"channel_create-inbound-1001", "channel_create-outbound-1002", "channel_answer-outbound-1002", "channel_answer-inbound-1001"} {
		events = append(events, esl.EventOf([]byte(recordedLive(b, name))))
	}
	ids := []string{events[0].Header("Unique-ID"), events[1].Header("Unique-ID")}
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range events {
			sw.links[0].take(e)
		}
		for _, id := range ids {
			sw.links[0].phones.over(id)
		}
	}
}

func BenchmarkPhone(b *testing.B) {
	sw, err := New(Options{Switches: []Address{{}, {}}, Sink: &sink{}})
	if err != nil {
		b.Fatal(err)
	}
	for _, l := range sw.links {
		l.phones.upToDate()
		l.phones.change(change{of: owner{"a.test", "1001"}, contact: newContact("internal", "x", desk, "", "", "")})
	}
	b.ReportAllocs()
	for b.Loop() {
		sw.Phone("A.test", "1001")
	}
}
