package esl

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Event is one event of a channel, or the channel data of the connect reply.
// It is FreeSWITCH's text, where it was read, and looks values up when asked: a
// call gets about ten events of 150 headers each and reads a handful of them.
// It is valid until the session reads again.
type Event struct{ text []byte } // lines "Name: value\n"; values URL-encoded

// EventOf is the event of a text, as a frame of the type text/event-plain
// carries it.
func EventOf(text []byte) Event { return Event{text} }

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

// fields is an event's headers, for reading many of them: split once instead of
// sought once for each. They are chained by the length of their names, which
// leaves a handful to compare.
type fields struct {
	all   []field
	first [64]int32 // of a chain: index in all, from 1
}

type field struct {
	name, value []byte
	next        int32 // of its chain
}

// fieldsMade keeps the memory of fields that were read.
var fieldsMade = sync.Pool{New: func() any { return &fields{all: make([]field, 0, usualHeaders)} }}

// usualHeaders is how many an event has, about.
const usualHeaders = 200

// read splits an event for as long as do runs.
func (e Event) read(do func(*fields)) {
	f := fieldsMade.Get().(*fields)
	defer fieldsMade.Put(f)
	f.all = f.all[:0]
	for rest := e.text; len(rest) > 0; {
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		if colon := bytes.IndexByte(line, ':'); colon >= 0 {
			f.all = append(f.all, field{name: line[:colon], value: line[colon+1:]})
		}
	}
	f.chain()
	do(f)
}

// chain puts what comes first in the event first in its chain.
func (f *fields) chain() {
	f.first = [64]int32{}
	for i := len(f.all) - 1; i >= 0; i-- {
		at := &f.first[len(f.all[i].name)%len(f.first)]
		f.all[i].next, *at = *at, int32(i+1)
	}
}

// find gives the value of the header named prefix and name together.
func (f *fields) find(prefix, name string) string {
	for i := f.first[(len(prefix)+len(name))%len(f.first)]; i != 0; i = f.all[i-1].next {
		at := f.all[i-1].name
		if len(at) == len(prefix)+len(name) && string(at[len(prefix):]) == name && string(at[:len(prefix)]) == prefix {
			return decoded(string(bytes.TrimSpace(f.all[i-1].value)))
		}
	}
	return ""
}

// Read gives the event's data for as long as do runs. It is the way to look at
// many headers; what do takes from it are copies.
func (e Event) Read(do func(ChannelData)) { e.read(func(f *fields) { do(f) }) }

// Header gives a header's decoded value, "" if there is none. It is a copy:
// what is kept of an event does not keep the event.
func (f *fields) Header(name string) string { return f.find("", name) }

// Variable gives a channel variable's value, "" if it is not set.
func (f *fields) Variable(name string) string { return f.find("variable_", name) }

// VariablesWith gives the channel variables whose names begin with prefix.
func (f *fields) VariablesWith(prefix string, most int) map[string]string {
	return f.headersWithPrefix("variable_"+prefix, most)
}

// headersWithPrefix gives the decoded headers that begin with prefix, keyed by
// what follows it in lower case, at most most of them, nil if there are none.
func (f *fields) headersWithPrefix(prefix string, most int) map[string]string {
	var out map[string]string
	for i := range f.all {
		rest, ok := bytes.CutPrefix(f.all[i].name, []byte(prefix))
		if !ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		if len(out) == most {
			return out
		}
		out[strings.ToLower(string(rest))] = decoded(string(bytes.TrimSpace(f.all[i].value)))
	}
	return out
}
