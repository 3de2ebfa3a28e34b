package esltest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Replay plays the server's side of a recording, each command as long after
// what the server had seen as then, against a switch with these phones, and records what the switch does. The
// call gets the recording's Unique-ID and begins at the same fraction of a
// second, because FreeSWITCH counts time-outs in the seconds of its clock.
// Under testing/synctest it takes no time.
func Replay(ctx context.Context, recorded []Frame, s *Switch, c Call) ([]Frame, *Result, error) {
	c.UUID, c.From = recordedFacts(recorded, "Unique-ID"), recordedFacts(recorded, "Caller-Caller-ID-Number")
	c.FromName, c.To = recordedFacts(recorded, "Caller-Caller-ID-Name"), recordedFacts(recorded, "Caller-Destination-Number")
	if err := waitForFraction(ctx, recordedFacts(recorded, "Caller-Channel-Created-Time")); err != nil {
		return nil, nil, err
	}

	p := &player{recorded: recorded, begun: time.Now(), arrivals: make(chan struct{}, roomForFrames)}
	near, far := net.Pipe()
	copied := s.configuration()
	copied.Dial = func(context.Context) (net.Conn, error) { return near, nil }
	done := p.start(far)
	res, err := copied.Place(ctx, c)
	far.Close()
	<-done
	return p.heard, res, err
}

// configuration is the switch without its calls.
func (s *Switch) configuration() *Switch {
	return &Switch{Name: s.Name, Phones: s.Phones, Files: s.Files, Engines: s.Engines, ReadOnly: s.ReadOnly, Mailboxes: s.Mailboxes, Greeting: s.Greeting, Log: s.Log}
}

func recordedFacts(frames []Frame, header string) string {
	for _, f := range frames {
		if v := f.Header(header); !f.Sent && v != "" {
			return v
		}
	}
	return ""
}

// waitForFraction waits until the clock's fraction of a second is that of the
// time given in microseconds.
func waitForFraction(ctx context.Context, stamp string) error {
	us, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("replay: recording has no channel time: %w", err)
	}
	now := time.Now()
	at := now.Truncate(time.Second).Add(time.Duration(us%1e6) * time.Microsecond)
	if at.Before(now) {
		at = at.Add(time.Second)
	}
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// player is the server of a replay.
type player struct {
	recorded []Frame
	begun    time.Time
	heard    []Frame // by the listening goroutine until it ends
	arrivals chan struct{}
	counted  int // arrivals the speaking goroutine has taken
}

// roomForFrames is more than a call has.
const roomForFrames = 10000

// start listens and speaks on conn; the channel closes when both have ended.
func (p *player) start(conn net.Conn) <-chan struct{} {
	var both sync.WaitGroup
	stop := make(chan struct{})
	both.Go(func() {
		defer close(stop)
		p.listen(conn)
	})
	both.Go(func() { p.speak(conn, stop) })
	done := make(chan struct{})
	go func() {
		both.Wait()
		close(done)
	}()
	return done
}

// speak sends each command as the recorded server did: once the frames it
// had before were heard, and as long after the last thing as then. A switch
// that keeps one of them back gets the command late, and the comparison shows
// what was missing.
func (p *player) speak(conn net.Conn, stop <-chan struct{}) {
	before, last := 0, time.Duration(0)
	for _, f := range p.recorded {
		if !f.Sent {
			if counts(f) {
				before++
			}
			last = f.At
			continue
		}
		if !p.waitFor(before, f.At+patience, stop) || !rest(f.At-last, stop) {
			return
		}
		last = f.At
		if _, err := io.WriteString(conn, f.Text+"\n\n"); err != nil {
			return // the switch has closed; listen records it
		}
	}
}

// patience is how late a frame may be before the replay goes on without it.
const patience = 20 * time.Second

func counts(f Frame) bool { return !f.EOF && f.Header("Event-Name") != "CHANNEL_PARK" }

// waitFor waits until n frames were heard, at most until limit.
func (p *player) waitFor(n int, limit time.Duration, stop <-chan struct{}) bool {
	timer := time.NewTimer(time.Until(p.begun.Add(limit)))
	defer timer.Stop()
	for p.counted < n {
		select {
		case <-p.arrivals:
			p.counted++
		case <-timer.C:
			return true
		case <-stop:
			return false
		}
	}
	return true
}

func rest(d time.Duration, stop <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-stop:
		return false
	}
}

func (p *player) listen(conn net.Conn) {
	r := textproto.NewReader(bufio.NewReader(conn))
	for {
		text, err := readFrame(r)
		at := time.Since(p.begun)
		if err != nil {
			p.heard = append(p.heard, Frame{At: at, EOF: true})
			conn.Close()
			return
		}
		f := Frame{At: at, Text: text}
		p.heard = append(p.heard, f)
		if counts(f) {
			p.arrivals <- struct{}{}
		}
	}
}

// readFrame reads one frame of the switch, with its body.
func readFrame(r *textproto.Reader) (string, error) {
	var b strings.Builder
	length := 0
	for {
		line, err := r.ReadLine()
		if err != nil {
			return "", err
		}
		if line == "" {
			break
		}
		b.WriteString(line + "\n")
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(v); err != nil {
				return "", fmt.Errorf("content length: %w", err)
			}
		}
	}
	if length > 0 {
		body := make([]byte, length)
		if _, err := io.ReadFull(r.R, body); err != nil {
			return "", err
		}
		b.WriteString("\n" + string(body))
	}
	return strings.Trim(b.String(), "\n"), nil
}
