package esl

import (
	"net"
	"syscall"
)

// wakeAt gives the way to say how many bytes must be there before a reader of
// the connection is woken; a closing peer always wakes it. nil: there is none.
func wakeAt(c net.Conn) func(bytes int) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return func(bytes int) {
		// A closed connection is told by the next read.
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, bytes)
		})
	}
}
