package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"switchyard/handlers"
	"switchyard/internal/esl/esltest"
	"switchyard/internal/record"
)

// sections spells what came of the call, one section a kind of thing.
func sections(p *played, changes []record.Change) map[string]string {
	r := p.result
	out := map[string]string{
		"caller": caller(r), "legs": legs(r), "sent": sent(r), "steps": "",
		"overrides": p.overrides.text.String(), "record": "", "webhooks": webhooks(changes),
	}
	if len(changes) > 0 {
		last := changes[len(changes)-1]
		out["steps"] = steps(last.Call)
		out["record"] = recordText(last, p.counts.all)
	}
	return out
}

// caller is what the caller's phone saw and heard.
func caller(r *esltest.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sip: %d\ncause: %s\n", r.SIPStatus, r.FinalCause)
	if r.Ringing {
		b.WriteString("ringing: yes\n")
	}
	if r.EarlyMedia {
		b.WriteString("early media: yes\n")
	}
	for _, h := range r.Heard {
		fmt.Fprintf(&b, "heard: %s\n", h)
	}
	for _, m := range r.Messages {
		fmt.Fprintf(&b, "left a message of %s for %s@%s\n", m.Length, m.Mailbox, m.Domain)
	}
	for _, rec := range r.Recordings {
		b.WriteString("recorded in " + strings.ReplaceAll(recorded(rec), r.UUID, "CALL") + "\n")
	}
	for _, x := range r.Expanded {
		fmt.Fprintf(&b, "EXECUTED ON THE SWITCH: %s\n", x)
	}
	fmt.Fprintf(&b, "ended after: %s\n", r.Duration.Round(time.Second))
	return b.String()
}

func recorded(r esltest.Recording) string {
	switch {
	case r.Failed:
		return r.Path + ": it could not be written"
	case r.Length == 0:
		return r.Path + ": nothing"
	case r.Stereo:
		return fmt.Sprintf("%s: %s in stereo", r.Path, r.Length.Round(time.Second))
	default:
		return fmt.Sprintf("%s: %s", r.Path, r.Length.Round(time.Second))
	}
}

// sent is every message FreeSWITCH got, one a line.
func sent(r *esltest.Result) string {
	var b strings.Builder
	for _, m := range r.Sent {
		b.WriteString(strings.ReplaceAll(message(m), r.UUID, "CALL") + "\n")
	}
	return b.String()
}

// message spells a sendmsg as one line; headers come in no fixed order.
func message(text string) string {
	if !strings.HasPrefix(text, "sendmsg") {
		return strings.TrimSpace(text)
	}
	headers := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			headers[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
	line := strings.TrimSpace(headers["call-command"] + " " + headers["execute-app-name"] + " " + headers["execute-app-arg"])
	if headers["event-lock"] == "true" {
		line += " (locked)"
	}
	return line
}

func steps(c record.Call) string {
	var b strings.Builder
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "%d %s: %s after %s", s.N, s.Destination, s.Outcome, s.To.Sub(s.From).Round(time.Second))
		if s.Cause != "" {
			fmt.Fprintf(&b, " (%s)", s.Cause)
		}
		if s.Called != "" {
			fmt.Fprintf(&b, ", called %s", s.Called)
		}
		if s.ForwardType != "" {
			fmt.Fprintf(&b, ", forwarded %s", s.ForwardType)
		}
		if s.ForwardedBy != "" {
			fmt.Fprintf(&b, " by %s", s.ForwardedBy)
		}
		if s.AnsweredBy != "" && s.AnsweredBy != s.Destination.Target {
			fmt.Fprintf(&b, ", answered by %s", s.AnsweredBy)
		}
		b.WriteString("\n")
		for _, a := range s.Attempts {
			b.WriteString("  " + attempt(a) + "\n")
		}
		if len(s.Digits) > 0 {
			fmt.Fprintf(&b, "  pressed: %s\n", strings.Join(s.Digits, ", "))
		}
		if s.Note != "" {
			fmt.Fprintf(&b, "  note: %s\n", s.Note)
		}
	}
	return b.String()
}

// attempt spells whom a step rang or passed over.
func attempt(a handlers.Attempt) string {
	text := a.Member
	if a.For != "" {
		text += " for " + a.For
	}
	if a.Trunk != "" {
		text += " over " + a.Trunk
	}
	if a.Round > 1 {
		text += fmt.Sprintf(" in round %d", a.Round)
	}
	switch {
	case a.Skipped != "":
		text += ": not rung, " + string(a.Skipped)
	case a.Outcome == "":
		text += ": lost"
	default:
		text += ": " + string(a.Outcome)
	}
	if a.Cause != "" {
		text += " (" + a.Cause + ")"
	}
	if a.Note != "" {
		text += ", " + a.Note
	}
	if !a.AsOf.IsZero() {
		text += ", as known at " + a.AsOf.UTC().Format(time.RFC3339)
	}
	return text
}

// recordText spells the fields of a record that have a value.
func recordText(c record.Change, counted []string) string {
	var b strings.Builder
	line := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "0" && text != "[]" {
			fmt.Fprintf(&b, "%s: %s\n", name, text)
		}
	}
	r := c.Call
	line("status", r.Status)
	line("direction", r.Direction)
	line("caller", r.CallerNumber)
	line("caller name", r.CallerName)
	line("dialled", r.Dialled)
	line("inbound did", r.InboundDID)
	line("original destination", r.OriginalDest)
	line("destination", strings.TrimSpace(string(r.DestinationRoute)+" "+r.Destination))
	line("forwarded to", r.ForwardedTo)
	line("forward type", r.ForwardType)
	line("rule", r.Rule)
	line("tags", r.Tags)
	for _, name := range []string{"failedRules", "blockReason", "denyReason", "screened", "allowed", "set by", "set accountCode", "set priority"} {
		line(name, r.Facts[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Facts)) {
		if strings.HasPrefix(name, "extension ") || strings.HasPrefix(name, "header ") {
			line(name, r.Facts[name]) // what rules read of phones and headers
		}
	}
	line("duration", r.DurationSec)
	line("billed", r.BillSec)
	line("answered", yes(!r.AnsweredAt.IsZero()))
	line("hangup cause", r.HangupCause)
	line("sip code", r.SIPCode)
	line("hung up by", r.HungUpBy)
	line("recording file", strings.ReplaceAll(r.RecordingFile, callID, "CALL"))
	line("recording seconds", r.RecordingSec)
	line("complete", yes(r.Complete))
	for _, what := range counted {
		line("counted", what)
	}
	for _, l := range c.Legs {
		line("leg", strings.TrimSpace(l.Side+" "+l.Cause))
	}
	return b.String()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// webhooks are the bodies, in the order the events happened.
func webhooks(changes []record.Change) string {
	var b strings.Builder
	for _, c := range changes {
		for _, e := range c.Events {
			b.WriteString(strings.ReplaceAll(string(e.Body), callID, "CALL") + "\n")
		}
	}
	return b.String()
}
