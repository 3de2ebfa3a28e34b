package esl

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Event is one event of a channel, or the channel data of the connect reply.
// It keeps FreeSWITCH's text and looks values up when asked: a call gets about
// twenty events of 130 headers each and reads a handful of them. Safe for
// concurrent use.
type Event struct{ text []byte } // lines "Name: value\n"; values URL-encoded

// Name is the event's name, e.g. CHANNEL_ANSWER.
func (e Event) Name() string { return e.Header("Event-Name") }

// Header gives a header's decoded value, "" if there is none.
func (e Event) Header(name string) string {
	return decoded(string(e.raw(name)))
}

func decoded(raw string) string {
	if strings.IndexByte(raw, '%') < 0 {
		return raw
	}
	text, err := url.PathUnescape(raw)
	if err != nil {
		return raw
	}
	return text
}

// Variable gives a channel variable's value, "" if it is not set.
func (e Event) Variable(name string) string { return e.Header("variable_" + name) }

// At is when the switch made the event; zero if it does not say.
func (e Event) At() time.Time {
	micros, err := strconv.ParseInt(e.Header("Event-Date-Timestamp"), 10, 64)
	if err != nil || micros <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func (e Event) raw(name string) []byte {
	rest := e.text
	for {
		i := bytes.Index(rest, []byte(name))
		if i < 0 {
			return nil
		}
		end := i + len(name)
		if (i == 0 || rest[i-1] == '\n') && end < len(rest) && rest[end] == ':' {
			value := rest[end+1:]
			if nl := bytes.IndexByte(value, '\n'); nl >= 0 {
				value = value[:nl]
			}
			return bytes.TrimSpace(value)
		}
		// What precedes the rest is part of name, so its first byte can be no
		// start of a line.
		rest = rest[end:]
		if next := bytes.IndexByte(rest, '\n'); next >= 0 {
			rest = rest[next:]
		} else {
			return nil
		}
	}
}

// fields is an event's headers by name, for reading many of them: one pass
// over the text instead of one for each.
type fields map[string]string

func (e Event) fields() fields {
	const usual = 160 // headers of an event
	f := make(fields, usual)
	for line := range strings.Lines(string(e.text)) {
		name, value, ok := strings.Cut(line, ":")
		if _, twice := f[name]; ok && !twice {
			f[name] = strings.TrimSpace(value)
		}
	}
	return f
}

// Header gives a header's decoded value, "" if there is none. It is a copy:
// what is kept of an event does not keep the event.
func (f fields) Header(name string) string { return strings.Clone(decoded(f[name])) }

// Variable gives a channel variable's value, "" if it is not set.
func (f fields) Variable(name string) string { return f.Header("variable_" + name) }

// headersWithPrefix gives the decoded headers that begin with prefix, keyed by
// what follows it in lower case, at most most of them, nil if there are none.
func (f fields) headersWithPrefix(prefix string, most int) map[string]string {
	var out map[string]string
	for name := range f {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		if len(out) == most {
			return out
		}
		out[strings.Clone(strings.ToLower(rest))] = f.Header(name)
	}
	return out
}
