package esltest

import (
	"context"
	"net"
	"sync"
)

// Listener is a net.Listener in memory: Dial hands one end of a net.Pipe to
// the caller and the other to Accept. Everything in it blocks durably in the
// sense of testing/synctest. Create it with NewListener, inside the bubble.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewListener returns an open Listener.
func NewListener() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial connects to the listener and waits until the connection is accepted,
// ctx ends or the listener is closed.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Addr: l.Addr(), Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next Dial. After Close it returns net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return addrConn{c}, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "pipe", Addr: l.Addr(), Err: net.ErrClosed}
	}
}

// Close ends Accept and Dial. Connections already made stay open.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is a loopback TCP address, so that a server that keeps a list of
// allowed peers can be tested; nothing listens there.
func (l *Listener) Addr() net.Addr { return pipeAddr }

var pipeAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8084}

type addrConn struct{ net.Conn }

func (addrConn) LocalAddr() net.Addr  { return pipeAddr }
func (addrConn) RemoteAddr() net.Addr { return pipeAddr }
