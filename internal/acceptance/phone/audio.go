package phone

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"sync"
	"time"
)

const (
	frame      = 160 // samples: 20 ms at 8 kHz
	window     = 800 // samples a tone is judged by: 100 ms
	keptAudio  = 8000 * 90
	mostGap    = 8000 * 60 // a longer one is another stream's time
	payloadPCM = 0
	payloadDTM = 101
)

// Audio is one call's sound: PCMU in RTP, a frame every 20 ms both ways. It
// keeps the last 90 seconds of what was heard; where the sender paused, by the
// times in its packets, that is silence. Safe for concurrent use.
type Audio struct {
	conn net.PacketConn
	port int
	done chan struct{}

	mu      sync.Mutex
	remote  net.Addr
	tone    float64
	digits  []byte
	hurry   bool
	heard   []int16
	source  uint32 // who sent what was heard last,
	next    uint32 // and the time its next packet has if it does not pause
	packets int
	changed chan struct{} // closed and replaced at each packet
	closed  bool
}

func newAudio() (*Audio, error) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open an audio port: %w", err)
	}
	a := &Audio{
		conn:    conn,
		port:    conn.LocalAddr().(*net.UDPAddr).Port,
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	go a.listen()
	return a, nil
}

// description is the session description of this audio.
func (a *Audio) description() []byte {
	return fmt.Appendf(nil, "v=0\r\no=- %d 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n",
		a.port, a.port)
}

// start begins to send; again with another address, it sends there.
func (a *Audio) start(remote string) {
	addr, err := net.ResolveUDPAddr("udp4", remote)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	first := a.remote == nil
	a.remote = addr
	if first && !a.closed {
		go a.talk()
	}
}

func (a *Audio) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.closed = true
	close(a.done)
	_ = a.conn.Close()
}

// Tone sets what is sent, in Hz; 0 is silence.
func (a *Audio) Tone(hz float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tone = hz
}

// Press sends a key (0-9 * #) as a telephone event, after those before it.
func (a *Audio) Press(key byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.digits = append(a.digits, key)
}

// talk sends a frame every 20 ms until the audio is closed.
func (a *Audio) talk() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var s sender
	for {
		select {
		case <-a.done:
			return
		case <-tick.C:
		}
		a.mu.Lock()
		remote, tone := a.remote, a.tone
		if s.key == 0 && len(a.digits) > 0 {
			s.key, s.keyFrame, a.digits = a.digits[0], 0, a.digits[1:]
			s.frames, s.ends = keyFrames, keyEnds
			if a.hurry {
				s.frames, s.ends = 2, 1
			}
		}
		a.mu.Unlock()
		_, _ = a.conn.WriteTo(s.next(tone), remote) // a lost packet is what RTP expects
	}
}

// sender makes the packets of one stream.
type sender struct {
	seq      uint16
	stamp    uint32
	phase    int
	key      byte // being pressed, 0: none
	keyFrame int
	keyStamp uint32
	frames   int // of the key,
	ends     int // and how often its end is sent
}

const (
	keyFrames = 8 // 160 ms
	keyEnds   = 3 // the last one, three times
)

func (s *sender) next(tone float64) []byte {
	s.seq++
	s.stamp += frame
	if s.key != 0 {
		return s.press()
	}
	b := s.header(payloadPCM, s.stamp)
	for range frame {
		v := 0.0
		if tone > 0 {
			v = 10000 * math.Sin(2*math.Pi*tone*float64(s.phase)/8000)
		}
		s.phase++
		b = append(b, muLaw(int16(v)))
	}
	return b
}

func (s *sender) header(payload byte, stamp uint32) []byte {
	b := make([]byte, 0, 12+frame)
	b = append(b, 0x80, payload)
	b = binary.BigEndian.AppendUint16(b, s.seq)
	b = binary.BigEndian.AppendUint32(b, stamp)
	return binary.BigEndian.AppendUint32(b, 0x5157b0a2)
}

// press makes one packet of a telephone event (RFC 4733).
func (s *sender) press() []byte {
	if s.keyFrame == 0 {
		s.keyStamp = s.stamp
	}
	event := s.key - '0'
	switch s.key {
	case '*':
		event = 10
	case '#':
		event = 11
	}
	s.keyFrame++
	flags := byte(10) // volume
	if s.keyFrame > s.frames {
		flags |= 0x80 // end
	}
	b := s.header(payloadDTM, s.keyStamp)
	b = append(b, event, flags)
	b = binary.BigEndian.AppendUint16(b, uint16(min(s.keyFrame, s.frames)*frame))
	if s.keyFrame == s.frames+s.ends {
		s.key = 0
	}
	return b
}

func (a *Audio) listen() {
	b := make([]byte, 2000)
	for {
		n, _, err := a.conn.ReadFrom(b)
		if err != nil {
			select {
			case <-a.done:
				return
			default:
				continue // a refused packet of our own comes back as an error
			}
		}
		if n > 12 && b[0]>>6 == 2 && b[1]&0x7f == payloadPCM {
			a.keep(binary.BigEndian.Uint32(b[8:]), binary.BigEndian.Uint32(b[4:]), b[12:n])
		}
	}
}

func (a *Audio) keep(source, stamp uint32, payload []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if gap := stamp - a.next; a.packets > 0 && source == a.source && gap < mostGap {
		a.heard = append(a.heard, make([]int16, gap)...)
	}
	a.source, a.next = source, stamp+uint32(len(payload))
	a.packets++
	for _, u := range payload {
		a.heard = append(a.heard, linear(u))
	}
	if extra := len(a.heard) - keptAudio; extra > 0 {
		a.heard = append(a.heard[:0], a.heard[extra:]...)
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

// Packets counts the audio packets received so far.
func (a *Audio) Packets() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.packets
}

// WaitTone waits until 100 ms of what is heard from now on are that tone.
func (a *Audio) WaitTone(ctx context.Context, hz float64) error {
	return a.waitWindow(ctx, fmt.Sprintf("a tone of %g Hz", hz), func(w []int16) bool {
		return level(w) > audible && toneShare(w, hz) > 0.7
	})
}

// WaitSound waits until 100 ms of what is heard from now on are not silence.
func (a *Audio) WaitSound(ctx context.Context) error {
	return a.waitWindow(ctx, "sound", func(w []int16) bool { return level(w) > audible })
}

// WaitPackets waits until n audio packets were received in all.
func (a *Audio) WaitPackets(ctx context.Context, n int) error {
	for {
		a.mu.Lock()
		got, changed := a.packets, a.changed
		a.mu.Unlock()
		if got >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d audio packets: %w; got %d", n, ctx.Err(), got)
		}
	}
}

func (a *Audio) waitWindow(ctx context.Context, what string, good func([]int16) bool) error {
	from := a.Packets()
	for {
		a.mu.Lock()
		fresh := (a.packets - from) * frame
		var w []int16
		if fresh >= window && len(a.heard) >= window {
			w = append(w, a.heard[len(a.heard)-window:]...)
		}
		changed := a.changed
		a.mu.Unlock()
		if w != nil && good(w) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait to hear %s: %w; level %.0f, %d packets in all", what, ctx.Err(), level(w), a.Packets())
		}
	}
}
