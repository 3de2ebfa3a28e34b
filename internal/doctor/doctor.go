// Package doctor examines a FreeSWITCH over its inbound event socket and says
// what stands in the way of routing its calls. It asks and changes nothing.
package doctor

import (
	"context"
	"fmt"
	"strings"
)

// Level says how bad a finding is.
type Level string

// The levels. Broken: calls will not be routed. Risky: they will, but
// something can go wrong or is unsafe. Unknown: the switch did not say.
const (
	Fine    Level = "ok"
	Risky   Level = "warn"
	Broken  Level = "fail"
	Unknown Level = "?"
)

// Finding is one thing looked at.
type Finding struct {
	Level Level
	What  string
	Text  string
	Do    string // what to do about it
}

// Switch answers API commands; the answer is FreeSWITCH's text.
type Switch interface {
	API(ctx context.Context, name, argument string) (string, error)
}

// Examine looks at everything there is to look at, in the order in which a
// person would mend it. reach tries to connect to an address.
func Examine(ctx context.Context, s Switch, password string, reach func(ctx context.Context, address string) error) []Finding {
	e := &examination{ctx: ctx, s: s}
	e.version()
	e.password(password)
	e.modules()
	e.sockets(reach)
	e.profiles()
	e.expansion()
	return e.found
}

type examination struct {
	ctx   context.Context
	s     Switch
	found []Finding
}

func (e *examination) add(l Level, what, text, do string) {
	e.found = append(e.found, Finding{l, what, text, do})
}

// ask gives a command's answer; an unanswered question is a finding itself.
func (e *examination) ask(what, name, argument string) (string, bool) {
	text, err := e.s.API(e.ctx, name, argument)
	if err != nil {
		e.add(Unknown, what, fmt.Sprintf("no answer to %q: %v", strings.TrimSpace(name+" "+argument), err), "")
		return "", false
	}
	return strings.TrimSpace(text), true
}

// oldest is the first release without a known hole that callers can use:
// before it an unauthenticated SIP MESSAGE could run API commands
// (CVE-2026-116779).
var oldest = release{1, 11, 3}

func (e *examination) version() {
	text, ok := e.ask("version", "version", "")
	if !ok {
		return
	}
	v, ok := parseRelease(text)
	switch {
	case !ok:
		e.add(Unknown, "version", fmt.Sprintf("%q names no release", firstLine(text)), "")
	case v.before(oldest):
		e.add(Risky, "version", fmt.Sprintf("FreeSWITCH %s", v), fmt.Sprintf("upgrade to %s or newer: older ones let an unauthenticated SIP message run commands (CVE-2026-116779)", oldest))
	default:
		e.add(Fine, "version", fmt.Sprintf("FreeSWITCH %s", v), "")
	}
}

// shipped is the event socket's password as FreeSWITCH comes with it.
const shipped = "ClueCon"

func (e *examination) password(password string) {
	if password == shipped {
		e.add(Risky, "event socket password", "it is the one FreeSWITCH ships with, which everybody knows", "set another in event_socket.conf.xml and reload mod_event_socket; it can run any command as FreeSWITCH's user")
		return
	}
	e.add(Fine, "event socket password", "not the shipped one", "")
}

func (e *examination) modules() {
	for _, m := range []struct{ name, why string }{
		{"mod_event_socket", "calls are handed over through it"},
		{"mod_dptools", "it has the applications calls are routed with"},
		{"mod_sofia", "it speaks SIP"},
		{"mod_commands", "calls are ended through its API"},
	} {
		e.module(m.name, Broken, m.why)
	}
	e.module("mod_voicemail", Risky, "the voicemail route needs it")
}

func (e *examination) module(name string, missing Level, why string) {
	answer, ok := e.ask(name, "module_exists", name)
	switch {
	case !ok:
	case answer == "true":
		e.add(Fine, name, "loaded", "")
	default:
		e.add(missing, name, "not loaded", why+": load it and add it to modules.conf.xml")
	}
}

func (e *examination) expansion() {
	doc, ok := e.configuration("api-expansion", "switch.conf")
	if !ok {
		return
	}
	if value, set := doc.param("api-expansion"); set && value == "false" {
		e.add(Fine, "api-expansion", "off", "")
		return
	}
	e.add(Risky, "api-expansion", "on: ${…} in an argument runs API commands",
		`set <param name="api-expansion" value="false"/> in switch.conf.xml if nothing of yours needs it; Switchyard never puts a caller's text there either way`)
}

func (e *examination) profiles() {
	doc, ok := e.configuration("rtp-timer-name", "sofia.conf")
	if !ok {
		return
	}
	for _, p := range doc.all("profile") {
		what := "profile " + p.attr("name")
		switch value, set := p.param("rtp-timer-name"); {
		case set && value == "soft":
			e.add(Fine, what, "rtp-timer-name is soft", "")
		default:
			e.add(Risky, what, "rtp-timer-name is not soft: a caller who sends no audio stops every prompt",
				`set <param name="rtp-timer-name" value="soft"/> in the profile`)
		}
	}
}
