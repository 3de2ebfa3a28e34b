package esltest

import "strings"

// dialString is a parsed argument of bridge: groups are tried one after the
// other, the targets of a group ring together.
type dialString struct {
	vars   map[string]string // from {}
	groups [][]dialTarget
}

type dialTarget struct {
	vars map[string]string // from []
	dest string
}

// parseDialString reads {a=b}[c=d]user/1001@x,[…]…|…. As in FreeSWITCH a
// block ends at its first closing bracket, quoted or not.
func parseDialString(s string) dialString {
	d := dialString{vars: map[string]string{}}
	s = takeBlocks(strings.TrimSpace(s), '{', '}', d.vars)
	for _, group := range splitOutside(s, '|') {
		var targets []dialTarget
		for _, one := range splitOutside(group, ',') {
			t := dialTarget{vars: map[string]string{}}
			t.dest = strings.TrimSpace(takeBlocks(strings.TrimSpace(one), '[', ']', t.vars))
			if t.dest != "" {
				targets = append(targets, t)
			}
		}
		if len(targets) > 0 {
			d.groups = append(d.groups, targets)
		}
	}
	return d
}

// takeBlocks takes the variable blocks s begins with and gives the rest.
func takeBlocks(s string, open, shut byte, into map[string]string) string {
	for strings.HasPrefix(s, string(open)) {
		end := strings.IndexByte(s, shut)
		if end < 0 {
			return s
		}
		parseBlock(s[1:end], into)
		s = s[end+1:]
	}
	return s
}

// parseBlock reads a=b,c='d,e' or ^^:a=b:c=d.
func parseBlock(s string, into map[string]string) {
	delim := byte(',')
	if strings.HasPrefix(s, "^^") && len(s) > 2 {
		delim, s = s[2], s[3:]
	}
	var word strings.Builder
	quoted := false
	flush := func() {
		if name, value, ok := strings.Cut(word.String(), "="); ok {
			into[strings.TrimSpace(name)] = value
		}
		word.Reset()
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			word.WriteByte(s[i])
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == delim && !quoted:
			flush()
		default:
			word.WriteByte(s[i])
		}
	}
	flush()
}

// splitOutside parts s at sep, but not inside [].
func splitOutside(s string, sep byte) []string {
	var parts []string
	from, level := 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '[':
			level++
		case s[i] == ']' && level > 0:
			level--
		case s[i] == sep && level == 0:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}
