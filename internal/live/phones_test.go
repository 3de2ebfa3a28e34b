package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"switchyard/routing"
)

const (
	sales = "1001@a.test"
	desk  = "sip:1001@192.0.2.1:5060"
	soft  = "sip:1001@192.0.2.2:5060"
)

// contact is one on the profile internal.
func contact(uri string) fakeContact {
	return fakeContact{profile: "internal", uri: uri, callID: "id-" + uri, agent: "Desk 1"}
}

// contactEvent is what FreeSWITCH 1.11.1 says of a contact.
func contactEvent(kind, user string, c fakeContact) string {
	name, domain, _ := strings.Cut(user, "@")
	text := "Event-Subclass: sofia%3A%3A" + kind + "\nEvent-Name: CUSTOM\nprofile-name: " + c.profile + "\n"
	if kind == "expire" {
		text += "user: " + name + "\nusername: " + name + "\nhost: " + domain + "\nexpires: 1795272158\n"
	} else {
		text += "from-user: " + name + "\nfrom-host: " + domain + "\nexpires: 3600\n"
	}
	return event(text + "contact: %22%22%20%3C" + c.uri + "%3E\ncall-id: " + c.callID + "\nuser-agent: " + strings.ReplaceAll(c.agent, " ", "%20") +
		"\nnetwork-ip: 192.0.2.1\nnetwork-port: 5060\n\n")
}

// register puts a contact in the place of those of the same URI and says so.
func (f *fakeSwitch) register(t *testing.T, user string, c fakeContact) {
	t.Helper()
	f.set(func() {
		f.drop(user, c)
		f.phones[user] = append(f.phones[user], c)
	})
	f.send(t, contactEvent("register", user, c))
}

func (f *fakeSwitch) unregister(t *testing.T, user string, c fakeContact, kind string) {
	t.Helper()
	f.set(func() { f.drop(user, c) })
	f.send(t, contactEvent(kind, user, c))
}

func (f *fakeSwitch) drop(user string, c fakeContact) {
	var kept []fakeContact
	for _, old := range f.phones[user] {
		if old.uri != c.uri {
			kept = append(kept, old)
		}
	}
	f.phones[user] = kept
}

// Channels as FreeSWITCH describes them: of a phone that calls, of one that is
// called, of a trunk's caller and of a leg to a gateway.
func calling(id, user string) string {
	name, domain, _ := strings.Cut(user, "@")
	return channelText(id, id, "inbound") + "variable_presence_id: 1009%40a.test\nvariable_sip_authorized: true\nvariable_user_name: " + name + "\nvariable_domain_name: " + domain + "\n"
}

func called(id, call, user string) string {
	name, domain, _ := strings.Cut(user, "@")
	return channelText(id, call, "outbound") + "variable_dialed_user: " + name + "\nvariable_dialed_domain: " + domain + "\nvariable_presence_id: " + name + "%40" + domain + "\n"
}

func channelText(id, call, direction string) string {
	return "Channel-State: CS_EXECUTE\nUnique-ID: " + id + "\nCall-Direction: " + direction + "\nChannel-Call-UUID: " + call + "\nAnswer-State: ringing\n"
}

func (f *fakeSwitch) begin(t *testing.T, id, text string) {
	t.Helper()
	f.set(func() { f.legs[id] = text })
	f.send(t, event("Event-Name: CHANNEL_CREATE\n"+text+"\n"))
}

func (f *fakeSwitch) answerLeg(t *testing.T, id string) {
	t.Helper()
	f.set(func() { f.legs[id] = strings.ReplaceAll(f.legs[id], "Answer-State: ringing", "Answer-State: answered") })
	f.send(t, event("Event-Name: CHANNEL_ANSWER\nUnique-ID: "+id+"\n\n"))
}

func (f *fakeSwitch) finish(t *testing.T, id string) {
	t.Helper()
	f.set(func() { delete(f.legs, id) })
	f.hangUp(t, id)
}

// expect checks an extension's contacts and calls once everything has settled.
func expect(t *testing.T, sw *Switches, user string, contacts, calls int) {
	t.Helper()
	synctest.Wait()
	name, domain, _ := strings.Cut(user, "@")
	got := sw.Phone(strings.ToUpper(domain), name)
	if !got.Known || got.Stale || got.Contacts != contacts || got.Calls != calls {
		t.Errorf("%s: %+v, want %d contacts and %d calls", user, got, contacts, calls)
	}
	if n := len(sw.Contacts(domain, name)); n != contacts {
		t.Errorf("%s: %d contacts are listed", user, n)
	}
	if n := len(sw.Calls(domain, name)); n != calls {
		t.Errorf("%s: %d calls are listed", user, n)
	}
}

func TestPhonesBeforeAnySwitchWasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		f.down = true
		none, err := New(Options{Sink: &sink{}, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		sw := newTestSwitches(t, f, &sink{}, 0)
		defer run(t, sw)()
		synctest.Wait()
		for _, s := range []*Switches{none, sw} {
			if got := s.Phone("a.test", "1001"); got != (routing.PhoneState{}) {
				t.Errorf("%+v", got)
			}
			if got := s.Phones("a.test"); len(got) != 0 {
				t.Errorf("%v", got)
			}
		}
		if !sw.States()[0].Stale {
			t.Error("a switch that was never reached counts as fresh")
		}
	})
}

func TestRegistrations(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		expect(t, sw, sales, 0, 0)
		f.register(t, sales, contact(desk))
		expect(t, sw, sales, 1, 0)
		want := Contact{Switch: "sw1", Profile: "internal", URI: desk, UserAgent: "Desk 1", NetworkIP: "192.0.2.1", Port: "5060",
			ExpiresAt: time.Now().Add(time.Hour), callID: "id-" + desk}
		if got := sw.Contacts("a.test", "1001"); len(got) != 1 || got[0] != want {
			t.Errorf("%+v", got)
		}
		f.register(t, sales, contact(desk)) // again
		expect(t, sw, sales, 1, 0)
		if n := f.questionsOf("api sofia xmlstatus profile internal user"); n != 0 {
			t.Errorf("the plain cases led to %d questions", n)
		}
		f.register(t, sales, contact(soft))
		expect(t, sw, sales, 2, 0)
		f.unregister(t, sales, contact(desk), "unregister")
		expect(t, sw, sales, 1, 0)
		f.unregister(t, sales, contact(soft), "expire")
		expect(t, sw, sales, 0, 0)
		if len(sw.links[0].phones.domains) != 0 {
			t.Error("something is left of it")
		}
	})
}

// Without multiple-registrations a REGISTER replaces every other contact, and
// no event says so.
func TestRegistrationThatReplacesAnother(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.register(t, sales, contact(desk))
		f.set(func() { f.phones[sales] = nil })
		f.register(t, sales, contact(soft))
		<-time.After(2 * settling)
		expect(t, sw, sales, 1, 0)
		if got := sw.Contacts("a.test", "1001"); got[0].URI != soft {
			t.Errorf("%+v", got)
		}
		if n := f.questionsOf("api sofia xmlstatus profile internal user " + sales); n != 1 {
			t.Errorf("%d questions", n)
		}
	})
}

// A connection of a phone that breaks is told without its contact.
func TestUnregisterByCallID(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.register(t, sales, contact(desk))
		f.set(func() { f.phones[sales] = nil })
		f.send(t, event("Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aunregister\nprofile-name: internal\nfrom-user: 1001\nfrom-host: A.test\n"+
			"call-id: id-"+desk+"\nrpid: unknown\nreason: socket-disconnection\n\n"))
		expect(t, sw, sales, 0, 0)
	})
}

func TestCalls(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.begin(t, "a", calling("a", sales))
		expect(t, sw, sales, 0, 1)
		f.begin(t, "b1", called("b1", "a", "1002@a.test"))
		f.begin(t, "b2", called("b2", "a", "1002@a.test")) // the same call at its other phone
		expect(t, sw, "1002@a.test", 0, 1)
		expect(t, sw, "1009@a.test", 0, 0) // whom the caller said it was
		f.answerLeg(t, "b1")
		f.finish(t, "b2")
		expect(t, sw, "1002@a.test", 0, 1)
		if got := sw.Calls("A.TEST", "1002"); !got[0].Answered || got[0].ID != "a" || got[0].Switch != "sw1" {
			t.Errorf("%+v", got)
		}
		f.begin(t, "c", called("c", "other", "1002@a.test"))
		expect(t, sw, "1002@a.test", 0, 2)
		if st := sw.States()[0]; st.OnCall != 2 || st.Channels != 3 {
			t.Errorf("%+v", st)
		}
		for _, id := range []string{"a", "b1", "c"} {
			f.finish(t, id)
		}
		expect(t, sw, sales, 0, 0)
		expect(t, sw, "1002@a.test", 0, 0)
		if st := sw.States()[0]; st.OnCall != 0 || st.Channels != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestChannelsOfNobody(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		trunk := channelText("t", "t", "inbound")
		for id, text := range map[string]string{
			"a trunk's caller who says he is 1001": trunk + "variable_presence_id: 1001%40a.test\nvariable_sip_from_user: 1001\n",
			"with a user that nobody checked":      trunk + "variable_user_name: 1001\nvariable_domain_name: a.test\n",
			"a caller who dialled 1001":            trunk + "variable_dialed_user: 1001\nvariable_dialed_domain: a.test\n",
			"a gateway to 1001":                    channelText("t", "x", "outbound") + "variable_sip_gateway_name: 1001\nvariable_dialed_user: 1001\nvariable_dialed_domain: a.test\n",
			"an address":                           channelText("t", "x", "outbound") + "variable_presence_id: 1001%40a.test\n",
		} {
			f.begin(t, "t", text)
			synctest.Wait()
			if got := sw.Phone("a.test", "1001"); got.Calls != 0 {
				t.Errorf("%s: %+v", id, got)
			}
			f.finish(t, "t")
		}
		// One that was called itself, and calls on.
		f.begin(t, "t", strings.ReplaceAll(called("t", "t", sales), "dialed_user: 1001", "dialed_user: 1002"))
		expect(t, sw, sales, 0, 1)
		expect(t, sw, "1002@a.test", 0, 0)
	})
}

// What no event told comes with the next question.
func TestResyncCorrects(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.register(t, sales, contact(desk))
		f.begin(t, "ends", calling("ends", sales))
		f.begin(t, "stays", calling("stays", "1002@a.test"))
		synctest.Wait()
		f.set(func() {
			f.phones[sales] = nil
			f.phones["1003@a.test"] = []fakeContact{contact("sip:x"), {profile: "tls", uri: "sip:y", callID: "y"}}
			delete(f.legs, "ends")
			f.legs["stays"] = strings.ReplaceAll(f.legs["stays"], "Answer-State: ringing", "Answer-State: answered")
			f.legs["begins"] = called("begins", "ends", "1003@a.test")
			f.legs["trunk"] = channelText("trunk", "trunk", "inbound")
			f.legs["late"] = calling("late", "1004@a.test") // the list does not have it yet
			f.unlisted["late"] = true
			f.gone = []string{"over"}
		})
		<-time.After(resyncEvery - time.Second)
		f.send(t, event("Event-Name: CHANNEL_CREATE\n"+calling("late", "1004@a.test")+"\n"))
		<-time.After(2 * time.Second)
		expect(t, sw, sales, 0, 0)
		expect(t, sw, "1002@a.test", 0, 1)
		expect(t, sw, "1003@a.test", 2, 1)
		expect(t, sw, "1004@a.test", 0, 1)
		if got := sw.Calls("a.test", "1002"); !got[0].Answered {
			t.Errorf("%+v", got)
		}
		f.set(func() { delete(f.unlisted, "late") })
		<-time.After(10 * resyncEvery)
		if n := f.questionsOf("api uuid_dump trunk"); n != 1 {
			t.Errorf("it asked %d times for a channel of nobody", n)
		}
		if n := f.questionsOf("api sofia xmlstatus profile internal reg"); n != 12 {
			t.Errorf("%d lists within 11 minutes", n)
		}
		want := map[string]routing.PhoneState{}
		for _, x := range []string{"1002", "1003", "1004"} {
			want[x] = sw.Phone("a.test", x)
		}
		if got := sw.Phones("A.test"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v", got)
		}
	})
}

func TestDisconnectedAndBack(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.register(t, sales, contact(desk))
		f.begin(t, "a", calling("a", sales))
		expect(t, sw, sales, 1, 1)
		told := time.Now()
		f.set(func() {
			f.down = true
			f.phones[sales] = []fakeContact{contact(soft), contact(desk)}
			delete(f.legs, "a")
		})
		f.cut()
		<-time.After(5 * time.Minute)
		if got, want := sw.Phone("a.test", "1001"), (routing.PhoneState{Known: true, AsOf: told, Stale: true, Contacts: 1, Calls: 1}); !got.AsOf.Equal(want.AsOf) || got.Contacts != 1 || got.Calls != 1 || !got.Stale || !got.Known {
			t.Errorf("%+v, want %+v", got, want)
		}
		f.set(func() { f.down = false })
		<-f.joined
		expect(t, sw, sales, 2, 0)
		if got := sw.Phone("a.test", "1001"); !got.AsOf.Equal(time.Now()) {
			t.Errorf("%+v", got)
		}
	})
}

// A switch that says nothing is not believed for long.
func TestSilentSwitchIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeSwitch()
		sw := newTestSwitches(t, f, &sink{}, 0)
		stop := run(t, sw)
		<-f.joined
		synctest.Wait()
		silent := make(chan struct{})
		f.set(func() { f.silent = silent })
		told := time.Now()
		<-time.After(fresh)
		if got := sw.Phone("a.test", "1001"); got.Stale || !got.AsOf.Equal(told) {
			t.Errorf("%+v", got)
		}
		<-time.After(time.Second)
		if got := sw.Phone("a.test", "1001"); !got.Stale || !got.AsOf.Equal(told) {
			t.Errorf("%+v", got)
		}
		f.set(func() { f.silent = nil })
		close(silent)
		synctest.Wait()
		if got := sw.Phone("a.test", "1001"); got.Stale {
			t.Errorf("%+v", got)
		}
		<-time.After(time.Hour)
		if got := sw.Phone("a.test", "1001"); got.Stale || time.Since(got.AsOf) > fresh {
			t.Errorf("a quiet switch is stale: %+v", got)
		}
		stop()
	})
}

func TestSwitchThatDoesNotTell(t *testing.T) {
	for name, answer := range map[string]func(question string) string{
		"without mod_sofia": func(q string) string {
			return map[bool]string{true: "-ERR sofia Command not found!\n"}[strings.HasPrefix(q, "sofia")]
		},
		"half a list": func(q string) string {
			return map[bool]string{true: "<profile>\n <registrations>\n"}[strings.HasPrefix(q, "sofia xmlstatus profile")]
		},
		"rubbish of channels": func(q string) string { return map[bool]string{true: "{"}[strings.HasPrefix(q, "show")] },
		"another switch": func() func(string) string {
			n := 0
			return func(q string) string {
				if q == "switchname" {
					n++
					return fmt.Sprint("sw", n)
				}
				return ""
			}
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeSwitch()
				f.api = answer
				sw := newTestSwitches(t, f, &sink{}, 0)
				defer run(t, sw)()
				<-f.joined
				<-time.After(5 * time.Minute)
				st := sw.States()[0]
				if !st.Connected || !st.Stale || st.ResyncErr == nil || st.ResyncFailures < 5 || st.ResyncFailures > 30 || !st.LastResync.IsZero() {
					t.Errorf("%+v", st)
				}
				if got := sw.Phone("a.test", "1001"); got.Known {
					t.Errorf("%+v", got)
				}
				f.set(func() { f.api = nil; f.name = st.Name })
				<-time.After(longestPause)
				if got := sw.Phone("a.test", "1001"); !got.Known || got.Stale || sw.States()[0].ResyncErr != nil {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}

func TestTwoSwitches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		east, west := newFakeSwitch(), newFakeSwitch()
		east.phones[sales] = []fakeContact{contact(desk)}
		west.name, west.down = "sw2", true
		sw := newTestSwitches(t, east, &sink{}, 0)
		sw.opts.Dial = dialEither(east, west)
		sw.links = append(sw.links, newLink(Address{Address: "west", Password: thePassword}, &sw.opts, sw.redirects, time.Now()))
		defer run(t, sw)()
		<-east.joined
		synctest.Wait()
		if got := sw.Phone("a.test", "1001"); !got.Known || !got.Stale || got.Contacts != 1 {
			t.Errorf("one switch away: %+v", got)
		}
		if got := sw.Phone("a.test", "1002"); got.Known {
			t.Errorf("it may be registered at the other switch: %+v", got)
		}
		west.set(func() { west.down = false })
		<-west.joined
		west.register(t, sales, contact(desk)) // both have one database
		west.register(t, sales, contact(soft))
		west.begin(t, "x", calling("x", sales))
		east.begin(t, "y", called("y", "z", sales))
		expect(t, sw, sales, 2, 2)
		expect(t, sw, "1002@a.test", 0, 0)
		if got := sw.Contacts("a.test", "1001"); got[0].Switch != "sw1" || got[1].Switch != "sw2" {
			t.Errorf("%+v", got)
		}
		asOf := time.Now()
		west.set(func() { west.down = true })
		west.cut()
		<-time.After(time.Minute)
		if got := sw.Phone("a.test", "1001"); !got.Stale || !got.AsOf.Equal(asOf) || got.Contacts != 2 || got.Calls != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// What is told while the switch is asked is newer than its answer.
func TestEventsDuringAQuestion(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		f.register(t, "old@a.test", contact("sip:old"))
		f.begin(t, "old", calling("old", "old@a.test"))
		f.set(func() {
			f.legs["dies"] = calling("dies", "dies@a.test")
			f.api = func(question string) string {
				var events string
				switch question {
				case "sofia xmlstatus profile internal reg":
					events = contactEvent("register", "new@a.test", contact("sip:new")) + contactEvent("unregister", "old@a.test", contact("sip:old"))
				case "show channels as json":
					events = event("Event-Name: CHANNEL_CREATE\n"+calling("new", "new@a.test")+"\n") + event("Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: old\nvariable_hangup_cause: X\n\n")
				case "uuid_dump dies":
					events = event("Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: dies\nvariable_hangup_cause: X\n\n")
				}
				if events != "" {
					_, _ = f.conns[0].Write([]byte(events)) // read at once; the answer comes after it
				}
				return ""
			}
			f.legs["new"], f.unlisted["new"] = calling("new", "new@a.test"), true
		})
		<-time.After(resyncEvery + time.Second)
		expect(t, sw, "new@a.test", 1, 1)
		expect(t, sw, "old@a.test", 0, 0)
		expect(t, sw, "dies@a.test", 0, 0)
	})
}

func TestHostileEvents(t *testing.T) {
	withSwitch(t, func(t *testing.T, f *fakeSwitch, sw *Switches) {
		long := strings.Repeat("x", 5000)
		for _, text := range []string{
			"Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aregister\n\n",
			"Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aregister\nfrom-user: " + long + "\nfrom-host: a.test\n\n",
			"Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aregister\nfrom-user: 1%0A1\nfrom-host: a.test\n\n",
			"Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aregister\nfrom-user: 1001\nfrom-host: a%20b\n\n",
			"Event-Name: CHANNEL_CREATE\n\n",
			"Event-Name: CHANNEL_CREATE\nUnique-ID: a%20b\n\n",
			"Event-Name: CHANNEL_CREATE\nUnique-ID: " + long + "\n\n",
		} {
			f.send(t, event(text))
		}
		synctest.Wait()
		if st := sw.States()[0]; st.Refused != 7 || st.Registrations != 0 || st.Channels != 0 || !st.Connected {
			t.Errorf("%+v", st)
		}
		f.send(t, event("Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Agateway_state\n\n")) // not asked for
		f.send(t, event("Event-Name: CHANNEL_ANSWER\nUnique-ID: nobody\n\n"))
		f.send(t, event("Event-Name: CUSTOM\nEvent-Subclass: sofia%3A%3Aregister\nfrom-user: 1001\nfrom-host: a.test\nexpires: 99999999999999999999\n"+
			"contact: "+long+"\nuser-agent: %1B[31m%E2%80%AE%FFevil\ncall-id: "+long+"\nprofile-name: a%20b\n\n"))
		expect(t, sw, sales, 1, 0)
		if got := sw.Contacts("a.test", "1001")[0]; len(got.URI) != 256 || got.UserAgent != "[31m\uFFFDevil" || !got.ExpiresAt.Equal(time.Now()) {
			t.Errorf("%+v", got)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	p := newPhones()
	for i := range mostChannels + 10 {
		if ok := p.begun(fmt.Sprint(i), channel{owner: owner{"a.test", "1001"}, call: "x"}); ok != (i < mostChannels) {
			t.Fatalf("channel %d: %v", i, ok)
		}
	}
	for i := range mostOfOne + 10 {
		_, ok := p.change(change{of: owner{"a.test", "1001"}, contact: newContact("internal", fmt.Sprint(i), fmt.Sprint(i), "", "", "")})
		if ok != (i < mostOfOne) {
			t.Fatalf("contact %d: %v", i, ok)
		}
	}
	if p.contacts != mostOfOne || len(p.doubts) != 1 {
		t.Errorf("%d contacts, %d doubts", p.contacts, len(p.doubts))
	}
	for i := range 2 * mostDoubts {
		for _, uri := range []string{"a", "b"} {
			p.change(change{of: owner{"a.test", fmt.Sprint("d", i)}, contact: newContact("internal", uri, uri, "", "", "")})
		}
	}
	if len(p.doubts) != mostDoubts {
		t.Errorf("%d doubts", len(p.doubts))
	}
	p.begin()
	for i := range mostJournalled + 10 {
		p.over(fmt.Sprint("o", i))
		p.change(change{of: owner{"a.test", "1001"}, gone: true})
	}
	if len(p.ended) != mostJournalled || len(p.journal) != mostJournalled {
		t.Errorf("%d ended, %d changes", len(p.ended), len(p.journal))
	}
	if err := p.registered(nil); !errors.Is(err, errTooMuch) {
		t.Errorf("%v", err)
	}
	if err := p.registeredAs(doubt{}, nil); !errors.Is(err, errTooMuch) {
		t.Errorf("%v", err)
	}
	if err := p.found("x", channel{}); !errors.Is(err, errTooMuch) {
		t.Errorf("%v", err)
	}
}

// A Call-ID is of the phone's choice and not escaped: it must not become
// somebody else's registration.
func TestListOfAHostilePhone(t *testing.T) {
	const evil = "x</call-id><user>1002@a.test</user><contact>sip:evil</contact><call-id>"
	f := newFakeSwitch()
	f.phones[sales] = []fakeContact{{profile: "internal", uri: "sip:1001@192.0.2.1;x=\x01\xff", callID: evil, agent: "</agent><user>1003@a.test</user>"}}
	f.phones["no extension"] = []fakeContact{contact(desk)}
	list, ok := contactsOf(f.sofia("xmlstatus profile internal reg"), "internal", time.Unix(0, 0))
	if !ok || len(list) != 1 || list[0].of != (owner{"a.test", "1001"}) || list[0].contact.callID != evil || list[0].contact.UserAgent != "</agent><user>1003@a.test</user>" {
		t.Errorf("%+v", list)
	}
	if got := list[0].contact.ExpiresAt.Unix(); got != 3659 {
		t.Errorf("it expires in %d s", got)
	}
	for _, status := range []string{"", "expsecs(", "expsecs(-5)", "expsecs(99999999999)", "expsecs(x)"} {
		if d := remaining(status); d != 0 {
			t.Errorf("%q: %v", status, d)
		}
	}
}

// dialEither reaches the first switch at theAddress and the second elsewhere.
func dialEither(first, second *fakeSwitch) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) {
		if address == theAddress {
			return first.dial(ctx, address)
		}
		return second.dial(ctx, address)
	}
}

func TestSyncPause(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		0: time.Minute, 600 * time.Millisecond: time.Minute, 3 * time.Second: 5 * time.Minute, time.Minute: 10 * time.Minute,
	} {
		low, high := syncPause(took, func() float64 { return 0 }), syncPause(took, func() float64 { return 1 })
		if low != want*9/10 || high != want*11/10 {
			t.Errorf("after %v: %v to %v", took, low, high)
		}
	}
}
