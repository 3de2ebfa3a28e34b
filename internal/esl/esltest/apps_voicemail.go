package esltest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	defaultGreeting = 3 * time.Second
	beep            = time.Second
	minMessage      = 3 * time.Second // min-record-len: shorter ones are thrown away
	maxMessage      = 300 * time.Second
	// recordCheck is how long the menus after a message that ended with a key
	// ask (listen, save, record again, mark urgent) when nobody answers them.
	recordCheck = 10400 * time.Millisecond
)

// appVoicemail is `voicemail profile domain mailbox`: greeting, beep, and a
// message that ends with a key or the caller's hang-up. It does not answer;
// an unanswered caller hears it as early media.
func appVoicemail(c *call, arg string) {
	w := strings.Fields(arg)
	if len(w) < 3 || w[0] == "check" || w[0] == "auth" || w[0] == "auth_only" {
		return
	}
	domain, box := w[1], w[2]
	if c.sw.Mailboxes != nil && !slices.Contains(c.sw.Mailboxes, box+"@"+domain) {
		c.tick()
		return
	}
	c.preAnswer()
	if !c.vars.truthy("skip_greeting") {
		c.greet(box)
	}
	if !c.ready() {
		return
	}
	c.hear("beep")
	c.waitFor(beep, nil)
	if !c.ready() {
		return
	}
	c.dtmf = nil // keys pressed before the beep do not end the message
	c.leaveMessage(box, domain)
}

// greet plays the greeting; a key skips it.
func (c *call) greet(box string) {
	length := c.sw.Greeting
	if length == 0 {
		length = defaultGreeting
	}
	c.hear("greeting " + box)
	c.waitFor(length, func() bool { _, key := c.takeDTMF(); return key || c.tookBreak() })
}

func (c *call) leaveMessage(box, domain string) {
	began := time.Now()
	c.waitFor(maxMessage, func() bool { _, key := c.takeDTMF(); return key || c.tookBreak() })
	length := time.Since(began).Truncate(time.Second)
	if length < minMessage {
		return
	}
	c.waitFor(recordCheck, nil)
	c.res.Messages = append(c.res.Messages, Message{Mailbox: box, Domain: domain, From: c.profile.number, Length: length})
	file := fmt.Sprintf("/var/lib/freeswitch/storage/voicemail/default/%s/%s/msg_%s.wav", domain, box, c.newUUID())
	c.recordedBytes(length, 1) // of the message, not of the call
	s := int(length.Seconds())
	c.event("CUSTOM", nil, []field{
		{"VM-Action", "leave-message"}, {"VM-User", box}, {"VM-Domain", domain},
		{"VM-Caller-ID-Name", c.profile.name}, {"VM-Caller-ID-Number", c.profile.number},
		{"VM-File-Path", file}, {"VM-Flags", ""}, {"VM-Folder", "inbox"}, {"VM-UUID", c.uuid},
		{"VM-Message-Len", fmt.Sprint(s)}, {"VM-Timestamp", fmt.Sprint(epoch())},
	})
	c.vars.set("voicemail_account", box)
	c.vars.set("voicemail_domain", domain)
	c.vars.set("voicemail_file_path", file)
	c.vars.set("voicemail_read_flags", "B_NORMAL")
	c.vars.set("voicemail_message_len", fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60))
}
