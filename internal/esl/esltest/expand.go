package esltest

import (
	"strconv"
	"strings"
)

// maxExpansion bounds how deep ${} may lead into ${} (FreeSWITCH: 100).
const maxExpansion = 100

// expand is switch_channel_expand_variables: every ${name} becomes that
// variable's value, itself expanded, and ${api arg} or ${api(arg)} the answer
// of an API command. No command is run here: it is kept in Result.Expanded and
// its answer is empty. \$ protects a dollar sign, but only one round.
func (c *call) expand(s string) string { return c.expandAt(s, 0) }

func (c *call) expandAt(s string, depth int) string {
	if depth > maxExpansion || !strings.ContainsAny(s, "$\\") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, `\$`):
			b.WriteByte('$')
			i += 2
		case strings.HasPrefix(rest, `\'`):
			i++ // the quote stays
			b.WriteByte('\'')
			i++
		case strings.HasPrefix(rest, `\\`):
			b.WriteByte('\\')
			i += 2
		case strings.HasPrefix(rest, "${"), strings.HasPrefix(rest, "$${"):
			inner, n := braces(rest)
			b.WriteString(c.reference(inner, depth))
			i += n
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// braces gives what is inside the ${…} at the beginning of s and how long the
// whole is; an unclosed one reaches to the end.
func braces(s string) (inner string, n int) {
	open := strings.IndexByte(s, '{') + 1
	level := 1
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '{':
			level++
		case '}':
			level--
		}
		if level == 0 {
			return s[open:i], i + 1
		}
	}
	return s[open:], len(s)
}

// reference resolves what is between the braces.
func (c *call) reference(inner string, depth int) string {
	if i := strings.IndexAny(inner, " ("); i >= 0 {
		name := c.expandAt(inner[:i], depth+1)
		arg := inner[i+1:]
		if inner[i] == '(' {
			arg = strings.TrimSuffix(arg, ")")
		}
		c.res.Expanded = append(c.res.Expanded, name+" "+c.expandAt(arg, depth+1))
		return ""
	}
	name := c.expandAt(inner, depth+1)
	name, slice, sliced := strings.Cut(name, ":")
	value := c.expandAt(c.variable(name), depth+1)
	if sliced {
		return substring(value, slice)
	}
	return value
}

// variable reads a channel variable, or a field of the caller profile as
// FreeSWITCH does when there is none.
func (c *call) variable(name string) string {
	if v := c.vars.get(name); v != "" {
		return v
	}
	switch name {
	case "caller_id_name":
		return c.profile.name
	case "caller_id_number", "ani":
		return c.profile.number
	case "destination_number":
		return c.profile.destination
	case "rdnis":
		return c.profile.rdnis
	case "network_addr":
		return c.in.NetworkIP
	case "context":
		return c.profile.context
	case "username":
		return c.username()
	}
	return ""
}

// substring is ${name:offset:length}.
func substring(s, spec string) string {
	from, length, _ := strings.Cut(spec, ":")
	offset, _ := strconv.Atoi(from) // as atoi: rubbish counts as 0
	if offset < 0 {
		offset = max(len(s)+offset, 0)
	}
	s = s[min(offset, len(s)):]
	if n, err := strconv.Atoi(length); err == nil && n > 0 && n < len(s) {
		s = s[:n]
	}
	return s
}
