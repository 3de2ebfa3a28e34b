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
	raw := e.raw(name)
	if bytes.IndexByte(raw, '%') < 0 {
		return string(raw)
	}
	decoded, err := url.PathUnescape(string(raw))
	if err != nil {
		return string(raw)
	}
	return decoded
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

// headersWithPrefix gives the decoded headers that begin with prefix, keyed by
// what follows it in lower case, at most most of them.
func (e Event) headersWithPrefix(prefix string, most int) map[string]string {
	var out map[string]string
	for line := range bytes.Lines(e.text) {
		if !bytes.HasPrefix(line, []byte(prefix)) {
			continue
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		if len(out) == most {
			return out
		}
		out[strings.ToLower(string(name[len(prefix):]))] = e.Header(string(name))
	}
	return out
}
