package esl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits bound what a peer may send. FreeSWITCH's frames are about 6 KB; a
// caller can make them larger by long SIP headers, not without end.
type Limits struct {
	HeaderBytes int // of one frame's header block
	BodyBytes   int // of one frame's body
	QueuedBytes int // of events that came while a call waits for an answer
}

// DefaultLimits are generous for FreeSWITCH and small for a server.
var DefaultLimits = Limits{HeaderBytes: 256 << 10, BodyBytes: 1 << 20, QueuedBytes: 8 << 20}

// errFrame is wrapped by every error about what a peer sent, as opposed to
// errors of the connection.
var errFrame = errors.New("bad frame")

// frame is one message from FreeSWITCH: a block of "Name: value" lines and a
// body of Content-Length bytes. It lies in the reader's buffer and is valid
// until the next one is read.
type frame struct {
	contentType string
	head        []byte // the header lines, each ending in '\n'
	body        []byte
}

// The buffer of a reader: a call's frames are about 6 KB, and one that had to
// grow far is not kept for the rest of the call.
const (
	firstBuffer = 8 << 10
	keptBuffer  = 64 << 10
)

// frameReader takes frames off a connection. It keeps what it has of a frame
// when reading fails, so that after a deadline it goes on where it was.
type frameReader struct {
	r      io.Reader
	limits Limits

	buf      []byte
	from, to int // what of buf is not given out yet
	part     partial

	wake   func(bytes int) // see wakeAt; nil: not used
	enough int             // bytes worth waking for
	wakeAt int             // what wake was told last
	small  bool            // what is waited for may be a reply, not an event
}

// partial is how far the frame at the front of the buffer is known; offsets
// count from there.
type partial struct {
	line   int // where the next line begins
	sought int // no line end before here
	head   int // where the headers begin, behind blank lines
	length int // of the body
	inBody bool
	ctype  string
}

func newFrameReader(r io.Reader, limits Limits) *frameReader {
	return &frameReader{r: r, limits: limits, buf: make([]byte, firstBuffer)}
}

// next reads one frame. io.EOF means the peer closed between two frames.
func (fr *frameReader) next() (frame, error) {
	for {
		done, err := fr.parse()
		if err != nil {
			return frame{}, err
		}
		if done {
			return fr.take(), nil
		}
		if err := fr.fill(); err != nil {
			if err == io.EOF && fr.to-fr.from > fr.part.head {
				err = io.ErrUnexpectedEOF
			}
			return frame{}, err
		}
	}
}

// has tells whether next needs to read nothing.
func (fr *frameReader) has() bool {
	done, err := fr.parse()
	return done || err != nil
}

// take gives out the frame that is complete.
func (fr *frameReader) take() frame {
	p, all := fr.part, fr.buf[fr.from:fr.to]
	fr.from += p.line + p.length
	fr.part = partial{}
	return frame{contentType: p.ctype, head: all[p.head:p.sought], body: all[p.line : p.line+p.length]}
}

// parse goes on with the frame at the front; true: it is complete.
func (fr *frameReader) parse() (bool, error) {
	p, all := &fr.part, fr.buf[fr.from:fr.to]
	for !p.inBody {
		n := bytes.IndexByte(all[p.sought:], '\n')
		end := len(all)
		if n >= 0 {
			end = p.sought + n + 1
		}
		if end > fr.limits.HeaderBytes {
			return false, fmt.Errorf("%w: header block over %d bytes", errFrame, fr.limits.HeaderBytes)
		}
		if n < 0 {
			p.sought = end
			return false, nil
		}
		if err := fr.header(all[p.line:end], end); err != nil {
			return false, err
		}
	}
	return len(all) >= p.line+p.length, nil
}

// header takes one line, which ends at end.
func (fr *frameReader) header(line []byte, end int) error {
	p := &fr.part
	begin := p.line
	p.line, p.sought = end, end
	if blank(line) {
		if begin == p.head {
			p.head = end // blank lines between frames mean nothing
			return nil
		}
		p.inBody, p.sought = true, begin // where the headers end
		return nil
	}
	name, value, err := splitHeader(line)
	if err != nil {
		return err
	}
	switch {
	case is(name, "Content-Length"):
		p.length, err = contentLength(value, fr.limits.BodyBytes)
	case is(name, "Content-Type"):
		p.ctype = string(value)
	}
	return err
}

// blank tells of a line that has nothing but its end.
func blank(line []byte) bool {
	return line[0] == '\n' || line[0] == '\r' && len(bytes.Trim(line, "\r\n")) == 0
}

// is compares header names, of which a call's data has two hundred.
func is(name []byte, wanted string) bool {
	return len(name) == len(wanted) && strings.EqualFold(string(name), wanted)
}

// fill reads more, making room for it.
func (fr *frameReader) fill() error {
	have := fr.to - fr.from
	switch {
	case have == 0 && len(fr.buf) > keptBuffer:
		fr.buf = make([]byte, firstBuffer)
		fr.from, fr.to = 0, 0
	case fr.from > 0:
		copy(fr.buf, fr.buf[fr.from:fr.to])
		fr.from, fr.to = 0, have
	case fr.to == len(fr.buf): // bounded: parse refuses what passes the limits
		fr.buf = append(fr.buf, make([]byte, len(fr.buf))...)
	}
	fr.economise(have)
	for range emptyReads {
		n, err := fr.r.Read(fr.buf[fr.to:])
		fr.to += n
		if n > 0 {
			return nil // an error comes again with the next read
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// economise lets small things lie until something larger comes, but never the
// rest of a frame.
func (fr *frameReader) economise(have int) {
	if fr.wake == nil {
		return
	}
	at := fr.enough
	if have > 0 || fr.small {
		at = 1
	}
	if at != fr.wakeAt {
		fr.wakeAt = at
		fr.wake(at)
	}
}

// emptyReads is how often a reader may give nothing and no error.
const emptyReads = 100

func splitHeader(line []byte) (name, value []byte, err error) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 {
		return nil, nil, fmt.Errorf("%w: a line without a header name", errFrame)
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return nil, nil, fmt.Errorf("%w: byte %#x in a header name", errFrame, c)
		}
	}
	return name, bytes.TrimSpace(value), nil
}

// contentLength accepts plain decimal digits only: a sign, a blank or an
// overflow is a refusal, never a negative or huge allocation.
func contentLength(value []byte, most int) (int, error) {
	if len(value) == 0 || len(value) > 9 {
		return 0, fmt.Errorf("%w: Content-Length %q", errFrame, clip(value))
	}
	n := 0
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: Content-Length %q", errFrame, clip(value))
		}
		n = n*10 + int(c-'0')
	}
	if n > most {
		return 0, fmt.Errorf("%w: body of %d bytes is over %d", errFrame, n, most)
	}
	return n, nil
}

func clip(b []byte) []byte { return b[:min(len(b), 40)] }
