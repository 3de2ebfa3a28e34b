package delivery

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// errBlocked means that an endpoint's address may not be reached from here.
var errBlocked = errors.New("the address is not allowed for webhooks")

// errPlain means that it may not be reached without TLS, whatever it is.
var errPlain = fmt.Errorf("%w: plain http reaches only what the operator names", errBlocked)

// Target is a network and port that webhooks may reach although it is private,
// as the operator allowed it.
type Target struct {
	Network netip.Prefix
	Port    uint16 // 0: every port
}

// ParseTarget reads CIDR:port, for example 10.1.0.0/16:8080 or [fd00::/8]:443;
// * is every port and an address alone is the network of itself.
func ParseTarget(s string) (Target, error) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return Target{}, fmt.Errorf("%q is not CIDR:port", s)
	}
	network, port := strings.TrimSuffix(strings.TrimPrefix(s[:i], "["), "]"), s[i+1:]
	var t Target
	if port != "*" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Target{}, fmt.Errorf("%q is not CIDR:port: %q is no port", s, port)
		}
		t.Port = uint16(n)
	}
	if addr, err := netip.ParseAddr(network); err == nil {
		t.Network = netip.PrefixFrom(addr, addr.BitLen())
		return t, nil
	}
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return Target{}, fmt.Errorf("%q is not CIDR:port: %q is no network", s, network)
	}
	t.Network = prefix.Masked()
	return t, nil
}

func (t Target) allows(to netip.AddrPort) bool {
	return t.Network.Contains(to.Addr()) && (t.Port == 0 || t.Port == to.Port())
}

// guard decides at the moment of dialling, when names are resolved, so that no
// DNS answer leads past it.
type guard struct {
	public  *ssrf.Guardian // public addresses on ports 80 and 443; nil: none
	allowed []Target
}

func newGuard(allowed []Target) *guard {
	return &guard{public: ssrf.New(), allowed: allowed}
}

// newPlainGuard is for http without TLS.
func newPlainGuard(allowed []Target, public bool) *guard {
	g := newGuard(allowed)
	if !public {
		g.public = nil
	}
	return g
}

// control is for net.Dialer.
func (g *guard) control(network, address string, c syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err == nil && (network == "tcp4" || network == "tcp6") {
		to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
		for _, t := range g.allowed {
			if t.allows(to) {
				return nil
			}
		}
	}
	if g.public == nil {
		return errPlain
	}
	if err := g.public.Safe(network, address, c); err != nil {
		return fmt.Errorf("%w: %w", errBlocked, err)
	}
	return nil
}
