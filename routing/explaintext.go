package routing

import (
	"fmt"
	"strings"
)

// String writes the explanation for a terminal. Text that came with the call
// is quoted.
func (e Explanation) String() string {
	var b strings.Builder
	b.WriteString(e.Decided())
	if e.Verdict == Routed {
		writeBranches(&b, e.Next, "   ")
	}
	return b.String()
}

// Decided is String without what may follow.
func (e Explanation) Decided() string {
	var b strings.Builder
	for i, c := range e.Checks {
		c.write(&b, i+1)
	}
	fmt.Fprintf(&b, "=> %s\n", e.conclusion())
	return b.String()
}

func (c Check) write(b *strings.Builder, n int) {
	fmt.Fprintf(b, "%2d. %-10s %s: %s", n, c.Check, c.Subject, c.Result)
	if c.Detail != "" {
		fmt.Fprintf(b, " (%s)", c.Detail)
	}
	b.WriteByte('\n')
	for _, r := range c.Because {
		fmt.Fprintf(b, "%14s %s\n", "", r)
	}
}

func (e Explanation) conclusion() string {
	parts := []string{fmt.Sprintf("%s: %s call from %s to %s", e.Verdict, e.Direction, quoted(e.Caller), quoted(e.Dialled))}
	if e.Tenant != "" {
		parts = append(parts, fmt.Sprintf("tenant %s, revision %d", e.Tenant, e.Revision))
	}
	if e.Reason != "" {
		parts = append(parts, e.Reason)
	}
	if len(e.FailedRules) > 0 {
		parts = append(parts, "rules that failed: "+strings.Join(e.FailedRules, ", "))
	}
	text := strings.Join(parts, "; ")
	if e.Verdict != Routed {
		return text
	}
	if set := e.set(); set != "" {
		text += "\n   " + set
	}
	if e.Rule != "" {
		return fmt.Sprintf("%s\n   %s%s, by rule %s", text, e.Destination, e.Rings, e.Rule)
	}
	return fmt.Sprintf("%s\n   %s%s", text, e.Destination, e.Rings)
}

// set says what was set on the call and by which rules; "" if nothing was.
func (e Explanation) set() string {
	what := e.Set.String()
	if what == "" {
		return ""
	}
	return fmt.Sprintf("set: %s, by %s", what, strings.Join(e.SetBy, ", "))
}

func writeBranches(b *strings.Builder, branches []Branch, indent string) {
	for _, branch := range branches {
		fmt.Fprintf(b, "%s%s -> %s\n", indent, branch.by(), branch.end())
		writeBranches(b, branch.Next, indent+"   ")
	}
}

// by says by what a branch is taken.
func (b Branch) by() string {
	switch {
	case b.Direct != nil:
		return "direct dial"
	case len(b.Keys) > 0:
		return strings.Join(b.Keys, ", ")
	case len(b.When) > 0 && b.Now:
		return strings.Join(b.When, ", ") + " (now)"
	case len(b.When) > 0:
		return strings.Join(b.When, ", ")
	}
	outcomes := make([]string, len(b.Outcomes))
	for i, o := range b.Outcomes {
		outcomes[i] = string(o)
	}
	return strings.Join(outcomes, ", ")
}

func (b Branch) end() string {
	switch {
	case b.Ends:
		return "the call ends"
	case b.Direct != nil:
		return b.Direct.String()
	}
	text := b.Destination.String() + b.Rings.String()
	if b.Choice != "" {
		text = fmt.Sprintf("%s to %s", b.Choice, text)
	}
	switch {
	case b.Default:
		text += " (default destination)"
	case b.Forward != "":
		text += fmt.Sprintf(" (forward %s of %s)", b.Forward, b.ForwardedBy)
	}
	if b.More {
		text += " …"
	}
	return text
}

// String gives the first of the numbers and how many there are.
func (d *DirectNumbers) String() string {
	text := strings.Join(d.First, ", ")
	if more := d.Count - len(d.First); more > 0 {
		text += fmt.Sprintf(", %d more", more)
	}
	return text
}

// maxShownMembers is how many of a ring group's members are shown as text.
const maxShownMembers = 5

// String gives who rings, to stand after the destination; "" for nil.
func (r *Rings) String() string {
	if r == nil {
		return ""
	}
	var members []string
	for i, m := range r.Members {
		if i == maxShownMembers {
			members = append(members, fmt.Sprintf("%d more", len(r.Members)-i))
			break
		}
		members = append(members, m.String())
	}
	text := ""
	if len(members) > 0 {
		text = fmt.Sprintf(" [%s: %s]", orText(string(r.Strategy), "and"), strings.Join(members, ", "))
	}
	if len(r.Skipped) > 0 {
		text += " [" + r.notRung() + "]"
	}
	return text
}

func (r *Rings) notRung() string {
	var skipped []string
	for i, s := range r.Skipped {
		if i == maxShownMembers {
			skipped = append(skipped, fmt.Sprintf("%d more", len(r.Skipped)-i))
			break
		}
		text := s.Extension + " " + string(s.Reason)
		if s.Forward != "" && s.Reason != SkipForwarded {
			text += ", forwards " + string(s.Forward)
		}
		skipped = append(skipped, text)
	}
	return "not rung: " + strings.Join(skipped, "; ")
}

// String gives who is rung and how: "1002 after 5 s".
func (m Member) String() string {
	text := m.To.Target
	if m.DelaySeconds > 0 {
		text += fmt.Sprintf(" after %d s", m.DelaySeconds)
	}
	if m.RingSeconds > 0 {
		text += fmt.Sprintf(" for %d s", m.RingSeconds)
	}
	if m.Confirm {
		text += " to be confirmed"
	}
	return text
}
