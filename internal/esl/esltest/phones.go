package esltest

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"
)

// phonesOf gives who is dialled by a name, as Switch.Phones has it now.
func (s *Switch) phonesOf(target string) ([]Phone, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	phones, known := s.Phones[target]
	return phones, known
}

// SetPhones changes what is dialled by a name, at any time: those of a user
// ("1001@acme.test") that are registered now and were not before are told to
// the clients of the event socket, and those that are not any more. Legs that
// ring already ring on.
func (s *Switch) SetPhones(target string, phones ...Phone) {
	s.mu.Lock()
	before := s.Phones[target]
	s.Phones = maps.Clone(s.Phones)
	if s.Phones == nil {
		s.Phones = map[string][]Phone{}
	}
	s.Phones[target] = phones
	s.mu.Unlock()
	for i := range max(len(before), len(phones)) {
		was, is := registeredAt(before, i), registeredAt(phones, i)
		switch {
		case is:
			s.publishContact("sofia::register", target, i)
		case was:
			s.publishContact("sofia::unregister", target, i)
		}
	}
}

func registeredAt(phones []Phone, i int) bool { return i < len(phones) && phones[i].Registered }

// SetOnCall changes how many calls a user ("1001@acme.test") has that the server
// under test did not route, as Switch.OnCall says at the beginning.
func (s *Switch) SetOnCall(user string, calls int) {
	s.mu.Lock()
	before := s.OnCall[user]
	s.OnCall = maps.Clone(s.OnCall)
	if s.OnCall == nil {
		s.OnCall = map[string]int{}
	}
	s.OnCall[user] = calls
	s.mu.Unlock()
	for i := before; i < calls; i++ {
		s.publishForeign("CHANNEL_CREATE", user, i)
	}
	for i := calls; i < before; i++ {
		s.publishForeign("CHANNEL_HANGUP_COMPLETE", user, i)
	}
}

// contactURI is where a user's phone of that number is registered.
func contactURI(user string, i int) string {
	name, _, _ := strings.Cut(user, "@")
	return fmt.Sprintf("sip:%s@127.0.0.1:%d", name, 6200+i)
}

func (s *Switch) publishContact(subclass, user string, i int) {
	name, domain, _ := strings.Cut(user, "@")
	expires := "3600"
	if subclass == "sofia::unregister" {
		expires = "0"
	}
	f := s.eventHead("CUSTOM", subclass)
	for _, h := range []field{
		{"profile-name", "internal"}, {"from-user", name}, {"from-host", domain}, {"presence-hosts", "n/a"},
		{"contact", `"" <` + contactURI(user, i) + `>`}, {"call-id", registrationID(user, i)}, {"rpid", "unknown"}, {"expires", expires},
		{"network-ip", "127.0.0.1"}, {"network-port", fmt.Sprint(6200 + i)}, {"username", name}, {"realm", domain}, {"user-agent", "phone"},
	} {
		f.add(h.name, h.value)
	}
	s.publish(subclass, f, "")
}

func registrationID(user string, i int) string {
	return deriveUUID("registration", user, fmt.Sprint(i))
}

// foreignID is the channel of a user's call that nobody here placed.
func (s *Switch) foreignID(user string, i int) string {
	return deriveUUID(s.name(), "foreign", user, fmt.Sprint(i))
}

// foreign describes such a channel: the phone itself called, and talks.
func (s *Switch) foreign(f *fields, user string, i int) {
	name, domain, _ := strings.Cut(user, "@")
	id := s.foreignID(user, i)
	for _, h := range []field{
		{"Channel-State", "CS_EXECUTE"}, {"Channel-Call-State", "ACTIVE"}, {"Channel-Name", "sofia/internal/" + user}, {"Unique-ID", id},
		{"Call-Direction", "inbound"}, {"Channel-Call-UUID", id}, {"Answer-State", "answered"}, {"variable_sip_authorized", "true"},
		{"variable_user_name", name}, {"variable_domain_name", domain}, {"variable_presence_id", user},
	} {
		f.add(h.name, h.value)
	}
}

func (s *Switch) publishForeign(event, user string, i int) {
	f := s.eventHead(event, "")
	s.foreign(&f, user, i)
	if event == "CHANNEL_HANGUP_COMPLETE" {
		f.add("Hangup-Cause", "NORMAL_CLEARING")
		f.add("variable_hangup_cause", "NORMAL_CLEARING")
	}
	s.publish(event, f, "")
}

// foreignUsers gives the users with such calls, and how many each has.
func (s *Switch) foreignUsers() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.OnCall)
}

// findForeign tells whose such channel an id is.
func (s *Switch) findForeign(id string) (user string, i int, ok bool) {
	for user, calls := range s.foreignUsers() {
		for i := range calls {
			if s.foreignID(user, i) == id {
				return user, i, true
			}
		}
	}
	return "", 0, false
}

// eventHead begins an event that belongs to no call.
func (s *Switch) eventHead(name, subclass string) fields {
	now := time.Now()
	var f fields
	if subclass != "" {
		f.add("Event-Subclass", subclass)
	}
	for _, h := range []field{
		{"Event-Name", name}, {"Core-UUID", deriveUUID(s.name(), "core")}, {"FreeSWITCH-Hostname", s.name()}, {"FreeSWITCH-Switchname", s.name()},
		{"Event-Date-Timestamp", micros(now)},
	} {
		f.add(h.name, h.value)
	}
	return f
}

// apiSofia is `sofia xmlstatus`, `… profile NAME reg` and `… profile NAME user
// USER`. The phones are registered on the profile internal.
func apiSofia(s *Switch, arg string) string {
	words := strings.Fields(arg)
	switch {
	case arg == "xmlstatus":
		return xmlHeader + "<profiles>\n" + xmlProfile("external") + xmlProfile("internal") + "</profiles>\n"
	case len(words) >= 4 && words[0] == "xmlstatus" && words[1] == "profile" && (words[3] == "reg" || words[3] == "user" && len(words) == 5):
		only := ""
		if words[3] == "user" {
			only = words[4]
		}
		return s.xmlRegistrations(words[2], only)
	}
	return "-USAGE: sofia xmlstatus [profile <name> [reg|user <user>]]\n"
}

const xmlHeader = `<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n"

func xmlProfile(name string) string {
	return "<profile>\n<name>" + name + "</name>\n<type>profile</type>\n<data>sip:mod_sofia@127.0.0.1:5060</data>\n<state>RUNNING (0)</state>\n</profile>\n"
}

func (s *Switch) xmlRegistrations(profile, only string) string {
	var b strings.Builder
	b.WriteString(xmlHeader + "<profile>\n  <registrations>\n")
	s.mu.Lock()
	all := s.Phones
	s.mu.Unlock()
	for _, user := range slices.Sorted(maps.Keys(all)) {
		if profile != "internal" || strings.HasPrefix(user, "gateway/") || only != "" && user != only {
			continue
		}
		for i := range all[user] {
			if registeredAt(all[user], i) {
				xmlRegistration(&b, user, i)
			}
		}
	}
	b.WriteString("  </registrations>\n</profile>\n")
	return b.String()
}

func xmlRegistration(b *strings.Builder, user string, i int) {
	b.WriteString("    <registration>\n")
	for _, f := range []field{
		{"call-id", registrationID(user, i)}, {"user", user}, {"contact", html.EscapeString(`"" <` + contactURI(user, i) + `>`)}, {"agent", "phone"},
		{"status", "Registered(UDP)(unknown) exp(2030-01-01 00:00:00) expsecs(3659)"}, {"network-ip", "127.0.0.1"}, {"network-port", fmt.Sprint(6200 + i)},
	} {
		fmt.Fprintf(b, "        <%s>%s</%s>\n", f.name, f.value, f.name)
	}
	b.WriteString("    </registration>\n")
}
