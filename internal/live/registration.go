package live

import (
	"cmp"
	"html"
	"strconv"
	"strings"
	"time"

	"switchyard/internal/record"
)

// changeOf reads a sofia::register, sofia::unregister or sofia::expire event;
// false if it names no extension. An expire event names the extension with
// other headers than the others (measured).
func changeOf(d said, now time.Time) (change, bool) {
	c := change{of: newOwner(cmp.Or(d.Header("from-user"), d.Header("user")), cmp.Or(d.Header("from-host"), d.Header("host")))}
	if c.of == (owner{}) {
		return c, false
	}
	c.gone = d.Header("Event-Subclass") != registerEvent
	seconds, err := strconv.Atoi(d.Header("expires"))
	if err != nil || seconds < 0 || seconds > maxExpires {
		seconds = 0
	}
	c.contact = newContact(d.Header("profile-name"), d.Header("call-id"), d.Header("contact"), d.Header("user-agent"),
		d.Header("network-ip"), d.Header("network-port"))
	c.contact.ExpiresAt = now.Add(time.Duration(seconds) * time.Second)
	return c, true
}

const (
	registerEvent   = "sofia::register"
	unregisterEvent = "sofia::unregister"
	expireEvent     = "sofia::expire"

	maxExpires = 10 * 365 * 24 * 3600 // seconds
)

// newContact keeps what a phone wrote as text that is safe to show. Events and
// lists give the same texts, so that they are still equal.
func newContact(profile, callID, contact, agent, ip, port string) Contact {
	return Contact{
		Profile: record.SafeText(profile), URI: record.SafeText(uriOf(contact)), UserAgent: record.SafeText(agent),
		NetworkIP: record.SafeText(ip), Port: record.SafeText(port), callID: record.SafeText(callID),
	}
}

// uriOf takes the address out of a Contact header.
func uriOf(contact string) string {
	_, uri, ok := strings.Cut(contact, "<")
	if !ok {
		return contact
	}
	uri, _, _ = strings.Cut(uri, ">")
	return uri
}

// profilesOf reads the running SIP profiles from `sofia xmlstatus`.
func profilesOf(answer string) (names []string) {
	name, kind := "", ""
	for line := range strings.Lines(answer) {
		if v, ok := inTag(line, "name"); ok {
			name = v
		} else if v, ok := inTag(line, "type"); ok {
			kind = v
		} else if v, ok := inTag(line, "state"); ok && kind == "profile" && strings.HasPrefix(v, "RUNNING") && isName(name, 64) {
			names = append(names, name)
		}
	}
	return names
}

// contactsOf reads `sofia xmlstatus profile X reg`. false: it is none.
//
// FreeSWITCH writes a tag a line and escapes contact and agent only. A phone
// chooses its Call-ID, where < and > are allowed; and one phone's odd
// byte must not make the whole list unreadable. So this is no XML reader: what
// is between a line's first and last tag is the value.
func contactsOf(answer, profile string, now time.Time) (list []change, ok bool) {
	var user, callID, contact, agent, ip, port, status string
	for line := range strings.Lines(answer) {
		line = strings.TrimSpace(line)
		switch line {
		case "<registration>":
			user, callID, contact, agent, ip, port, status = "", "", "", "", "", "", ""
		case "</registration>":
			extension, domain, _ := strings.Cut(user, "@")
			if of := newOwner(extension, domain); of != (owner{}) {
				c := newContact(profile, callID, contact, agent, ip, port)
				c.ExpiresAt = now.Add(remaining(status))
				list = append(list, change{of: of, contact: c})
			}
		case "</profile>":
			return list, true
		}
		for tag, to := range map[string]*string{"call-id": &callID, "user": &user, "contact": &contact, "agent": &agent,
			"network-ip": &ip, "network-port": &port, "status": &status} {
			if v, ok := inTag(line, tag); ok {
				*to = v
			}
		}
	}
	return nil, false
}

// inTag gives what a line of one tag has in it.
func inTag(line, tag string) (string, bool) {
	v, ok := strings.CutPrefix(strings.TrimSpace(line), "<"+tag+">")
	if !ok {
		return "", false
	}
	if v, ok = strings.CutSuffix(v, "</"+tag+">"); !ok {
		return "", false
	}
	return html.UnescapeString(v), true
}

// remaining reads "Registered(UDP)(unknown) exp(2026-11-21 14:35:56) expsecs(3659)".
func remaining(status string) time.Duration {
	i := strings.LastIndex(status, "expsecs(")
	if i < 0 {
		return 0
	}
	seconds, err := strconv.Atoi(strings.TrimSuffix(status[i+len("expsecs("):], ")"))
	if err != nil || seconds < 0 || seconds > maxExpires {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
