package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreePort gives a loopback port that is free for TCP and UDP now. Another
// process can still take it before it is used.
func FreePort() (int, error) {
	for range 50 {
		tcp, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		port := tcp.Addr().(*net.TCPAddr).Port
		udp, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", port))
		_ = tcp.Close()
		if err != nil {
			continue
		}
		_ = udp.Close()
		return port, nil
	}
	return 0, fmt.Errorf("find a free port: none was free for both TCP and UDP")
}

// FreeAddr gives 127.0.0.1 with such a port.
func FreeAddr() (string, error) {
	port, err := FreePort()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", port), nil
}

// rtpRange picks where the switch's audio ports begin. Below the ports that
// the kernel hands out itself, and different from run to run, so that two
// switches rarely meet; FreeSWITCH passes over a port that is taken.
func rtpRange(count int) (first, last int) {
	if count == 0 {
		count = 400
	}
	count = min(count, 20000)
	first = 10000 + 2*rand.IntN((30000-10000-count)/2+1)
	return first, first + count
}
