package esltest

import (
	"crypto/sha1"
	"fmt"
	"strings"
)

// field is one header or channel variable; fields keeps them in FreeSWITCH's
// order: a value set again moves to the end.
type field struct{ name, value string }

type fields struct{ list []field }

func (f *fields) index(name string) int {
	for i := range f.list {
		if strings.EqualFold(f.list[i].name, name) {
			return i
		}
	}
	return -1
}

func (f *fields) get(name string) string {
	if i := f.index(name); i >= 0 {
		return f.list[i].value
	}
	return ""
}

func (f *fields) has(name string) bool { return f.index(name) >= 0 }

func (f *fields) add(name, value string) { f.list = append(f.list, field{name, value}) }

func (f *fields) unset(name string) {
	if i := f.index(name); i >= 0 {
		f.list = append(f.list[:i], f.list[i+1:]...)
	}
}

// set stores value at the end; an empty value removes the variable, as in
// FreeSWITCH.
func (f *fields) set(name, value string) {
	f.unset(name)
	if value != "" {
		f.add(name, value)
	}
}

// push adds value to the array variable name: one value stands alone, more
// are written ARRAY::a|:b.
func (f *fields) push(name, value string) {
	old := f.get(name)
	switch {
	case old == "":
		f.set(name, value)
	case strings.HasPrefix(old, "ARRAY::"):
		f.set(name, old+"|:"+value)
	default:
		f.set(name, "ARRAY::"+old+"|:"+value)
	}
}

func (f *fields) truthy(name string) bool { return isTrue(f.get(name)) }

func (f *fields) toMap() map[string]string {
	m := make(map[string]string, len(f.list))
	for _, v := range f.list {
		m[v.name] = v.value
	}
	return m
}

// isTrue is switch_true.
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "on", "true", "t", "enabled", "active", "allow":
		return true
	}
	return len(s) > 0 && s[0] >= '0' && s[0] <= '9' && strings.Trim(s, "0123456789") == "" && strings.Trim(s, "0") != ""
}

const hexDigits = "0123456789ABCDEF"

// encode is switch_url_encode: a percent sign that already begins an upper
// case escape is left as it is.
func encode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		escaped := c == '%' && i+2 < len(s) &&
			strings.IndexByte(hexDigits, s[i+1]) >= 0 && strings.IndexByte(hexDigits, s[i+2]) >= 0
		if !escaped && (c < ' ' || c > '~' || strings.IndexByte("\r\n #%&+:;<=>?@[\\]^`{|}\"", c) >= 0) {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// deriveUUID makes a version 5 style UUID, the same for the same parts.
func deriveUUID(parts ...string) string {
	h := sha1.Sum([]byte(strings.Join(parts, "\x00")))
	h[6], h[8] = h[6]&0x0f|0x50, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
