package esl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Limits bound what a peer may send. FreeSWITCH's frames are about 6 KB; a
// caller can make them larger by long SIP headers, not without end.
type Limits struct {
	HeaderBytes int // of one frame's header block
	BodyBytes   int // of one frame's body
	QueuedBytes int // of events a call has not taken yet
}

// DefaultLimits are generous for FreeSWITCH and small for a server.
var DefaultLimits = Limits{HeaderBytes: 256 << 10, BodyBytes: 1 << 20, QueuedBytes: 8 << 20}

// errFrame is wrapped by every error about what a peer sent, as opposed to
// errors of the connection.
var errFrame = errors.New("bad frame")

// frame is one message from FreeSWITCH: a block of "Name: value" lines and a
// body of Content-Length bytes.
type frame struct {
	contentType string
	head        []byte // the header lines, each ending in '\n'
	body        []byte
}

type frameReader struct {
	r      *bufio.Reader
	limits Limits
}

func newFrameReader(r io.Reader, limits Limits) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(r, 8<<10), limits: limits}
}

// next reads one frame. io.EOF means the peer closed between two frames.
func (fr *frameReader) next() (frame, error) {
	var f frame
	length, blank := 0, 0
	for {
		line, err := fr.line(len(f.head) + blank)
		if err != nil {
			if err == io.EOF && (len(f.head) > 0 || len(line) > 0) {
				err = io.ErrUnexpectedEOF
			}
			return frame{}, err
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			if len(f.head) == 0 {
				blank += len(line) // blank lines between frames mean nothing, but not without end
				continue
			}
			break
		}
		name, value, err := splitHeader(line)
		if err != nil {
			return frame{}, err
		}
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = contentLength(value, fr.limits.BodyBytes); err != nil {
				return frame{}, err
			}
		case bytes.EqualFold(name, []byte("Content-Type")):
			f.contentType = string(value)
		}
		if f.head == nil { // the channel data comes as one long block of headers
			f.head = make([]byte, 0, max(len(line), fr.r.Buffered()+len(line)))
		}
		f.head = append(f.head, line...)
	}
	if length > 0 {
		f.body = make([]byte, length)
		if _, err := io.ReadFull(fr.r, f.body); err != nil {
			return frame{}, fmt.Errorf("read body of %d bytes: %w", length, err)
		}
	}
	return f, nil
}

// line reads one line including its '\n'; sofar is what the frame's header
// block holds already. The slice is valid until the next read.
func (fr *frameReader) line(sofar int) ([]byte, error) {
	line, err := fr.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line) // the next read overwrites it
	}
	for errors.Is(err, bufio.ErrBufferFull) && sofar+len(line) <= fr.limits.HeaderBytes {
		var more []byte
		more, err = fr.r.ReadSlice('\n')
		line = append(line, more...)
	}
	if sofar+len(line) > fr.limits.HeaderBytes {
		return nil, fmt.Errorf("%w: header block over %d bytes", errFrame, fr.limits.HeaderBytes)
	}
	return line, err
}

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
