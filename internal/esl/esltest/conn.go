package esltest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

const (
	// connectWithin is how long FreeSWITCH waits for `connect` before it
	// closes the connection. The caller stays parked then.
	connectWithin = 25 * time.Second
	// writeWithin bounds one write to a server that does not read.
	writeWithin = 30 * time.Second

	goodbye = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
)

// conn is one connection to the server, mod_event_socket's listener. Its
// fields are guarded by the call's mutex. One goroutine reads and one writes,
// so neither side can block the other.
type conn struct {
	c    *call
	nc   net.Conn
	wake chan struct{}
	done chan struct{} // closed when both goroutines have ended

	out       [][]byte
	busy      bool     // an API command runs: events wait behind its answer
	held      []string // those events
	connected bool
	finished  bool // no more commands, no more events
	closing   bool // the goodbye is in out

	lingers  bool
	lingerS  int // seconds, -1 for ever
	noticed  bool
	lingerTo time.Time

	listening bool // events were asked for
	mine      bool // myevents
	names     map[string]bool
	customs   map[string]bool
	filters   []field
}

func newConn(c *call, nc net.Conn) *conn {
	return &conn{c: c, nc: nc, wake: make(chan struct{}, 1), done: make(chan struct{}),
		names: map[string]bool{}, customs: map[string]bool{}}
}

func (n *conn) launch() {
	readerDone := make(chan struct{})
	late := time.AfterFunc(connectWithin, n.giveUpConnect)
	go func() {
		defer close(readerDone)
		n.read()
	}()
	go func() {
		defer close(n.done)
		n.write()
		late.Stop()
		n.nc.Close()
		<-readerDone
	}()
}

// wait returns when the connection is over; when ctx ends it closes it.
func (n *conn) wait(ctx context.Context) {
	select {
	case <-n.done:
	case <-ctx.Done():
		n.nc.Close()
		<-n.done
	}
}

func (n *conn) giveUpConnect() {
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	if !n.connected {
		n.end()
	}
}

func (n *conn) wakeUp() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *conn) send(b string) {
	if n.closing {
		return
	}
	n.out = append(n.out, []byte(b))
	n.wakeUp()
}

func (n *conn) reply(text string) {
	n.send("Content-Type: command/reply\nReply-Text: " + text + "\n\n")
}

// end is the listener's end: events not yet sent are still sent, then the
// goodbye, and the park loop of the call is let go.
func (n *conn) end() {
	if n.finished {
		return
	}
	n.finished = true
	n.send(fmt.Sprintf("Content-Type: text/disconnect-notice\nControlled-Session-UUID: %s\n"+
		"Content-Disposition: disconnect\nContent-Length: %d\n\n%s", n.c.uuid, len(goodbye), goodbye))
	n.closing = true
	n.c.controlled = false
}

// read takes commands until the server closes or the connection ends.
func (n *conn) read() {
	r := bufio.NewReader(n.nc)
	for {
		cmd, err := readCommand(r)
		if err != nil {
			n.c.mu.Lock()
			n.end()
			n.c.mu.Unlock()
			return
		}
		n.c.mu.Lock()
		over := n.finished
		if !over {
			n.c.res.Sent = append(n.c.res.Sent, cmd.text)
		}
		n.c.mu.Unlock()
		if over {
			continue // drained, so that a server that goes on writing is not blocked
		}
		n.command(cmd)
	}
}

// write sends what is queued; when the queue is empty and the channel is down
// it says so, and closes when there is no lingering or its time is over.
func (n *conn) write() {
	for {
		batch, pause, over := n.next()
		for _, b := range batch {
			_ = n.nc.SetWriteDeadline(time.Now().Add(writeWithin)) // a closed connection fails the write
			if _, err := n.nc.Write(b); err != nil {
				n.c.mu.Lock()
				n.end()
				n.c.mu.Unlock()
				return
			}
		}
		if over {
			return
		}
		if len(batch) > 0 {
			continue
		}
		n.rest(pause)
	}
}

func (n *conn) rest(pause time.Duration) {
	if pause < 0 {
		<-n.wake
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-n.wake:
	case <-timer.C:
	}
}

// next gives the writer its next batch, or how long to rest (negative: until
// woken), and whether it is the last.
func (n *conn) next() (batch [][]byte, pause time.Duration, over bool) {
	n.c.mu.Lock()
	defer n.c.mu.Unlock()
	if len(n.out) == 0 && n.c.hungup && !n.finished && !n.busy {
		n.channelDown()
	}
	batch, n.out = n.out, nil
	pause = -1
	if !n.lingerTo.IsZero() {
		pause = max(time.Until(n.lingerTo), 0)
	}
	return batch, pause, n.closing
}

// channelDown sends the notice once. FreeSWITCH counts lingering in whole
// seconds of its clock and goes on while now is not greater than the end.
func (n *conn) channelDown() {
	switch {
	case !n.noticed && !n.lingers:
		n.noticed = true
		n.end()
	case !n.noticed:
		n.noticed = true
		n.send(fmt.Sprintf("Content-Type: text/disconnect-notice\nControlled-Session-UUID: %s\n"+
			"Content-Disposition: linger\nChannel-Name: %s\nLinger-Time: %d\nContent-Length: 0\n\n",
			n.c.uuid, n.c.channelName(), n.lingerS))
		if n.lingerS >= 0 {
			n.lingerTo = time.Unix(epoch()+int64(n.lingerS)+1, 0)
		}
	case !n.lingerTo.IsZero() && !time.Now().Before(n.lingerTo):
		n.end()
	}
}
