package esl

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

var smallLimits = Limits{HeaderBytes: 200, BodyBytes: 100, QueuedBytes: 1000}

func TestFrames(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		types string // of the frames read, in order
		err   error  // what ends it
	}{
		"two frames":               {"Content-Type: a\n\nContent-Type: b\nContent-Length: 2\n\nxy", "a b", io.EOF},
		"blank lines between":      {"\n\nContent-Type: a\n\n\n\nContent-Type: b\n\n", "a b", io.EOF},
		"carriage returns":         {"Content-Type: a\r\nX: y\r\n\r\n", "a", io.EOF},
		"lower case name":          {"content-type: a\ncontent-length: 1\n\nx", "a", io.EOF},
		"half a header":            {"Content-Type: a\nX:", "", io.ErrUnexpectedEOF},
		"half a body":              {"Content-Type: a\nContent-Length: 5\n\nxy", "", io.ErrUnexpectedEOF},
		"negative length":          {"Content-Type: a\nContent-Length: -1\n\n", "", errFrame},
		"signed length":            {"Content-Length: +1\n\nx", "", errFrame},
		"huge length":              {"Content-Length: 101\n\n", "", errFrame},
		"overflowing length":       {"Content-Length: 99999999999999999999\n\n", "", errFrame},
		"length is not a number":   {"Content-Length: 1x\n\n", "", errFrame},
		"no colon":                 {"GET / HTTP/1.1\n\n", "", errFrame},
		"binary":                   {"\x16\x03\x01\x02\x00: x\n\n", "", errFrame},
		"one endless line":         {strings.Repeat("x", 500), "", errFrame},
		"blank lines without end":  {strings.Repeat("\n", 300), "", errFrame},
		"header block without end": {strings.Repeat("A: b\n", 100), "", errFrame},
	} {
		t.Run(name, func(t *testing.T) {
			fr := newFrameReader(strings.NewReader(c.in), smallLimits)
			var types []string
			for {
				f, err := fr.next()
				if err != nil {
					if !errors.Is(err, c.err) {
						t.Errorf("ended with %v, want %v", err, c.err)
					}
					break
				}
				types = append(types, f.contentType)
			}
			if got := strings.Join(types, " "); got != c.types {
				t.Errorf("read %q, want %q", got, c.types)
			}
		})
	}
}

// Whatever arrives, reading ends, takes no more memory than the limits say,
// and an event can be looked at.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("Content-Type: text/event-plain\nContent-Length: 20\n\nEvent-Name: A%20B\n\n\n\n"))
	f.Add([]byte("Content-Length: -1\n\n"))
	f.Add([]byte("a: %zz\n\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		fr := newFrameReader(bytes.NewReader(in), smallLimits)
		for {
			fm, err := fr.next()
			if err != nil {
				return
			}
			if len(fm.head) > smallLimits.HeaderBytes || len(fm.body) > smallLimits.BodyBytes {
				t.Fatalf("limits passed: %d header bytes, %d body bytes", len(fm.head), len(fm.body))
			}
			for _, e := range []Event{{fm.head}, {fm.body}} {
				_ = e.Name()
				e.read(func(f *fields) { _ = f.headersWithPrefix("variable_sip_h_", 3) })
				_, _, _ = callOf(e)
			}
		}
	})
}

func TestEventHeaders(t *testing.T) {
	e := Event{[]byte("Event-Name: CHANNEL_ANSWER\nX-Event-Name: wrong\nvariable_a: x%20y%0Az\nvariable_ab: longer\nvariable_bad: 100%\nEmpty:\nvariable_sip_h_X-Foo: 1\nLast: end")}
	for header, want := range map[string]string{
		"Event-Name": "CHANNEL_ANSWER", "variable_a": "x y\nz", "variable_ab": "longer", "variable_bad": "100%",
		"Empty": "", "Name": "", "nt-Name": "", "Last": "end", "absent": "", "variable": "",
	} {
		if got := e.Header(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
		e.read(func(f *fields) {
			if got := f.Header(header); got != want {
				t.Errorf("%s in fields: %q, want %q", header, got, want)
			}
		})
	}
	e.read(func(f *fields) {
		if got := f.headersWithPrefix("variable_sip_h_", 5); len(got) != 1 || got["x-foo"] != "1" {
			t.Errorf("%v", got)
		}
	})
}
